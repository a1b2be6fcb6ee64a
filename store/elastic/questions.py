"""Questions as Elasticsearch's queries, which answer as the archive's columns do.

A name that the archive takes from the first of several fields (a host from `host.name`, else `host.hostname`, …) is looked
for in the same order. Times are compared to the millisecond, which is all that Elasticsearch's type `date` keeps.
"""

import re
from collections.abc import Callable
from ipaddress import ip_address
from typing import Any

from store.conditions import Bounds, bounds_of
from store.elastic.mapping import KEYWORD_LENGTH
from vagt.contracts.search import EventQuery, FindingQuery
from vagt.errors import UsageError

Clause = dict[str, Any]
FIELDS: dict[str, tuple[str, ...]] = {
    "tenant": ("organization.id",),
    "dataset": ("event.dataset",),
    "host": ("host.name", "host.hostname", "observer.name", "observer.hostname"),
    "source_ip": ("source.ip", "source.address"),
    "destination_ip": ("destination.ip", "destination.address"),
    "user": ("user.name",),
    "code": ("event.code",),
    "action": ("event.action",),
    "outcome": ("event.outcome",),
    "severity": ("event.severity",),
    "rule": ("rule.id",),
    "level": ("vagt.finding.level",),
    "entity": ("vagt.finding.entity",),
}
_NOTHING: Clause = {"match_none": {}}
_SPECIAL = re.compile(r'[.?+*|{}\[\]()"\\#@&<>~^-]')
_LONGEST_PATTERN = 1000  # index.max_regex_length


def event_clauses(query: EventQuery) -> list[Clause]:
    """All that must hold but tenants and text. Raises UsageError for an address that is none."""
    clauses = [*within("@timestamp", bounds_of(query.since, query.until)), *_same("dataset", query.dataset)]
    for name in ("host", "user", "code", "action", "outcome"):
        clauses += _same_name(name, getattr(query, name))
    for name in ("source_ip", "destination_ip"):
        clauses += _address(name, getattr(query, name))
    return [*clauses, *_id(query.id)]


def finding_clauses(query: FindingQuery) -> list[Clause]:
    """The same for findings."""
    clauses = [*within("@timestamp", bounds_of(query.since, query.until)), *_same("rule", query.rule)]
    for name in ("level", "entity", "host", "user"):
        clauses += _same_name(name, getattr(query, name))
    return [*clauses, *_address("source_ip", query.source_ip), *_id(query.id)]


def within(field: str, bounds: Bounds) -> list[Clause]:
    """`field` lies within `bounds`; nothing where there are none."""
    edges = {"gte": bounds.since, "lt": bounds.until}
    given = {edge: micros // 1000 for edge, micros in edges.items() if micros is not None}
    return [{"range": {field: given | {"format": "epoch_millis"}}}] if given else []


def exists(field: str) -> Clause:
    """A document that has `field`."""
    return {"exists": {"field": field}}


def only_there(fields: tuple[str, ...], place: int, *also: Clause) -> Clause:
    """`also` holds of documents whose first of `fields` is the one at `place`."""
    before = [exists(field) for field in fields[:place]]
    return {"bool": {"filter": list(also), "must_not": before}} if before else {"bool": {"filter": list(also)}}


def _first_of(name: str, clause: Callable[[str], Clause]) -> list[Clause]:
    fields = FIELDS[name]
    either = [only_there(fields, place, clause(field)) for place, field in enumerate(fields)]
    return either if len(either) == 1 else [{"bool": {"should": either, "minimum_should_match": 1}}]


def _same(name: str, value: str | None) -> list[Clause]:
    return [] if value is None else _first_of(name, lambda field: _term(field, value))


def _same_name(name: str, value: str | None) -> list[Clause]:
    return [] if value is None else _first_of(name, lambda field: _term_in_any_case(field, value))


def _term(field: str, value: str) -> Clause:
    """A keyword that is longer than the mapping's `ignore_above` is in no index, and a very long one would be an error."""
    return {"term": {field: value}} if len(value) <= KEYWORD_LENGTH else _NOTHING


def _term_in_any_case(field: str, value: str) -> Clause:
    """`term` knows the case of ASCII's letters alone, `regexp` that of all (Æ, Ø, Å)."""
    pattern = _SPECIAL.sub(r"\\\g<0>", value)
    if len(value) > KEYWORD_LENGTH:
        return _NOTHING
    if value.isascii() or len(pattern) > _LONGEST_PATTERN:
        return {"term": {field: {"value": value, "case_insensitive": True}}}
    return {"regexp": {field: {"value": pattern, "flags": "NONE", "case_insensitive": True}}}


def _address(name: str, value: str | None) -> list[Clause]:
    if value is None:
        return []
    try:
        spelt = str(ip_address(value))
    except ValueError:
        raise UsageError(f"{value!r} is no IP address") from None
    return _first_of(name, lambda field: _term(field, spelt) if field.endswith(".ip") else {"terms": {field: [value, spelt]}})


def _id(value: str | None) -> list[Clause]:
    return [] if value is None else [_term("event.id", value)]
