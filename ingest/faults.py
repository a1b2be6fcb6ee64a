"""What is wrong with a source now: silence, too many dead letters, a wrong clock, drift; each a rule of the pipeline's own."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import NamedTuple

from sqlalchemy import Connection, Row, select

from ingest.registrations import ANY_HOST
from ingest.reports import BUCKET_MS
from ingest.tables import registrations, source_buckets, sources, total
from vagt.clock import to_iso
from vagt.contracts.finding import RuleInfo
from vagt.settings.ingest import RegisterSettings

SILENT = RuleInfo(
    id="vagt-source-silent",
    title="A registered source is silent",
    level="high",
    kind="pipeline",
    description="A source that must report has sent nothing for longer than its cadence: attacks on it are not seen.",
    tags=("vagt.source_silent",),
    falsepositives=("The device was taken down on purpose.", "The shipper or the network between was under maintenance."),
    first_action="source_silent",
)
NEVER_SEEN = RuleInfo(
    id="vagt-source-never-seen",
    title="A registered source was never seen",
    level="medium",
    kind="pipeline",
    description="A source that must report has sent nothing since it was registered.",
    tags=("vagt.source_silent",),
    falsepositives=("The device is not in operation yet.",),
    first_action="source_silent",
)
DEAD_RATE = RuleInfo(
    id="vagt-dead-letter-rate",
    title="Too many logs of a source cannot be read",
    level="medium",
    kind="pipeline",
    description="The share of a source's logs that became dead letters is over its limit: rules do not see them.",
    tags=("vagt.dead_letter_rate",),
    falsepositives=("A device was upgraded and writes a new format.",),
    first_action="dead_letter_rate",
)
SKEW = RuleInfo(
    id="vagt-clock-skew",
    title="A source's clock is wrong",
    level="low",
    kind="pipeline",
    description="Times in a source's logs are far from the time of receipt: correlation over sources is not reliable.",
    tags=("vagt.clock_skew",),
    falsepositives=("The shipper held logs back and sent them late.",),
    first_action="clock_skew",
)
DRIFT = RuleInfo(
    id="vagt-source-drift",
    title="Many logs of a source are understood in part only",
    level="low",
    kind="pipeline",
    description="Too large a share of a source's events has a message or a value that no parser knows: rules may not see them.",
    tags=("vagt.source_drift",),
    falsepositives=("A device was upgraded and writes new messages of no interest.",),
    first_action="source_drift",
)
SILENCE = (SILENT.id, NEVER_SEEN.id)
RULES = {rule.id: rule for rule in (SILENT, NEVER_SEEN, DEAD_RATE, SKEW, DRIFT)}


class Fault(NamedTuple):
    """A fault that holds now. `since`: milliseconds; where it is not known since when, the time it was first found."""

    rule: str
    tenant: str
    source: str
    host: str
    since: int
    reason: str
    first_action: str = ""
    value: float = 0.0


def find_faults(connection: Connection, now_ms: int, limits: RegisterSettings) -> Iterable[Fault]:
    """Every fault that holds at `now_ms` (milliseconds since 1970)."""
    yield from _silent(connection, now_ms)
    start = now_ms - limits.window_minutes * 60_000
    yield from _dead_rates(connection, start, now_ms, limits.max_dead_rate, limits.dead_rate_minimum)
    yield from _drifting(connection, start, now_ms, limits.max_partly_rate, limits.dead_rate_minimum)
    yield from _skewed(connection, now_ms, limits.max_skew_seconds)


def _silent(connection: Connection, now_ms: int) -> Iterable[Fault]:
    last_seen = select(sources.c.tenant, sources.c.source, sources.c.host, sources.c.last_seen)
    seen: dict[tuple[str, str, str], int] = {}
    for row in connection.execute(last_seen):
        for host in (row.host, ANY_HOST):
            key = (row.tenant, row.source, host)
            seen[key] = max(seen.get(key, 0), row.last_seen)
    for one in connection.execute(select(registrations)):
        last = seen.get((one.tenant, one.source, one.host))
        since = one.registered if last is None else last
        if now_ms - since > one.cadence_seconds * 1000:
            yield _silence(one, last, since)


def _silence(one: Row[tuple[object, ...]], last: int | None, since: int) -> Fault:
    moment = to_iso(datetime.fromtimestamp(since / 1000, UTC))
    what = f"{one.source} of {one.host}" if one.host else str(one.source)
    who = f"; tell {one.owner}" if one.owner else ""
    if last is None:
        reason = f"{what} has never reported since it was registered at {moment}{who}"
        return Fault(NEVER_SEEN.id, one.tenant, one.source, one.host, since, reason, one.first_action)
    reason = f"{what} is silent since {moment}; it reports at least every {one.cadence_seconds:.0f} s{who}"
    return Fault(SILENT.id, one.tenant, one.source, one.host, since, reason, one.first_action, one.cadence_seconds)


def _dead_rates(connection: Connection, start: int, now_ms: int, limit: float, minimum: int) -> Iterable[Fault]:
    table = source_buckets
    totals = (
        select(table.c.tenant, table.c.source, total(table.c.events), total(table.c.dead))
        .where(table.c.bucket > start - BUCKET_MS)
        .group_by(table.c.tenant, table.c.source)
    )
    for tenant, source, events, dead in connection.execute(totals):
        if events + dead >= minimum and dead / (events + dead) > limit:
            rate = dead / (events + dead)
            reason = f"{dead} of {events + dead} logs of {source} became dead letters; the limit is {limit:.0%}"
            yield Fault(DEAD_RATE.id, tenant, source, "", now_ms, reason, value=round(rate, 4))


def _drifting(connection: Connection, start: int, now_ms: int, limit: float, minimum: int) -> Iterable[Fault]:
    table = source_buckets
    totals = (
        select(table.c.tenant, table.c.source, total(table.c.events), total(table.c.partly))
        .where(table.c.bucket >= start, table.c.source.notlike("%.generic"))
        .group_by(table.c.tenant, table.c.source)
    )
    for tenant, source, events, partly in connection.execute(totals):
        if events >= minimum and partly / events > limit:
            reason = f"{partly} of {events} events of {source} were understood in part only; the limit is {limit:.0%}"
            yield Fault(DRIFT.id, tenant, source, "", now_ms, reason, value=round(partly / events, 4))


def _skewed(connection: Connection, now_ms: int, limit: float) -> Iterable[Fault]:
    for row in connection.execute(select(sources).where(sources.c.skew_seconds > limit)):
        reason = f"the clock of {row.host} ({row.source}) differs by {row.skew_seconds:.0f} s from the time of receipt"
        yield Fault(SKEW.id, row.tenant, row.source, row.host, now_ms, reason, value=row.skew_seconds)
