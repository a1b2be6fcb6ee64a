"""Reading the archive: questions in, documents out. The manifest chooses the files, so a scope never opens another tenant's."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Literal, NamedTuple

import orjson

from store.conditions import Bounds, bounds_of, dead_condition, event_condition, finding_condition, older_than
from store.document import unpack_document
from store.engine import Condition, Engine
from store.layout import DEAD, EVENTS, FINDINGS, KINDS, SCHEMAS
from store.letter import unpack_letter
from store.manifest import current_segments
from store.segment import Segment
from store.storage import open_storage
from vagt.context import Context
from vagt.contracts.event import Event
from vagt.contracts.scope import Scope
from vagt.contracts.search import COUNT_FIELDS, Count, Counts, DeadQuery, EventQuery, FindingQuery, Page
from vagt.errors import NotFoundError, UsageError

_FILES_AT_ONCE = 32
_ROWS_AT_ONCE = 200_000
_TIMES = ("time", "received", "ingested")
_GROUPS = {
    "hour": "strftime(date_trunc('hour', time), '%Y-%m-%dT%H:00:00.000Z')",
    "day": "strftime(time, '%Y-%m-%d')",
} | {name: name for name in COUNT_FIELDS if name not in ("tenant", "hour", "day")}
Unpack = Callable[[Mapping[str, Any], str], dict[str, Any]]


class _Question(NamedTuple):
    """`order` is the column by which the newest is found: event time, of dead letters the time of writing."""

    kind: str
    tenants: frozenset[str] | None
    bounds: Bounds
    condition: Condition
    order: Literal["time", "received"]
    unpack: Unpack


class ArchiveSearch:
    """`vagt.contracts.search.EventSearch` over the archive; safe to call from several threads."""

    def __init__(self, context: Context) -> None:
        self._state = context.state
        self._settings = context.settings.store
        self._engine = Engine(open_storage(context.settings), self._settings)

    def search_events(self, scope: Scope, query: EventQuery, cursor: str | None = None, limit: int = 100) -> Page:
        """Whole ECS documents, by falling `@timestamp`; new events do not shift later pages."""
        condition = event_condition(query, self._settings.text_search_days)
        bounds = bounds_of(query.since, query.until)
        tenants = tenants_of(scope, query.tenants)
        return self._page(_Question(EVENTS, tenants, bounds, condition, "time", unpack_document), cursor, limit)

    def get_event(self, scope: Scope, id: str, tenant: str | None = None) -> Event:
        """One event. Raises NotFoundError, which names segments that could not be read."""
        tenants = None if tenant is None else frozenset({tenant})
        page = self.search_events(scope, EventQuery(id=id, tenants=tenants), limit=1)
        return _only(page, f"no event {id!r}")

    def search_findings(self, scope: Scope, query: FindingQuery, cursor: str | None = None, limit: int = 100) -> Page:
        """Alert documents, by falling `@timestamp`."""
        tenants = tenants_of(scope, query.tenants)
        bounds = bounds_of(query.since, query.until)
        question = _Question(FINDINGS, tenants, bounds, finding_condition(query), "time", unpack_document)
        return self._page(question, cursor, limit)

    def search_dead(self, scope: Scope, query: DeadQuery, cursor: str | None = None, limit: int = 100) -> Page:
        """Dead letters, by falling time of writing."""
        tenants = tenants_of(scope, query.tenants)
        bounds = bounds_of(query.since, query.until)
        return self._page(_Question(DEAD, tenants, bounds, dead_condition(query), "received", unpack_letter), cursor, limit)

    def count_by(self, scope: Scope, field: str, query: EventQuery, limit: int = 20) -> Counts:
        """Events by one of `COUNT_FIELDS`. Doubles in segments that are not merged yet count twice."""
        if field not in COUNT_FIELDS:
            raise UsageError(f"cannot count by {field!r}; the fields are {', '.join(COUNT_FIELDS)}")
        condition = event_condition(query, self._settings.text_search_days)
        segments = self._segments(EVENTS, tenants_of(scope, query.tenants), bounds_of(query.since, query.until))
        if field == "tenant":
            return self._count_tenants(segments, condition, limit)
        order = "1" if field in ("hour", "day") else "2 DESC, 1"
        tail = f"GROUP BY 1 ORDER BY {order} LIMIT {int(limit)}"
        rows, problems = self._engine.rows(f"{_GROUPS[field]}, count(*)", segments, condition, tail)
        return Counts([Count(value, events) for value, events in rows], problems)

    def days_with_events(self, scope: Scope, tenant: str, since: datetime, until: datetime) -> dict[str, dict[str, int]]:
        """dataset -> day of receipt -> events, of what was received from `since` to before `until`."""
        scope.require_tenant(tenant)
        bounds = bounds_of(since, until)
        segments = self._segments(EVENTS, frozenset({tenant}), bounds, by="received")
        values = (bounds.since, bounds.until)
        condition = Condition("received >= make_timestamp(?) AND received < make_timestamp(?)", values)
        columns = "dataset, strftime(received, '%Y-%m-%d'), count(*)"
        rows, _ = self._engine.rows(columns, segments, condition, "GROUP BY 1, 2 ORDER BY 1, 2")
        days: dict[str, dict[str, int]] = defaultdict(dict)
        for dataset, day, events in rows:
            days[dataset or "unknown"][day] = events
        return dict(days)

    def segments(self, scope: Scope, kind: str | None = None, tenant: str | None = None) -> list[Segment]:
        """What the manifest says of the scope's segments."""
        tenants = tenants_of(scope, None if tenant is None else frozenset({tenant}))
        kinds = KINDS if kind is None else (kind,)
        return [one for name in kinds for one in self._segments(name, tenants, Bounds(None, None))]

    def close(self) -> None:
        """Free DuckDB's memory."""
        self._engine.close()

    def _segments(
        self, kind: str, tenants: frozenset[str] | None, bounds: Bounds, *, by: Literal["time", "received"] = "time"
    ) -> list[Segment]:
        with self._state.read() as connection:
            return current_segments(connection, kind, tenants, *bounds, by=by)

    def _count_tenants(self, segments: Sequence[Segment], condition: Condition, limit: int) -> Counts:
        rows, problems = self._engine.rows("filename, count(*)", segments, condition, "GROUP BY 1")
        tenants = self._tenants(segments)
        counts: dict[str, int] = defaultdict(int)
        for path, events in rows:
            counts[tenants[path]] += events
        ranked = sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
        return Counts([Count(tenant, events) for tenant, events in ranked[:limit]], problems)

    def _tenants(self, segments: Sequence[Segment]) -> dict[str, str]:
        return {self._engine.source(one): one.tenant for one in segments}

    def _page(self, question: _Question, cursor: str | None, limit: int) -> Page:
        if not 1 <= limit <= self._settings.search_limit:
            raise UsageError(f"limit must be 1 to {self._settings.search_limit} (store.search_limit)")
        if cursor is not None:
            time, number = _read_cursor(cursor)
            upper = time + 1 if question.bounds.until is None else min(time + 1, question.bounds.until)
            condition = older_than(question.condition, question.order, time, number)
            question = question._replace(bounds=Bounds(question.bounds.since, upper), condition=condition)
        found, problems = self._newest(question, limit + 1)
        items = [question.unpack(row, row["tenant"]) for row in found[:limit]]
        more = len(found) > limit
        return Page(items, _cursor(found[limit - 1], question.order) if more else None, problems)

    def _newest(self, question: _Question, limit: int) -> tuple[list[dict[str, Any]], list[str]]:
        """The newest `limit` rows: segments are opened newest first, and no more of them than can matter."""
        segments = self._segments(question.kind, question.tenants, question.bounds, by=question.order)
        best: list[dict[str, Any]] = []
        problems: list[str] = []
        for newest, batch in _batches(segments, question.order):
            if len(best) >= limit and best[-1][question.order] > newest:
                break
            rows, faults = self._select(question, batch, limit)
            problems += faults
            ranked = sorted(best + rows, key=lambda row: (row[question.order], row["id"]), reverse=True)
            best = list({row["id"]: row for row in reversed(ranked)}.values())[::-1][:limit]
        return best, problems

    def _select(self, question: _Question, segments: Sequence[Segment], limit: int) -> tuple[list[dict[str, Any]], list[str]]:
        names = list(SCHEMAS[question.kind].names)
        columns = ", ".join(f"epoch_us({name})" if name in _TIMES else f'"{name}"' for name in names)
        tail = f"ORDER BY {question.order} DESC, id DESC LIMIT {int(limit)}"
        rows, problems = self._engine.rows(f"{columns}, filename", segments, question.condition, tail)
        tenants = self._tenants(segments)
        return [dict(zip(names, row, strict=False)) | {"tenant": tenants[row[-1]]} for row in rows], problems


def tenants_of(scope: Scope, asked: frozenset[str] | None) -> frozenset[str] | None:
    """The tenants to be read; None: all. Raises NotFoundError for one outside the scope."""
    return scope.tenants if asked is None else scope.narrowed(asked).tenants


def _batches(segments: Sequence[Segment], order: Literal["time", "received"]) -> Iterator[tuple[int, list[Segment]]]:
    """(time of the newest row, segments) by falling time, of a size that DuckDB reads at once."""

    def newest(one: Segment) -> int:
        return one.time_max if order == "time" else one.received_max

    batch: list[Segment] = []
    rows = 0
    for segment in sorted(segments, key=newest, reverse=True):
        if batch and (len(batch) >= _FILES_AT_ONCE or rows + segment.rows > _ROWS_AT_ONCE):
            yield newest(batch[0]), batch
            batch, rows = [], 0
        batch.append(segment)
        rows += segment.rows
    if batch:
        yield newest(batch[0]), batch


def _cursor(row: Mapping[str, Any], order: str) -> str:
    return urlsafe_b64encode(orjson.dumps([row[order], row["id"].hex()])).decode().rstrip("=")


def _read_cursor(cursor: str) -> tuple[int, bytes]:
    try:
        time, number = orjson.loads(urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        if type(time) is not int or not -(2**62) < time < 2**62:
            raise ValueError
        return time, bytes.fromhex(number)
    except (ValueError, TypeError):
        raise UsageError("the cursor is none of ours; begin again without it") from None


def _only(page: Page, missing: str) -> Event:
    if not page.items:
        raise NotFoundError("; ".join((missing, *page.problems)))
    return dict(page.items[0])
