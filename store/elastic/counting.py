"""Counts as Elasticsearch's aggregations, in the archive's order: by falling count, hours and days as they follow."""

from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from store.elastic.questions import FIELDS, exists, only_there
from vagt.contracts.search import Count, Counts

_MOST = 10_000  # values of one answer: 65,536 buckets are the cluster's limit (search.max_buckets)
_FEWEST = 1_000  # of each field, so that what is joined of several fields is right
_OF_A_SHARD = 20_000  # values that each shard tells: few are missed then
_ABSENT, _PERIODS = "absent", "periods"
_FORMS = {"hour": ("1h", "yyyy-MM-dd'T'HH:mm:ss.SSS'Z'"), "day": ("1d", "yyyy-MM-dd")}


def count_request(field: str, limit: int) -> dict[str, Any]:
    """The aggregations whose answer `read_counts` reads."""
    limit = min(limit, _MOST)
    if field in _FORMS:
        return {_PERIODS: {"composite": {"size": limit, "sources": [{"period": _histogram("@timestamp", *_FORMS[field])}]}}}
    fields, size = FIELDS[field], max(limit, _FEWEST)
    asked: dict[str, Any] = {_ABSENT: {"filter": {"bool": {"must_not": [exists(one) for one in fields]}}}}
    for place, one in enumerate(fields):
        values = {"terms": {"field": one, "size": size, "shard_size": _OF_A_SHARD}}
        asked[one] = {"filter": only_there(fields, place, exists(one)), "aggs": {"values": values}}
    return asked


def read_counts(field: str, limit: int, answer: Mapping[str, Any], problems: list[str]) -> Counts:
    """The counts; `problems` are those of the answer, to which an error of the counting itself is added."""
    if field in _FORMS:
        buckets = answer.get(_PERIODS, {}).get("buckets", ())
        return Counts([Count(one["key"]["period"], one["doc_count"]) for one in buckets], problems)
    found: dict[str | int | None, int] = defaultdict(int)
    off = 0
    for one in FIELDS[field]:
        values = answer.get(one, {}).get("values", {})
        off += max(0, values.get("doc_count_error_upper_bound", 0))
        for bucket in values.get("buckets", ()):
            found[bucket["key"]] += bucket["doc_count"]
    if absent := answer.get(_ABSENT, {}).get("doc_count", 0):
        found[None] = absent
    if off:
        problems = [*problems, f"there are so many values of {field} that a count may be up to {off} too low"]
    ranked = sorted(found.items(), key=lambda pair: (-pair[1], pair[0] is None, pair[0]))
    return Counts([Count(value, events) for value, events in ranked[:limit]], problems)


def days_request(after: Mapping[str, Any] | None) -> dict[str, Any]:
    """The aggregation of events by dataset and day of receipt; `after` is the `after_key` of the answer before."""
    sources = [
        {"dataset": {"terms": {"field": "event.dataset", "missing_bucket": True}}},
        {"day": _histogram("event.created", *_FORMS["day"])},
    ]
    return {_PERIODS: {"composite": {"size": _FEWEST, "sources": sources} | ({"after": dict(after)} if after else {})}}


def read_days(answer: Mapping[str, Any], days: dict[str, dict[str, int]]) -> Mapping[str, Any] | None:
    """Add what the answer holds to `days`; gives the key after which there is more."""
    found = answer.get(_PERIODS, {})
    for bucket in found.get("buckets", ()):
        of = bucket["key"]
        days.setdefault(of["dataset"] or "unknown", {})[of["day"]] = bucket["doc_count"]
    after: Mapping[str, Any] | None = found.get("after_key")
    return after


def _histogram(field: str, interval: str, form: str) -> dict[str, Any]:
    return {"date_histogram": {"field": field, "fixed_interval": interval, "format": form}}
