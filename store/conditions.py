"""Questions as conditions on the archive's columns: fixed clauses, every value bound."""

from datetime import datetime, timedelta
from ipaddress import ip_address
from typing import NamedTuple

from store.document import id_bytes
from store.engine import Condition
from store.layout import to_micros
from vagt.contracts.search import DeadQuery, EventQuery, FindingQuery
from vagt.errors import UsageError


class Bounds(NamedTuple):
    """`since` <= time < `until`, microseconds since 1970; None: no bound."""

    since: int | None
    until: int | None


def bounds_of(since: datetime | None, until: datetime | None) -> Bounds:
    """Raises UsageError for times without zone, and where nothing lies between them."""
    for moment in (since, until):
        if moment is not None and moment.tzinfo is None:
            raise UsageError(f"the time {moment.isoformat()} has no zone; write it with Z")
    if since is not None and until is not None and since > until:
        raise UsageError("the time range ends before it begins")
    return Bounds(None if since is None else to_micros(since), None if until is None else to_micros(until))


def event_condition(query: EventQuery, text_days: int) -> Condition:
    """Raises UsageError for an address that is none, and for free text without a time range of at most `text_days`."""
    clauses = _Clauses(bounds_of(query.since, query.until))
    clauses.same("dataset", query.dataset)
    for column in ("host", "user", "code", "action", "outcome"):
        clauses.same_name(column, getattr(query, column))
    clauses.address("source_ip", query.source_ip)
    clauses.address("destination_ip", query.destination_ip)
    clauses.id(query.id)
    if query.text is not None:
        if query.since is None or query.until is None or query.until - query.since > timedelta(days=text_days):
            raise UsageError(f"free text is searched within a time range of at most {text_days} days; give since and until")
        clauses.contains("original", query.text)
    return clauses.condition()


def finding_condition(query: FindingQuery) -> Condition:
    """Raises UsageError for an address that is none."""
    clauses = _Clauses(bounds_of(query.since, query.until))
    clauses.same("rule", query.rule)
    for column in ("level", "entity", "host", "user"):
        clauses.same_name(column, getattr(query, column))
    clauses.address("source_ip", query.source_ip)
    clauses.id(query.id)
    return clauses.condition()


def dead_condition(query: DeadQuery) -> Condition:
    """Dead letters are searched by the time at which they were written, the column `received`."""
    clauses = _Clauses(bounds_of(query.since, query.until), "received")
    clauses.same("dataset", query.source)
    clauses.same("stage", query.stage)
    clauses.id(query.id)
    if query.text is not None:
        clauses.contains("reason", query.text)
    return clauses.condition()


def older_than(condition: Condition, column: str, time: int, number: bytes) -> Condition:
    """`condition`, and behind (time, id) in the order newest first."""
    moment = "make_timestamp(?)"
    clause = f"({condition.clause}) AND {column} <= {moment} AND ({column} < {moment} OR id < ?)"
    return Condition(clause, (*condition.values, time, time, number))


class _Clauses:
    def __init__(self, bounds: Bounds, column: str = "time") -> None:
        self._texts: list[str] = []
        self._values: list[object] = []
        if bounds.since is not None:
            self._add(f"{column} >= make_timestamp(?)", bounds.since)
        if bounds.until is not None:
            self._add(f"{column} < make_timestamp(?)", bounds.until)

    def _add(self, text: str, *values: object) -> None:
        self._texts.append(text)
        self._values.extend(values)

    def same(self, column: str, value: str | None) -> None:
        if value is not None:
            self._add(f"{column} = ?", value)

    def same_name(self, column: str, value: str | None) -> None:
        if value is not None:
            self._add(f"lower({column}) = lower(?)", value)

    def contains(self, column: str, value: str) -> None:
        self._add(f"contains(lower({column}), lower(?))", value)

    def address(self, column: str, value: str | None) -> None:
        if value is None:
            return
        try:
            self._add(f"{column} IN (?, ?)", value, str(ip_address(value)))
        except ValueError:
            raise UsageError(f"{value!r} is no IP address") from None

    def id(self, value: str | None) -> None:
        if value is not None:
            self._add("id = ?", id_bytes(value))

    def condition(self) -> Condition:
        return Condition(" AND ".join(self._texts) or "true", tuple(self._values))
