"""What ingest counts. Every drop and every refusal has a reason; no label holds log content."""

from collections.abc import Iterable, Mapping
from itertools import islice

from prometheus_client import Counter, Gauge

from ingest.drift import SourceDrift

ACCEPTED = Counter("vagt_ingest_accepted_logs", "Logs that are durable in bus or spool", ("tenant", "source", "protocol"))
ACCEPTED_BYTES = Counter("vagt_ingest_accepted_bytes", "Their bodies' bytes", ("tenant", "source", "protocol"))
DROPPED = Counter(
    "vagt_ingest_dropped", "Logs that are gone: not accepted, and their sender was not told", ("tenant", "source", "reason")
)
REFUSED = Counter(
    "vagt_ingest_refused", "Connections and requests that were refused; their sender knows", ("listener", "reason")
)
DEAD_LETTERS = Counter("vagt_ingest_dead_letters", "Logs that became dead letters at the door", ("tenant", "source", "reason"))
CONNECTIONS = Gauge("vagt_ingest_connections", "Open connections", ("listener",), multiprocess_mode="livesum")
SPOOL_BYTES = Gauge(
    "vagt_ingest_spool_bytes", "Bytes of accepted logs that wait in the spool for the bus", multiprocess_mode="mostrecent"
)
SPOOL_LIMIT = Gauge("vagt_ingest_spool_limit_bytes", "Bytes that the spool may hold", multiprocess_mode="mostrecent")
PENDING_BYTES = Gauge("vagt_ingest_pending_bytes", "Bytes of logs that wait to become durable", multiprocess_mode="mostrecent")
BUS_AWAY = Gauge("vagt_ingest_bus_away", "1 while the bus cannot be written", multiprocess_mode="mostrecent")
TEMPLATES = Gauge(
    "vagt_ingest_netflow_templates", "Templates of exporters that are known", ("listener",), multiprocess_mode="livesum"
)
HELD_BYTES = Gauge(
    "vagt_ingest_netflow_held_bytes", "Datagrams that wait for their template", ("listener",), multiprocess_mode="livesum"
)
WITHOUT_TEMPLATE = Counter(
    "vagt_ingest_netflow_without_template", "Datagrams that waited for a template that did not come", ("tenant",)
)
MISSED = Counter(
    "vagt_ingest_netflow_missed",
    "Datagrams (v9), flows (v5) that the exporter has sent and that did not arrive, by their sequence numbers",
    ("tenant",),
)
LAST_EVENT = Gauge(
    "vagt_source_last_event_timestamp_seconds",
    "When the latest log of a source was received",
    ("tenant", "source"),
    multiprocess_mode="mostrecent",
)
SILENT = Gauge(
    "vagt_source_silent",
    "Registrations of a source that have not reported within their cadence",
    ("tenant", "source"),
    multiprocess_mode="mostrecent",
)
PARTLY = Gauge(
    "vagt_source_partly_understood_ratio",
    "Share of a source's events of this week of which not all was understood",
    ("tenant", "source"),
    multiprocess_mode="mostrecent",
)
UNKNOWN_KINDS = Gauge(
    "vagt_source_unknown_kinds",
    "Kinds of messages and values of a source that were not understood this week",
    ("tenant", "source"),
    multiprocess_mode="mostrecent",
)
CHANGED_FIELDS = Gauge(
    "vagt_source_changed_fields",
    "Fields of a source's events that are new this week, or that have vanished",
    ("tenant", "source", "change"),
    multiprocess_mode="mostrecent",
)
_MOST_SOURCES = 5000
_silent: set[tuple[str, str]] = set()


def count_drop(tenant: str, source: str | None, reason: str, logs: int = 1) -> None:
    """Count logs that are gone, under the source that they came from."""
    DROPPED.labels(tenant, source or "unknown", reason).inc(logs)


def show_drift(found: Iterable[SourceDrift]) -> None:
    """What drift there is this week; beyond some thousand sources only those with the largest share are shown."""
    for one in islice(found, _MOST_SOURCES):
        labels = one["tenant"], one["source"]
        PARTLY.labels(*labels).set(one["share"])
        UNKNOWN_KINDS.labels(*labels).set(len(one["kinds"]))
        CHANGED_FIELDS.labels(*labels, "new").set(len(one["new"]))
        CHANGED_FIELDS.labels(*labels, "vanished").set(len(one["vanished"]))


def show_sources(last_seen: Mapping[tuple[str, str], float], silent: Mapping[tuple[str, str], int]) -> None:
    """What the register knows now, by tenant and source; beyond some thousands only the first are shown."""
    for labels, moment in islice(sorted(last_seen.items()), _MOST_SOURCES):
        LAST_EVENT.labels(*labels).set(moment)
    for labels in last_seen.keys() | silent.keys() | _silent:
        if labels in _silent or len(_silent) < _MOST_SOURCES:
            _silent.add(labels)
            SILENT.labels(*labels).set(silent.get(labels, 0))
