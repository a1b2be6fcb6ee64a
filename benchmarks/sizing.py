"""The sizing table (deploy/sizing.md): what was measured (docs/performance.md), multiplied out for a unit and for the country.

python -m benchmarks.sizing

`pytest tests/docs --update-expected` writes the page anew when a figure below has changed.
"""

from dataclasses import dataclass
from math import ceil

# Measured on 2 cores, the servers on the same machine; docs/performance.md has the commands and what each figure includes.
MICROSECONDS = {"normalise": 60.0, "detections": 39.0, "indexer": 24.0, "store": 28.0}  # our CPU for one event
BROKER_MICROSECONDS = 22.0  # raw log and event written once and read once, one copy
NODE_MICROSECONDS = 228.0  # Elasticsearch's CPU for one document, one copy
RAW_BYTES, EVENT_BYTES = 65.0, 103.0  # in Kafka, zstd, full batches
DOCUMENT_BYTES = 362.0  # in Elasticsearch, mean of the four sources in docs/elasticsearch.md
SEGMENT_BYTES = 46.0  # in the archive, merged

# Assumed.
PEAK_OF_MUNICIPALITY = 7_500  # events a second; 20 of them: 150,000, the middle of what a unit expects
MEAN_OF_PEAK = 0.4  # around the clock
LOAD = 0.6  # of a core or a disk, at the peak, so that a third may fail or a backlog be caught up
SOURCES = 10  # of a municipality
RAW_PARTITIONS = 4
KAFKA_DAYS, COPIES = 7, 3
SEARCH_DAYS, REPLICAS = 30, 1
ARCHIVE_DAYS = 396
SHARD_BYTES = 50e9
BROKER_CORES, NODE_CORES, NODE_BYTES = 8, 16, 12e12
_DAY = 86_400


@dataclass(frozen=True, slots=True)
class Size:
    """What one installation needs."""

    municipalities: int

    @property
    def peak(self) -> int:
        return self.municipalities * PEAK_OF_MUNICIPALITY

    @property
    def daily(self) -> float:
        """Events of a day."""
        return self.peak * MEAN_OF_PEAK * _DAY

    def workers(self, stage: str) -> int:
        """Processes of a stage, each of one core."""
        return max(2, ceil(self.peak * MICROSECONDS[stage] / 1e6 / LOAD))

    @property
    def partitions(self) -> int:
        """Of `events`: two for each worker of the stage that has most, so that half as many again may be added; in dozens."""
        return ceil(2 * max(map(self.workers, ("detections", "indexer", "store"))) / 12) * 12

    @property
    def raw_partitions(self) -> int:
        return self.municipalities * SOURCES * RAW_PARTITIONS

    @property
    def kafka_bytes(self) -> float:
        return self.daily * KAFKA_DAYS * (RAW_BYTES + EVENT_BYTES) * COPIES / LOAD

    @property
    def brokers(self) -> int:
        """A copy costs its broker about as much as the first one."""
        return max(3, ceil(self.peak * BROKER_MICROSECONDS * COPIES / 1e6 / LOAD / BROKER_CORES))

    @property
    def search_bytes(self) -> float:
        return self.daily * SEARCH_DAYS * DOCUMENT_BYTES * (1 + REPLICAS) / 0.8

    @property
    def shards(self) -> int:
        """Of the large streams, and what every tenant has at least (decision 0009, ilm)."""
        return ceil(self.daily * SEARCH_DAYS * DOCUMENT_BYTES / SHARD_BYTES) * (1 + REPLICAS) + self.municipalities * 8 * 2 * 3

    @property
    def nodes(self) -> int:
        """By CPU, disk and 1,000 shards a node, whichever is most."""
        cores = self.peak * NODE_MICROSECONDS * (1 + REPLICAS) / 1e6 / LOAD
        return max(3, ceil(cores / NODE_CORES), ceil(self.search_bytes / NODE_BYTES), ceil(self.shards / 1000))

    @property
    def archive_bytes(self) -> float:
        return self.daily * ARCHIVE_DAYS * SEGMENT_BYTES


def _tera(size: float) -> str:
    return f"{size / 1e12:,.0f} TB" if size >= 10e12 else f"{size / 1e12:,.1f} TB"


def _rows(sizes: tuple[Size, ...]) -> list[tuple[str, list[str]]]:
    return [
        ("events/s at the peak", [f"{one.peak:,}" for one in sizes]),
        ("events a day", [f"{one.daily / 1e9:,.1f} thousand million" for one in sizes]),
        *((f"workers of {stage}", [str(one.workers(stage)) for one in sizes]) for stage in MICROSECONDS),
        ("partitions of `events` (`bus.kafka.partitions`)", [str(one.partitions) for one in sizes]),
        ("partitions of all `raw.*`", [f"{one.raw_partitions:,}" for one in sizes]),
        (f"brokers of {BROKER_CORES} cores", [str(one.brokers) for one in sizes]),
        ("Kafka's disks, all brokers", [_tera(one.kafka_bytes) for one in sizes]),
        (f"Elasticsearch nodes of {NODE_CORES} cores, {NODE_BYTES / 1e12:.0f} TB", [str(one.nodes) for one in sizes]),
        ("Elasticsearch's disks, all nodes", [_tera(one.search_bytes) for one in sizes]),
        ("shards", [f"{one.shards:,}" for one in sizes]),
        ("archive (one copy)", [_tera(one.archive_bytes) for one in sizes]),
        ("PostgreSQL", ["8 cores, 64 GB, 500 GB; a second one in standby"] * len(sizes)),
    ]


def sizing_page() -> str:
    """deploy/sizing.md."""
    sizes = (Size(20), Size(98))
    heads = [f"{one.municipalities} municipalities" for one in sizes]
    table = ["| | " + " | ".join(heads) + " |", "|---|" + "---:|" * len(sizes)]
    table += [f"| {name} | {' | '.join(values)} |" for name, values in _rows(sizes)]
    cores = " + ".join(f"{value:g}" for value in MICROSECONDS.values())
    return f"""# Sizing

Written by `benchmarks/sizing.py` from the figures of [docs/performance.md](../docs/performance.md); change an assumption
there and write it anew (`pytest tests/docs --update-expected`). All 98 would run as four or five units; their column says
what these need together, or one installation for all.

{chr(10).join(table)}

Measured, for one event: {cores} µs of CPU in {", ".join(MICROSECONDS)};
{BROKER_MICROSECONDS:g} µs of the broker's and {NODE_MICROSECONDS:g} µs of Elasticsearch's, for one copy;
{RAW_BYTES:g} and {EVENT_BYTES:g} bytes in Kafka (raw log, event), {DOCUMENT_BYTES:g} in Elasticsearch,
{SEGMENT_BYTES:g} in the archive.

Assumed: {PEAK_OF_MUNICIPALITY:,} events/s of a municipality at its peak (a unit of 20 expects 100,000 to 200,000 in all) and
{MEAN_OF_PEAK:.0%} of that around the clock; {SOURCES} sources each with {RAW_PARTITIONS} partitions; nothing busier than
{LOAD:.0%} at the peak; Kafka {KAFKA_DAYS} days in {COPIES} copies, Elasticsearch {SEARCH_DAYS} days with {REPLICAS} replica,
the archive {ARCHIVE_DAYS} days.
Days in Elasticsearch are what costs: the archive answers the same searches for everything older.

- A worker is one process on one core; give a worker of detections 1 GB, of the others 512 MB. Memory does not grow with
  the backlog.
- Two partitions of `events` for each worker of the largest stage. Choose them before the first start: changing a partition
  count moves keys (`vagt kafka check` warns).
- correlations, triage, notifier, cert_bridge, evidence, register: one core for each is ample, they see matches and findings.
- Large datasets have data streams of their own and roll over at 50 GB a shard; the others share one for each vendor
  ([decision 0009](../docs/decisions/0009-elasticsearch-streams.md) counts the shards of small tenants; 1,000 a node is the
  default limit). A unit of 20 should choose `elasticsearch.lifecycle: ilm`.
- Figures of single machines do not add up perfectly: measure with `python benchmarks/all.py --servers` on your own before
  buying.
"""


if __name__ == "__main__":
    print(sizing_page(), end="")
