"""Kept events, oldest first and in bounded pieces: what correlations need, of a search that gives the newest first."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from vagt.contracts.event import Event
from vagt.contracts.scope import Scope
from vagt.contracts.search import EventQuery, EventSearch

_FIRST_WIDTH = timedelta(hours=1)
_SMALLEST = timedelta(milliseconds=1)  # events of one millisecond are read page by page, whatever their number
_LARGEST = timedelta(days=31)
_FILLED = 0.7  # how full a page shall be


@dataclass(frozen=True, slots=True)
class Slice:
    """The events of `since` <= `@timestamp` < `until`, oldest first. `problems`: what could not be read."""

    since: datetime
    until: datetime
    events: list[Event]
    problems: tuple[str, ...]


def oldest_first(search: EventSearch, scope: Scope, query: EventQuery, at_once: int) -> Iterator[Slice]:
    """All events that `query` (with both times) means. No slice holds more than `at_once`, but for those that share one
    millisecond. The width of a slice follows how dense the events are."""
    if query.since is None or query.until is None:
        raise ValueError("both times are needed")
    start, width = query.since, _FIRST_WIDTH
    while start < query.until:
        end = min(start + width, query.until)
        asked = replace(query, since=start, until=end)
        page = search.search_events(scope, asked, None, at_once)
        if page.cursor is not None and end - start > _SMALLEST:
            width = max(_SMALLEST, min((end - start) / 2, _width_of(page.items[-1], end)))
            continue
        newest_first = list(page.items)
        problems = list(page.problems)
        while page.cursor is not None:
            page = search.search_events(scope, asked, page.cursor, at_once)
            newest_first += page.items
            problems += page.problems
        yield Slice(start, end, [dict(event) for event in reversed(newest_first)], tuple(problems))
        start = end
        if len(newest_first) < at_once * _FILLED / 2:
            width = min(width * 2, _LARGEST)


def _width_of(oldest: object, end: datetime) -> timedelta:
    """How much time a page that ends at `end` and begins with `oldest` covers, and a little less."""
    text = oldest["@timestamp"] if isinstance(oldest, dict) else None
    return (end - datetime.fromisoformat(str(text))) * _FILLED
