"""Prometheus metrics of the loop that every stage runs in. Names: `vagt_`, base units; labels never hold users or hosts."""

from prometheus_client import Counter, Gauge, Histogram

RECORDS_IN = Counter("vagt_stage_records_total", "Records that a stage has taken from the bus and finished", ["stage"])
RECORDS_OUT = Counter("vagt_stage_outputs_total", "Records that a stage has written", ["stage", "topic"])
BATCH_SECONDS = Histogram(
    "vagt_stage_step_seconds",
    "Time of a stage's step over one batch",
    ["stage"],
    buckets=(0.001, 0.005, 0.02, 0.1, 0.5, 2, 10),
)
BUSY_SECONDS = Counter("vagt_stage_busy_seconds_total", "Time in a stage's step, writes and commits", ["stage"])
RETRIES = Counter("vagt_stage_retries_total", "Batches repeated because a dependency was away", ["stage"])
POISON = Counter("vagt_stage_poison_records_total", "Records that a stage could not handle, sent to dead", ["stage"])
LOST = Counter("vagt_stage_partitions_lost_total", "Commits refused because the partition had moved", ["stage"])
LAG = Gauge(
    "vagt_stage_lag_records", "Records that a group has not finished", ["group", "topic"], multiprocess_mode="mostrecent"
)
