"""The stage `register`: source reports in; the register of sources out, and a finding for each source that needs a look.

Findings: a registered source that is silent past its cadence, or was never seen; too many dead letters; a skewed clock. One for
each episode: it begins when the fault does, and the next begins only after a time without it.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

import orjson
import structlog
from sqlalchemy import Connection, Row, delete, func, insert, select

from ingest.metrics import show_sources
from ingest.registrations import ANY_HOST, registered_topics, sync_settings
from ingest.reports import BUCKET_MS, take_reports, to_ms
from ingest.tables import episodes, registrations, source_buckets, source_days, sources, total
from vagt.attack import threat_for
from vagt.clock import to_iso
from vagt.context import Context
from vagt.contracts.event import Event
from vagt.contracts.finding import ControlsFor, FindingInput, RuleInfo, make_finding
from vagt.contracts.stage import Message, Outputs, Record
from vagt.ids import finding_id
from vagt.state.outbox import put
from vagt.topics import FINDINGS

_DAY_MS = 86_400_000
MakeTopic = Callable[[str], None]
log = structlog.get_logger()

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
_SILENCE = (SILENT.id, NEVER_SEEN.id)
RULES = {rule.id: rule for rule in (SILENT, NEVER_SEEN, DEAD_RATE, SKEW)}


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


class Register:
    """The step and the tick of the stage."""

    def __init__(self, context: Context, controls_for: ControlsFor, make_topic: MakeTopic | None = None) -> None:
        self._context = context
        self._make_topic = make_topic
        self._topics: set[str] = set()  # those made, or seen to be there, since the start
        self._settings = context.settings.ingest.register_limits
        self._controls_for = controls_for
        self._started: datetime | None = None
        self._expired = 0

    def step(self, records: Sequence[Record]) -> Outputs:
        """Take reports into the register."""
        with self._context.state.write("ingest") as connection:
            take_reports(connection, records)
        return Outputs()

    def tick(self, now: datetime) -> Outputs:
        """Begin and end episodes; findings go through the outbox with the episode, so that none is lost or doubled."""
        now_ms = to_ms(now)
        if self._started is None:
            with self._context.state.write("ingest") as connection:
                sync_settings(connection, self._context, now_ms)
            self._started = now
        with self._context.state.read() as connection:
            if self._make_topic is not None:
                self._make_topics(connection, self._make_topic)
            faults = {fault[:4]: fault for fault in self._faults(connection, now_ms)}
            known = {(row.rule, row.tenant, row.source, row.host) for row in connection.execute(select(episodes))}
            show_sources(
                _last_seen(connection), Counter((tenant, source) for rule, tenant, source, _ in faults if rule in _SILENCE)
            )
        begun = [fault for key, fault in faults.items() if key not in known]
        ended = known - faults.keys()
        if self._is_in_grace(now):  # after a start nothing has been read yet: nobody is silent, and nobody is back
            begun = [fault for fault in begun if fault.rule not in _SILENCE]
        if begun or ended or now_ms - self._expired > _DAY_MS:
            with self._context.state.write("ingest") as connection:
                self._change(connection, begun, ended, now)
                self._expire(connection, now)
            self._expired = now_ms
        return Outputs()

    def _make_topics(self, connection: Connection, make_topic: MakeTopic) -> None:
        """A source has its topic before its first log: a shipper that writes straight into Kafka may not make one."""
        for topic in registered_topics(connection) - self._topics:
            make_topic(topic)
            self._topics.add(topic)

    def _is_in_grace(self, now: datetime) -> bool:
        return self._started is None or now - self._started < timedelta(seconds=self._settings.grace_seconds)

    def _faults(self, connection: Connection, now_ms: int) -> Iterable[Fault]:
        yield from _silent(connection, now_ms)
        window = self._settings.window_minutes * 60_000
        yield from _dead_rates(
            connection, now_ms - window, now_ms, self._settings.max_dead_rate, self._settings.dead_rate_minimum
        )
        yield from _skewed(connection, now_ms, self._settings.max_skew_seconds)

    def _change(self, connection: Connection, begun: list[Fault], ended: set[tuple[str, str, str, str]], now: datetime) -> None:
        for key in ended:
            where = [column == value for column, value in zip(episodes.primary_key.columns, key, strict=True)]
            connection.execute(delete(episodes).where(*where))
        known = {(row.rule, row.tenant, row.source, row.host) for row in connection.execute(select(episodes))}
        for fault in begun:
            if fault[:4] in known:  # another worker of the stage was quicker
                continue
            message = self.finding_message(fault, now)
            row = {"rule": fault.rule, "tenant": fault.tenant, "source": fault.source, "host": fault.host, "since": fault.since}
            connection.execute(insert(episodes).values(**row, finding=message.headers["id"]))
            put(connection, "ingest", [message])
            log.info("source_fault", rule=fault.rule, tenant=fault.tenant, source=fault.source)

    def finding_message(self, fault: Fault, now: datetime) -> Message:
        """The finding of `fault` for its tenant; its id is the same however often this episode is found."""
        rule = RULES[fault.rule]
        since = to_iso(datetime.fromtimestamp(fault.since / 1000, UTC))
        group = f"{fault.source}\x1f{fault.host}"
        entity = f"source:{fault.source}" + (f"/{fault.host.lower()}" if fault.host else "")
        event: Event = {"event": {"dataset": fault.source}}
        if fault.host:
            event["observer"] = {"name": fault.host}
        facts = FindingInput(
            id=finding_id(rule.id, fault.tenant, group, since),
            tenant=fault.tenant,
            tenant_name=self._context.tenants.name(fault.tenant),
            entity=entity,
            created=to_iso(now),
            start=since,
            end=to_iso(now),
            event_ids=[],
            event=event,
            group=group,
            matched_fields={"event.dataset": fault.source, "observer.name": fault.host, "vagt.value": fault.value},
            reason=fault.reason,
        )
        document = make_finding(facts, rule, self._controls_for, threat_for)
        if fault.first_action:
            document["vagt"]["finding"]["first_action"] = fault.first_action
        return Message(
            FINDINGS, f"{fault.tenant}\x1f{entity}".encode(), orjson.dumps(document), {"id": facts.id, "tenant": fault.tenant}
        )

    def _expire(self, connection: Connection, now: datetime) -> None:
        oldest = (now - timedelta(days=self._settings.keep_days)).date()
        connection.execute(delete(source_days).where(source_days.c.day < oldest))
        connection.execute(delete(source_buckets).where(source_buckets.c.bucket < to_ms(now) - _DAY_MS))


def _last_seen(connection: Connection) -> dict[tuple[str, str], float]:
    """Seconds since 1970, by tenant and source."""
    latest = select(sources.c.tenant, sources.c.source, func.max(sources.c.last_seen)).group_by(
        sources.c.tenant, sources.c.source
    )
    return {(tenant, source): seen / 1000 for tenant, source, seen in connection.execute(latest)}


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


def _skewed(connection: Connection, now_ms: int, limit: float) -> Iterable[Fault]:
    for row in connection.execute(select(sources).where(sources.c.skew_seconds > limit)):
        reason = f"the clock of {row.host} ({row.source}) differs by {row.skew_seconds:.0f} s from the time of receipt"
        yield Fault(SKEW.id, row.tenant, row.source, row.host, now_ms, reason, value=row.skew_seconds)
