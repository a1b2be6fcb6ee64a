"""What ingest counts. Every drop and every refusal has a reason; no label holds log content."""

from prometheus_client import Counter, Gauge

ACCEPTED = Counter("vagt_ingest_accepted_logs", "Logs that are durable in bus or spool", ("tenant", "source", "protocol"))
ACCEPTED_BYTES = Counter("vagt_ingest_accepted_bytes", "Their bodies' bytes", ("tenant", "source", "protocol"))
DROPPED = Counter(
    "vagt_ingest_dropped", "Logs that are gone: not accepted, and their sender was not told", ("tenant", "source", "reason")
)
REFUSED = Counter(
    "vagt_ingest_refused", "Connections and requests that were refused; their sender knows", ("listener", "reason")
)
DEAD_LETTERS = Counter("vagt_ingest_dead_letters", "Logs that became dead letters at the door", ("tenant", "source", "reason"))
CONNECTIONS = Gauge("vagt_ingest_connections", "Open connections", ("listener",))
SPOOL_BYTES = Gauge("vagt_ingest_spool_bytes", "Bytes of accepted logs that wait in the spool for the bus")
PENDING_BYTES = Gauge("vagt_ingest_pending_bytes", "Bytes of logs that wait to become durable")
BUS_AWAY = Gauge("vagt_ingest_bus_away", "1 while the bus cannot be written")


def count_drop(tenant: str, source: str | None, reason: str, logs: int = 1) -> None:
    """Count logs that are gone, under the source that they came from."""
    DROPPED.labels(tenant, source or "unknown", reason).inc(logs)
