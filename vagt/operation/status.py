"""How the pipeline is, from what its workers tell: one line a stage, and a list of what is wrong. Values in, values out."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from vagt.clock import to_iso
from vagt.metrics_latency import Way
from vagt.operation.reading import Reading

# which part of a log's way ends with a stage
WAY_OF: Mapping[str, Way] = {
    "normalise": "received_event",
    "detections": "received_matched",
    "correlations": "received_finding",
    "triage": "finding_incident",
    "store": "received_archived",
    "indexer": "received_searchable",
}
_LOOPED = "vagt_stage_last_loop_timestamp_seconds"
_AWAY = "vagt_stage_dependency_away_timestamp_seconds"
_RECORDS = "vagt_stage_records_total"
_VERSION = "vagt_rules_version"
_RULES_FAILED = "vagt_rules_reload_failed_timestamp_seconds"
_DISK_LEAST, _SPOOL_MOST, _CERTIFICATE_SECONDS = 0.1, 0.5, 14 * 86_400


@dataclass(frozen=True, slots=True)
class StageLine:
    """`rate`: records a second between two readings. `quantiles`: p50, p95, p99 in seconds. `away_since`: ISO 8601."""

    stage: str
    workers: int | None
    lag: int | None
    rate: float | None
    quantiles: tuple[float, float, float] | None
    dead_last_hour: int
    away_since: str | None


@dataclass(frozen=True, slots=True)
class RulesLine:
    """The version of the rule set that a stage's worker runs. `failed_since`: ISO 8601; since when it cannot take over what its
    files have."""

    stage: str
    worker: str
    version: int
    failed_since: str | None


def rules_lines(readings: Sequence[Reading]) -> list[RulesLine]:
    """What every worker that runs rules says of them."""
    lines = []
    for one in readings:
        failed = one.by(_RULES_FAILED, "stage")
        for stage, number in sorted(one.by(_VERSION, "stage").items()):
            since = failed.get(stage, 0.0)
            lines.append(RulesLine(stage, one.worker, round(number), _instant(since) if since > 0 else None))
    return lines


def rules_problems(lines: Sequence[RulesLine], reasons: Mapping[str, str]) -> list[str]:
    """What is wrong with the rules, in words. `reasons`: by stage, why it could not take over the newest."""
    found = []
    for line in lines:
        if line.failed_since is not None:
            why = reasons.get(line.stage, "its log says why")
            since = (
                f"stage {line.stage} ({line.worker}) stays with version {line.version} of the rules since {line.failed_since}"
            )
            found.append(f"{since}: {why}")
    if len({line.version for line in lines}) > 1:
        told = ", ".join(f"{line.stage} ({line.worker}) {line.version}" for line in lines)
        found.append(f"workers run different versions of the rules: {told}")
    return found


def stage_line(
    stage: str, before: Sequence[Reading], after: Sequence[Reading], lag: int | None, dead: int, stalled_seconds: float
) -> StageLine:
    """The line of `stage`; without readings only what the bus tells is known."""
    alive = [one for one in after if one.at - one.by(_LOOPED, "stage").get(stage, -math.inf) <= stalled_seconds]
    away = [since for one in after if (since := one.by(_AWAY, "stage").get(stage, 0.0)) > 0]
    return StageLine(
        stage,
        len(alive) if after else None,
        lag,
        _rate(stage, before, after),
        _quantiles(WAY_OF.get(stage), before, after),
        dead,
        _instant(min(away)) if away else None,
    )


def problems(lines: Sequence[StageLine], readings: Sequence[Reading]) -> list[str]:
    """What somebody must look at, in words."""
    found = [f"{one.worker} does not answer: {one.error}" for one in readings if one.error]
    found += [f"{one.worker} is not ready: {one.waits}" for one in readings if one.waits]
    found += [f"stage {line.stage}: no worker is alive" for line in lines if line.workers == 0]
    found += [f"stage {line.stage} waits for a dependency since {line.away_since}" for line in lines if line.away_since]
    for one in readings:
        found += _surroundings(one)
    return found


def _surroundings(one: Reading) -> list[str]:
    free, size = one.by("vagt_disk_free_bytes", "folder"), one.by("vagt_disk_size_bytes", "folder")
    found = [
        f"{one.worker}: {free[folder] / size[folder]:.0%} left on the disk of {folder}"
        for folder in free
        if size.get(folder) and free[folder] / size[folder] < _DISK_LEAST
    ]
    spool = sum(one.by("vagt_ingest_spool_bytes", "").values())
    limit = sum(one.by("vagt_ingest_spool_limit_bytes", "").values())
    if limit and spool / limit > _SPOOL_MOST:
        found.append(f"{one.worker}: the spool is {spool / limit:.0%} full")
    if any(one.by("vagt_ingest_bus_away", "").values()):
        found.append(f"{one.worker}: ingest cannot write to the bus; logs wait in the spool")
    for setting, end in one.by("vagt_certificate_not_after_timestamp_seconds", "setting").items():
        if end - one.at < _CERTIFICATE_SECONDS:
            found.append(f"{one.worker}: the certificate of {setting} ends {_instant(end)}")
    return found


def _rate(stage: str, before: Sequence[Reading], after: Sequence[Reading]) -> float | None:
    earlier = {one.worker: one for one in before}
    rates = []
    for one in after:
        records, then = one.by(_RECORDS, "stage").get(stage), earlier.get(one.worker)
        if records is not None and then is not None and one.at > then.at:
            rates.append(max(0.0, records - then.by(_RECORDS, "stage").get(stage, 0.0)) / (one.at - then.at))
    return sum(rates) if rates else None


def _quantiles(way: Way | None, before: Sequence[Reading], after: Sequence[Reading]) -> tuple[float, float, float] | None:
    """Of what came between the readings; where nothing did, since the workers started."""
    if way is None:
        return None
    then, now = _buckets(way, before), _buckets(way, after)
    fresh = {bound: count - then.get(bound, 0.0) for bound, count in now.items()}
    buckets = fresh if fresh.get(math.inf, 0.0) > 0 else now
    if buckets.get(math.inf, 0.0) <= 0:
        return None
    return quantile(buckets, 0.5), quantile(buckets, 0.95), quantile(buckets, 0.99)


def _buckets(way: Way, readings: Sequence[Reading]) -> dict[float, float]:
    found: dict[float, float] = {}
    for one in readings:
        for (name, labels), value in one.samples.items():
            if name == "vagt_latency_seconds_bucket" and (told := dict(labels))["way"] == way:
                found[float(told["le"])] = found.get(float(told["le"]), 0.0) + value
    return found


def quantile(buckets: Mapping[float, float], share: float) -> float:
    """As PromQL's histogram_quantile: linear within the bucket; beyond the last bound it is that bound."""
    bounds = sorted(buckets)
    rank = share * buckets[bounds[-1]]
    lower, below = 0.0, 0.0
    for bound in bounds:
        if buckets[bound] >= rank:
            inside = buckets[bound] - below
            return lower if bound == math.inf or not inside else lower + (bound - lower) * (rank - below) / inside
        lower, below = bound, buckets[bound]
    return lower


def _instant(seconds: float) -> str:
    return to_iso(datetime.fromtimestamp(round(seconds), UTC))
