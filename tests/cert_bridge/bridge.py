"""The bridge in the hands of a test: incidents as changes, findings by incident, and what came out."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
from sqlalchemy import select

from cert_bridge.app import build_cert_bridge
from cert_bridge.queries import list_deliveries
from vagt.clock import to_iso
from vagt.context import Context
from vagt.contracts.event import Event
from vagt.contracts.finding import Controls
from vagt.contracts.incident import Incident
from vagt.contracts.scope import system_scope
from vagt.contracts.stage import Record, Stage
from vagt.state.outbox import outbox

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
EVERYONE = system_scope("test")
SIGMA = "title: Guessing\nlogsource: {product: linux}\ndetection: {a: {b: c}, condition: a}\n"


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


def finding(number: int = 1, *, rule: str = "ssh-guessing", kind: str = "rule", **fields: Any) -> Event:
    """An alert document; `fields` are parts of the event that it carries (`source`, `user`, …)."""
    at = to_iso(NOON + timedelta(minutes=number))
    return {
        "@timestamp": at,
        "event": {"id": f"f{number}", "start": at, "end": at, "kind": "alert"},
        "message": "Failed password for invalid user hemmelig from 10.9.8.7",
        "rule": {"id": rule, "name": "Guessing of passwords"},
        "threat": {"technique": {"id": ["T1110"]}},
        "vagt": {"finding": {"kind": kind, "count": 2, "fields": {"user.name": "hemmelig"}, "rule_hash": "abc"}},
        **fields,
    }


def incident(number: int = 1, **changed: Any) -> Incident:
    """An open P1 of municipality 751, as triage tells it."""
    at = to_iso(NOON)
    told: Incident = {
        "id": f"incident{number}",
        "number": f"2026-{number:06d}",
        "version": 1,
        "tenant": "751",
        "tenant_name": "Aarhus",
        "title": "Guessing of passwords",
        "priority": "P1",
        "priority_reasons": [],
        "state": "new",
        "verdict": None,
        "owner": None,
        "entity": "user:hemmelig",
        "scope": "tenant",
        "level": "critical",
        "rules": [{"id": "ssh-guessing", "name": "Guessing of passwords", "level": "critical"}],
        "techniques": ["T1110", "T1110.003"],
        "tactics": ["TA0006"],
        "datasets": ["linux.auth"],
        "controls": ["nis2:21.2.b"],
        "mapping_version": "1",
        "first_action": "credential_attack",
        "finding_count": 1,
        "event_count": 1,
        "first_finding_at": at,
        "last_finding_at": at,
        "created": at,
        "updated": at,
        "response_due": at,
        "resolution_due": at,
        "acknowledged_at": None,
        "resolved_at": None,
        "closed_at": None,
        "response_breached": False,
        "resolution_breached": False,
    }
    return {**told, **changed}  # type: ignore[typeddict-item]


@dataclass(slots=True)
class Bridge:
    """`tell` puts changes on `incidents` and lets the stage take them; `tick` lets it send."""

    context: Context
    clock: Hands
    findings: dict[str, list[Event]] = field(default_factory=dict)
    rules: dict[str, str] = field(default_factory=lambda: {"ssh-guessing": SIGMA})
    offset: int = 0
    stage: Stage = field(init=False)

    def __post_init__(self) -> None:
        self.restart()

    def restart(self) -> None:
        """As after kill -9: all that is not in the database is gone."""
        self.stage = build_cert_bridge(self.context, self.findings_of, no_controls, self.rules.get)

    def findings_of(self, incident_id: str, limit: int) -> Sequence[Event]:
        return self.findings.get(incident_id, [finding(source={"ip": "203.0.113.7"}, user={"name": "hemmelig"})])[:limit]

    def record(self, told: Incident) -> Record:
        change = {"id": f"c{self.offset}", "kind": "incident", "subject": told["id"], "after": told, "before": None}
        self.offset += 1
        return Record("incidents", 0, self.offset, told["id"].encode(), orjson.dumps(change), {}, 0)

    def tell(self, *told: Incident) -> list[Record]:
        records = [self.record(one) for one in told]
        self.stage.step(records)
        return records

    def tick(self, seconds: float = 60) -> None:
        """Let `seconds` pass, then send what is due."""
        self.clock.move(seconds=seconds)
        assert self.stage.tick is not None
        self.stage.tick(self.clock.now)

    def deliveries(self) -> list[dict[str, Any]]:
        """Oldest first."""
        found = list_deliveries(EVERYONE, self.context, limit=500)["items"]
        return sorted(found, key=lambda one: (one["created"], one["version"], one["finding_count"]))

    def states(self) -> list[str]:
        return [one["state"] for one in self.deliveries()]

    def messages(self, topic: str) -> list[Any]:
        """What waits in the outbox for `topic`, in order."""
        query = select(outbox.c.value).where(outbox.c.topic == topic).order_by(outbox.c.id)
        with self.context.state.read() as connection:
            return [orjson.loads(value) for value in connection.execute(query).scalars()]
