"""Where each document goes: events to `logs-<dataset>-<tenant>`, findings to `alerts-vagt-<tenant>`, incidents to the index
`vagt-incidents-<tenant>`.

A stream costs at least one shard for as long as it has documents, and a node holds about 1,000; so only the datasets in
`elasticsearch.own_streams` have streams of their own, and the others share one per vendor (`logs-linux-751`). The document's
`data_stream.dataset` is the stream's; `event.dataset` stays what the source is called.
"""

import re
from collections.abc import Iterable
from functools import lru_cache

ALERTS_DATASET = "vagt"  # of `alerts-vagt-<tenant>`
_DATASET = re.compile(r"[a-z0-9_]{1,64}(?:\.[a-z0-9_]{1,64})?")
_NOTHING = "vagt-no-tenant"
REFRESH_SECONDS = 2  # the longest until what is written is found
UNKNOWN = "unknown"  # dataset of a stream for events whose own is no name


class Streams:
    """Names of streams, by the settings."""

    def __init__(self, own_streams: Iterable[str]) -> None:
        self._own = frozenset(own_streams)

    def dataset_of(self, dataset: str) -> str:
        """`data_stream.dataset` of events whose `event.dataset` is `dataset`: the same, or the vendor's."""
        return _chosen(self._own, dataset)

    def events(self, dataset: str, tenant: str) -> str:
        """The data stream of events."""
        return f"logs-{_chosen(self._own, dataset)}-{tenant}"


@lru_cache(maxsize=4096)
def _chosen(own: frozenset[str], dataset: str) -> str:
    if dataset in own:
        return dataset
    return dataset.partition(".")[0] if _DATASET.fullmatch(dataset) else UNKNOWN


def findings_stream(tenant: str) -> str:
    """The data stream of findings."""
    return f"alerts-{ALERTS_DATASET}-{tenant}"


def incidents_index(tenant: str) -> str:
    """The index of incidents, one document an incident."""
    return f"vagt-incidents-{tenant}"


def events_of(tenants: Iterable[str] | None) -> str:
    """An index expression for all events of these tenants (None: of all), and of no other tenant."""
    return "logs-*-*" if tenants is None else _joined(f"logs-*-{tenant}" for tenant in sorted(tenants))


def findings_of(tenants: Iterable[str] | None) -> str:
    """The same for findings."""
    return findings_stream("*") if tenants is None else _joined(findings_stream(tenant) for tenant in sorted(tenants))


def _joined(names: Iterable[str]) -> str:
    return ",".join(names) or _NOTHING  # an empty expression would mean everything
