"""The stage `register`: source reports in; the register of sources out, and a finding for each source that needs a look.

Findings: a registered source that is silent past its cadence, or was never seen; too many dead letters; a skewed clock; drift
(`faults.py`). One for each episode: it begins when the fault does, and the next begins only after a time without it.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta

import orjson
import structlog
from sqlalchemy import Connection, delete, func, insert, select

from ingest.drift import DriftRows, drift_of, expire
from ingest.faults import RULES, SILENCE, Fault, find_faults
from ingest.metrics import show_drift, show_sources
from ingest.registrations import registered_topics, sync_settings
from ingest.reports import take_reports, to_ms
from ingest.tables import episodes, registrations, source_buckets, source_days, sources
from vagt.attack import threat_for
from vagt.clock import to_iso
from vagt.context import Context
from vagt.contracts.event import Event
from vagt.contracts.finding import ControlsFor, FindingInput, make_finding
from vagt.contracts.stage import Message, Outputs, Record
from vagt.ids import finding_id
from vagt.state.outbox import put
from vagt.topics import FINDINGS

_DAY_MS = 86_400_000
_HOUR_MS = 3_600_000
MakeTopic = Callable[[str], None]
log = structlog.get_logger()


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
        self._drift = DriftRows()
        self._drift_shown = 0

    def step(self, records: Sequence[Record]) -> Outputs:
        """Take reports into the register."""
        with self._context.state.write("ingest") as connection:
            take_reports(connection, records, self._drift)
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
            faults = {fault[:4]: fault for fault in find_faults(connection, now_ms, self._settings)}
            known = {(row.rule, row.tenant, row.source, row.host) for row in connection.execute(select(episodes))}
            show_sources(
                _last_seen(connection), Counter((tenant, source) for rule, tenant, source, _ in faults if rule in SILENCE)
            )
            if now_ms - self._drift_shown > _HOUR_MS:
                show_drift(drift_of(connection, now.date()))
                self._drift_shown = now_ms
        begun = [fault for key, fault in faults.items() if key not in known]
        ended = known - faults.keys()
        if self._is_in_grace(now):  # after a start nothing has been read yet: nobody is silent, and nobody is back
            begun = [fault for fault in begun if fault.rule not in SILENCE]
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
        duty = select(registrations.c.tenant).where(
            registrations.c.tenant == sources.c.tenant, registrations.c.source == sources.c.source
        )
        before = to_ms(now) - self._settings.keep_days * _DAY_MS
        connection.execute(delete(sources).where(sources.c.last_seen < before, ~duty.exists()))
        expire(connection, oldest)
        connection.execute(delete(source_buckets).where(source_buckets.c.bucket < to_ms(now) - _DAY_MS))


def _last_seen(connection: Connection) -> dict[tuple[str, str], float]:
    """Seconds since 1970, by tenant and source."""
    latest = select(sources.c.tenant, sources.c.source, func.max(sources.c.last_seen)).group_by(
        sources.c.tenant, sources.c.source
    )
    return {(tenant, source): seen / 1000 for tenant, source, seen in connection.execute(latest)}
