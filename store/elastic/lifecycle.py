"""How long streams are kept and when they roll over, from `store.retention`: as data stream lifecycle or as ILM policy.

Rollover is by size: a backing index that has grown to `rollover_gb` gives way to the next. Age is the second rule, so that a
small stream can expire at all; both count retention from the rollover, so a document is kept for that much longer at most.
"""

from collections.abc import Iterable
from typing import Any

from vagt.settings.elasticsearch import ElasticsearchSettings
from vagt.settings.store import RetentionSettings

_MOST_DOCS = 200_000_000  # of a shard: a tenth of Lucene's limit, and what Elastic rolls over at
_FEWEST_ROLLOVERS = 4  # in the time of retention


def days_by_tenant(retention: RetentionSettings, kind: str, tenants: Iterable[str]) -> dict[int, list[str]]:
    """Days of retention of `events` or `findings` -> the tenants that have it."""
    groups: dict[int, list[str]] = {}
    for tenant in sorted(tenants):
        groups.setdefault(retention.days(kind, tenant), []).append(tenant)
    return groups


def policy_name(days: int) -> str:
    """The ILM policy of streams that are kept so long."""
    return f"vagt-{days}d"


def ilm_policy(days: int, settings: ElasticsearchSettings) -> dict[str, Any]:
    """A policy: roll over by size, or by age; deleted `days` after that."""
    rollover = {
        "max_primary_shard_size": f"{settings.rollover_gb}gb",
        "max_primary_shard_docs": _MOST_DOCS,
        "max_age": f"{oldest_days(days)}d",
        "min_docs": 1,
    }
    hot = {"min_age": "0ms", "actions": {"rollover": rollover, "set_priority": {"priority": 100}}}
    delete = {"min_age": f"{days}d", "actions": {"delete": {"delete_searchable_snapshot": True}}}
    return {"phases": {"hot": hot, "delete": delete}}


def oldest_days(days: int) -> int:
    """The age at which even a tiny backing index gives way: a quarter of the retention, between a day and 90 days."""
    return max(1, min(90, days // _FEWEST_ROLLOVERS))


def stream_lifecycle(days: int) -> dict[str, Any]:
    """The data stream lifecycle of a template. When it rolls over is the cluster's: 50 GB a shard, or an age by retention."""
    return {"enabled": True, "data_retention": f"{days}d"}
