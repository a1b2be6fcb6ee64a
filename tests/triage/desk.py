"""Triage in the hands of a test: findings as records, a clock to move, and what came out."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
from sqlalchemy import delete, select

from triage.app import build_triage
from triage.instants import to_ms
from triage.queries import list_findings, list_incidents
from vagt.attack import threat_for
from vagt.clock import to_iso
from vagt.context import Context
from vagt.contracts.finding import Controls, FindingInput, RuleInfo, make_finding
from vagt.contracts.scope import system_scope
from vagt.contracts.stage import Record, Stage
from vagt.state.outbox import outbox

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
EVERYONE = system_scope("test")


class Hands:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> datetime:
        return self.now

    def move(self, **by: float) -> datetime:
        self.now += timedelta(**by)
        return self.now


def no_controls(tags: Any) -> Controls:
    """The mapping of a unit without a catalogue."""
    return Controls((), "test")


def finding(
    finding_id: str,
    *,
    rule: str = "ssh-brute-force",
    level: str = "high",
    tags: tuple[str, ...] = ("attack.t1110",),
    tenant: str = "751",
    entity: str = "user:ole",
    minute: float = 0,
    events: tuple[str, ...] | None = None,
    kind: str = "rule",
    scope: str = "tenant",
    first_action: str | None = None,
    shadow: bool = False,
) -> bytes:
    """An alert document of a rule, `minute` minutes after noon; its one event is named after it."""
    at = to_iso(NOON + timedelta(minutes=minute))
    event_ids = (f"e-{finding_id}",) if events is None else events
    facts = FindingInput(finding_id, tenant, tenant, entity, at, at, at, event_ids, {}, scope=scope, shadow=shadow)
    info = RuleInfo(rule, f"Rule {rule}", level, kind, tags=tags, first_action=first_action)
    return orjson.dumps(make_finding(facts, info, no_controls, threat_for))


@dataclass(slots=True)
class Desk:
    """`give` puts findings on the topic (partition 0 unless told) and lets the stage take them."""

    context: Context
    clock: Hands
    offsets: dict[int, int] = field(default_factory=dict)
    stage: Stage = field(init=False)

    def __post_init__(self) -> None:
        self.stage = build_triage(self.context)

    def record(self, value: bytes, partition: int = 0) -> Record:
        offset = self.offsets.get(partition, 0)
        self.offsets[partition] = offset + 1
        return Record("findings", partition, offset, b"k", value, {}, to_ms(self.clock.now))

    def give(self, *values: bytes, partition: int = 0) -> list[Record]:
        records = [self.record(value, partition) for value in values]
        self.stage.step(records)
        return records

    def tick(self) -> None:
        assert self.stage.tick is not None
        self.stage.tick(self.clock.now)

    def incidents(self) -> list[Any]:
        """Oldest first."""
        return sorted(list_incidents(EVERYONE, self.context, limit=500)["items"], key=lambda one: one["number"])

    def findings(self) -> dict[str, Any]:
        return {line["id"]: line for line in list_findings(EVERYONE, self.context, limit=500)["items"]}

    def changes(self, topic: str = "incidents", *, room: str | None = None) -> list[Any]:
        """What waits in the outbox for `topic`, in order."""
        query = select(outbox.c.value).where(outbox.c.topic == topic).order_by(outbox.c.id)
        if room is not None:
            query = query.where(outbox.c.room == room)
        with self.context.state.read() as connection:
            return [orjson.loads(value) for value in connection.execute(query).scalars()]

    def forget_changes(self) -> None:
        with self.context.state.write("triage") as connection:
            connection.execute(delete(outbox))
