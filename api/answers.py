"""How answers look: JSON by orjson, pages with a cursor, CSV; and the parameters that most routes share."""

import csv
import io
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Annotated, Any

import orjson
from fastapi import Path, Query, Request
from pydantic import AfterValidator
from starlette.responses import Response

from api.asking import context_of
from vagt.clock import to_iso
from vagt.errors import UsageError

_CSV_LEADERS = ("=", "+", "-", "@", "\t", "\r")  # a spreadsheet would take such a cell for a formula


def answer(value: Any, status: int = 200) -> Response:
    """`value` as JSON."""
    return Response(
        orjson.dumps(value, option=orjson.OPT_NON_STR_KEYS | orjson.OPT_PASSTHROUGH_DATETIME, default=_spelt),
        status,
        media_type="application/json",
    )


def _spelt(value: Any) -> str:
    return to_iso(value) if isinstance(value, datetime) else str(value)


def page(items: Sequence[Any], following: str | None, incomplete: bool = False) -> Response:
    """A page as JSON."""
    return answer({"items": list(items), "next": following, "incomplete": incomplete})


def page_of(found: Sequence[Any], cursor: str | None, limit: int) -> Response:
    """A page of a list that is there whole; the cursor is a place in it. Raises UsageError for one that no page has given."""
    if cursor is not None and not (cursor.isascii() and cursor.isdigit() and len(cursor) < 10):
        raise UsageError("the cursor is none that this list has given")
    start = int(cursor or 0)
    more = start + limit < len(found)
    return page(found[start : start + limit], str(start + limit) if more else None)


def csv_answer(rows: Sequence[Mapping[str, Any]], name: str) -> Response:
    """`rows` (all of one shape) as a CSV file."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    if rows:
        writer.writerow(rows[0])
    writer.writerows([_cell(value) for value in row.values()] for row in rows)
    headers = {"Content-Disposition": f'attachment; filename="{name}.csv"'}
    return Response(text.getvalue(), headers=headers, media_type="text/csv; charset=utf-8")


def _cell(value: Any) -> str:
    text = "" if value is None else str(value)
    return f"'{text}" if text.startswith(_CSV_LEADERS) else text


def _utc(moment: datetime) -> datetime:
    try:
        aware = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except OverflowError:
        raise ValueError("the time is out of range") from None
    if not 1970 <= aware.year <= 2999:
        raise ValueError("the year is between 1970 and 2999")
    return aware


def page_limit(
    request: Request, limit: Annotated[int | None, Query(ge=1, le=1000, description="entries of a page")] = None
) -> int:
    """How many entries the page shall have. Raises UsageError for more than the settings allow."""
    settings = context_of(request).settings.api
    if limit is not None and limit > settings.max_page_size:
        raise UsageError(f"limit is at most {settings.max_page_size} (api.max_page_size)")
    return limit or min(settings.page_size, settings.max_page_size)


def logged(**query: Any) -> dict[str, Any]:
    """A question as the access log keeps it: only what was given."""
    return {name: _plain(value) for name, value in query.items() if value is not None and value != [] and value is not False}


def _plain(value: Any) -> Any:
    return to_iso(value) if isinstance(value, datetime) else value


Moment = Annotated[datetime, AfterValidator(_utc)]
Since = Annotated[Moment | None, Query(description="ISO 8601; no zone means UTC")]
Until = Annotated[Moment | None, Query(description="ISO 8601, not included")]
Cursor = Annotated[str | None, Query(max_length=200, pattern=r"^[A-Za-z0-9_.:=-]+$", description="`next` of the page before")]
TimeCursor = Annotated[
    str | None, Query(pattern=r"^-?[0-9]{1,15}[.][A-Za-z0-9_-]{1,64}$", description="`next` of the page before")
]
Id = Annotated[str, Path(min_length=1, max_length=128)]
Word = Annotated[str | None, Query(min_length=1, max_length=256)]
Tenants = Annotated[
    list[str], Query(alias="tenant", max_length=100, description="municipality codes; none: all that you may see")
]
Tenant = Annotated[str | None, Query(pattern=r"^[a-z0-9_]{1,32}$", description="municipality code; none: all that you may see")]
