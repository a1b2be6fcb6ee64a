"""Prometheus metrics of the loop that every stage runs in, and of the process around it. Names: `vagt_`, base units; labels
never hold users, hosts or log content.

Gauges of several processes are the latest that one of them has set (`mostrecent`): a restart leaves no old value behind.
"""

from prometheus_client import Counter, Gauge, Histogram

RECORDS_IN = Counter("vagt_stage_records_total", "Records that a stage has taken from the bus and finished", ["stage"])
RECORDS_OUT = Counter("vagt_stage_outputs_total", "Records that a stage has written", ["stage", "topic"])
BATCH_SECONDS = Histogram(
    "vagt_stage_step_seconds",
    "Time of a stage's step over one batch",
    ["stage"],
    buckets=(0.001, 0.005, 0.02, 0.1, 0.5, 2, 10),
)
BATCH_RECORDS = Histogram(
    "vagt_stage_batch_records", "Records of a batch", ["stage"], buckets=(1, 10, 100, 500, 1000, 2000, 5000)
)
POLL_GAP = Histogram(
    "vagt_stage_poll_gap_seconds", "Time between two polls of the bus", ["stage"], buckets=(0.1, 1, 5, 15, 60, 150, 300)
)
BUSY_SECONDS = Counter("vagt_stage_busy_seconds_total", "Time in a stage's step, writes and commits", ["stage"])
RETRIES = Counter("vagt_stage_retries_total", "Batches repeated because a dependency was away", ["stage"])
BACKOFF_SECONDS = Counter("vagt_stage_backoff_seconds_total", "Time waited for a dependency that was away", ["stage"])
POISON = Counter("vagt_stage_poison_records_total", "Records that a stage could not handle, sent to dead", ["stage"])
LOST = Counter("vagt_stage_partitions_lost_total", "Commits refused because the partition had moved", ["stage"])
REBALANCES = Counter("vagt_stage_rebalances_total", "Changes of the partitions that a worker owns", ["stage"])
DEAD_LETTERS = Counter("vagt_dead_letters_total", "Dead letters that a stage has written", ["stage", "tenant", "source"])
PARTITIONS = Gauge("vagt_stage_partitions", "Partitions that a worker owns", ["stage"], multiprocess_mode="mostrecent")
LOOPED = Gauge(
    "vagt_stage_last_loop_timestamp_seconds", "When the loop last went round", ["stage"], multiprocess_mode="mostrecent"
)
AWAY_SINCE = Gauge(
    "vagt_stage_dependency_away_timestamp_seconds",
    "Since when a dependency has been away; 0: all are there",
    ["stage"],
    multiprocess_mode="mostrecent",
)
LAG = Gauge(
    "vagt_stage_lag_records",
    "Records that a group has not finished, of the partitions that a worker owns",
    ["group", "topic"],
    multiprocess_mode="mostrecent",
)
DISK_FREE = Gauge("vagt_disk_free_bytes", "Space that is left where a folder lies", ["folder"], multiprocess_mode="mostrecent")
DISK_SIZE = Gauge("vagt_disk_size_bytes", "All space where a folder lies", ["folder"], multiprocess_mode="mostrecent")
NOT_AFTER = Gauge(
    "vagt_certificate_not_after_timestamp_seconds",
    "When a certificate of the settings ends (the first of its file)",
    ["setting"],
    multiprocess_mode="mostrecent",
)

_MOST_SERIES = 5000
_known: set[tuple[str, str, str]] = set()


def count_dead_letter(stage: str, tenant: str, source: str) -> None:
    """Tenants and sources come from topics, which a shipper may name: beyond some thousands they are counted together."""
    labels = (stage, tenant, source)
    if labels not in _known:
        if len(_known) >= _MOST_SERIES:
            labels = (stage, "other", "other")
        _known.add(labels)
    DEAD_LETTERS.labels(*labels).inc()
