"""Search in Elasticsearch: the same questions and answers as the archive's, quicker for names and addresses.

What Elasticsearch does not hold is asked of the archive: free text (`event.original` is not indexed) and dead letters.
"""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any, NamedTuple

import orjson

from store.conditions import bounds_of
from store.elastic.connection import Connection
from store.elastic.counting import count_request, days_request, read_counts, read_days
from store.elastic.questions import Clause, event_clauses, finding_clauses, within
from store.elastic.streams import events_of, findings_of
from store.queries import tenants_of
from vagt.context import Context
from vagt.contracts.event import Event
from vagt.contracts.scope import Scope
from vagt.contracts.search import COUNT_FIELDS, Counts, DeadQuery, EventQuery, EventSearch, FindingQuery, Page
from vagt.errors import NotFoundError, UsageError
from vagt.topics import is_tenant

_LENIENT = {"ignore_unavailable": "true", "allow_no_indices": "true"}  # a tenant may not have a stream yet
_WHOLE = _LENIENT | {"allow_partial_search_results": "false"}
_NEWEST_FIRST = [
    {"@timestamp": {"order": "desc", "unmapped_type": "date"}},
    {"event.id": {"order": "desc", "unmapped_type": "keyword"}},
]
_MARK = "streams"  # of our cursors: one of the archive's is not ours
_MOST = 9_999  # results of one page, and one more: index.max_result_window


class _Place(NamedTuple):
    """Where it is looked: an index expression that names the tenants, and that the documents are theirs."""

    expression: str
    clauses: list[Clause]


class StreamSearch:
    """`vagt.contracts.search.EventSearch` over the data streams; safe to call from several threads.

    A scope of all tenants is that of the tenants which the unit serves: others may write streams into the same cluster.
    """

    def __init__(self, context: Context, archive: EventSearch) -> None:
        self._settings = context.settings.store
        self._served = frozenset(context.tenants.names)
        self._connection = Connection(context.settings.elasticsearch)
        self._archive = archive

    def search_events(self, scope: Scope, query: EventQuery, cursor: str | None = None, limit: int = 100) -> Page:
        """Whole ECS documents, by falling `@timestamp`; new events do not shift later pages. Free text: the archive's."""
        if query.text is not None:
            return self._archive.search_events(scope, query, cursor, limit)
        place = self._place(scope, query.tenants, events_of)
        return self._page(place, event_clauses(query), as_written, cursor, limit)

    def get_event(self, scope: Scope, id: str, tenant: str | None = None) -> Event:
        """One event. Raises NotFoundError, which names shards that could not be asked."""
        tenants = None if tenant is None else frozenset({tenant})
        page = self.search_events(scope, EventQuery(id=id, tenants=tenants), limit=1)
        if not page.items:
            raise NotFoundError("; ".join((f"no event {id!r}", *page.problems)))
        return dict(page.items[0])

    def search_findings(self, scope: Scope, query: FindingQuery, cursor: str | None = None, limit: int = 100) -> Page:
        """Alert documents, by falling `@timestamp`."""
        place = self._place(scope, query.tenants, findings_of)
        return self._page(place, finding_clauses(query), _with_vendor, cursor, limit)

    def search_dead(self, scope: Scope, query: DeadQuery, cursor: str | None = None, limit: int = 100) -> Page:
        """Dead letters, which the archive alone keeps."""
        return self._archive.search_dead(scope, query, cursor, limit)

    def count_by(self, scope: Scope, field: str, query: EventQuery, limit: int = 20) -> Counts:
        """Events by one of `COUNT_FIELDS`, at most 10,000 values. Free text: the archive's."""
        if field not in COUNT_FIELDS:
            raise UsageError(f"cannot count by {field!r}; the fields are {', '.join(COUNT_FIELDS)}")
        if query.text is not None:
            return self._archive.count_by(scope, field, query, limit)
        place = self._place(scope, query.tenants, events_of)
        answer = self._ask(place, event_clauses(query), {"size": 0, "aggs": count_request(field, limit)})
        return read_counts(field, limit, answer.get("aggregations", {}), _problems(answer))

    def days_with_events(self, scope: Scope, tenant: str, since: datetime, until: datetime) -> Mapping[str, Mapping[str, int]]:
        """dataset -> day of receipt -> events. Raises DependencyError where a shard cannot be asked: a day that is missing here
        is a day without events."""
        scope.require_tenant(tenant)
        place = self._place(scope, frozenset({tenant}), events_of)
        clauses = within("event.created", bounds_of(since, until))
        days: dict[str, dict[str, int]] = {}
        after: Mapping[str, Any] | None = None
        while True:
            answer = self._ask(place, clauses, {"size": 0, "aggs": days_request(after)}, _WHOLE)
            after = read_days(answer.get("aggregations", {}), days)
            if after is None:
                return days

    def close(self) -> None:
        """Free the connections, and the archive's memory."""
        self._connection.close()
        self._archive.close()

    def _place(self, scope: Scope, asked: frozenset[str] | None, expression: Callable[[Iterable[str] | None], str]) -> _Place:
        """What is no tenant's name (a wildcard) never comes into the expression, nor a tenant outside the scope."""
        tenants = tenants_of(scope, asked)
        names = sorted(name for name in (self._served if tenants is None else tenants) if is_tenant(name))
        return _Place(expression(names), [{"terms": {"organization.id": names}}])

    def _ask(
        self, place: _Place, clauses: list[Clause], request: dict[str, Any], params: Mapping[str, str] = _LENIENT
    ) -> Mapping[str, Any]:
        body = request | {"query": {"bool": {"filter": [*place.clauses, *clauses]}}, "track_total_hits": False}
        answer: Mapping[str, Any] = self._connection.ask("POST", f"/{place.expression}/_search", body, params=params)
        return answer

    def _page(
        self, place: _Place, clauses: list[Clause], restore: Callable[[Event], Event], cursor: str | None, limit: int
    ) -> Page:
        most = min(self._settings.search_limit, _MOST)
        if not 1 <= limit <= most:
            raise UsageError(f"limit must be 1 to {most} (store.search_limit)")
        request: dict[str, Any] = {"size": limit + 1, "sort": _NEWEST_FIRST}
        if cursor is not None:
            request["search_after"] = _read_cursor(cursor)
        answer = self._ask(place, clauses, request)
        hits = answer["hits"]["hits"]
        once = list({hit["_id"]: hit for hit in hits}.values())[:limit]  # an id may stand in two backing indices
        items = [restore(hit["_source"]) for hit in once]
        return Page(items, _cursor(once[-1]["sort"]) if len(hits) > limit else None, _problems(answer))


def as_written(event: Event) -> Event:
    """The event as normalise wrote it: a stream that sources share has its own name in `data_stream.dataset`."""
    event = _with_vendor(event)
    dataset = event["event"].get("dataset")
    if isinstance(dataset, str):
        event["data_stream"]["dataset"] = dataset
    return event


def _with_vendor(event: Event) -> Event:
    """The vendor's objects back in their place (see `store.elastic.rescue`)."""
    own = event.get("vagt", {})
    if isinstance(kept := own.get("unindexed"), str):
        rest = {name: value for name, value in own.items() if name != "unindexed"}
        event = {name: value for name, value in event.items() if name != "vagt"} | orjson.loads(kept)
        if rest:
            event["vagt"] = rest
    return event


def _problems(answer: Mapping[str, Any]) -> list[str]:
    shards = answer.get("_shards", {})
    problems = [
        f"Elasticsearch: shard {one.get('shard')} of {one.get('index')}: {_reason(one)}" for one in shards.get("failures", ())
    ]
    if shards.get("failed", 0) and not problems:
        problems.append(f"Elasticsearch: {shards['failed']} of {shards['total']} shards could not be asked")
    if answer.get("timed_out"):
        problems.append("Elasticsearch gave up before it had looked everywhere; narrow the time range")
    return problems


def _reason(failure: Mapping[str, Any]) -> str:
    reason = failure.get("reason", {})
    return f"{reason.get('type')}: {reason.get('reason')}"[:300]


def _cursor(sort: list[Any]) -> str:
    return urlsafe_b64encode(orjson.dumps([_MARK, *sort])).decode().rstrip("=")


def _read_cursor(cursor: str) -> list[Any]:
    try:
        mark, time, id_ = orjson.loads(urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        if mark != _MARK or type(time) is not int or not -(2**62) < time < 2**62 or not isinstance(id_, str | None):
            raise ValueError
    except (ValueError, TypeError):
        raise UsageError("the cursor is none of ours; begin again without it") from None
    return [time, id_]
