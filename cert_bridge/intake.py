"""Changes of incidents into deliveries: one for each target that wants it and each content that is new to it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from sqlalchemy import Connection, bindparam, insert, select, update

from cert_bridge.bundle import Bundle, build_bundle, json_of
from cert_bridge.minimise import Minimiser
from cert_bridge.policy import is_operational, wants
from cert_bridge.pseudonyms import pseudonyms_for
from cert_bridge.receipts import ROOM, tell, to_ms
from cert_bridge.tables import deliveries
from vagt.context import Context
from vagt.contracts.incident import FindingsOf, Incident, RuleText
from vagt.contracts.stage import Record
from vagt.ids import content_id
from vagt.settings.cert_bridge import TargetSettings

Row = Mapping[str, Any]
_AT_ONCE = 50  # deliveries of one transaction
WAITING = ("held", "queued")  # not yet sent: news takes its place

# made once: building a statement takes longer than running it
_LAST = (
    select(deliveries)
    .where(deliveries.c.target == bindparam("target_name"), deliveries.c.incident_id == bindparam("incident"))
    .order_by(deliveries.c.version.desc(), deliveries.c.finding_count.desc(), deliveries.c.event_count.desc())
    .limit(1)
)


@dataclass(frozen=True, slots=True)
class Intake:
    """`key` is the unit's pseudonym key."""

    context: Context
    findings_of: FindingsOf
    rule_text: RuleText | None
    key: bytes

    def take(self, records: Sequence[Record]) -> None:
        """Make the deliveries that `records` (changes on `incidents`) ask for. Raises KeyError or ValueError for others."""
        latest: dict[str, Incident] = {}
        for record in records:
            change = orjson.loads(record.value)
            if change["kind"] == "incident" and change["after"] is not None:
                latest[change["subject"]] = change["after"]
        made = list(self._bundles(self._wanted(list(latest.values()))))
        for start in range(0, len(made), _AT_ONCE):
            with self.context.state.write("cert_bridge") as connection:
                for target, incident, bundle in made[start : start + _AT_ONCE]:
                    self._store(connection, target, incident, bundle)

    def _wanted(self, incidents: Sequence[Incident]) -> list[tuple[Incident, list[TargetSettings]]]:
        """The incidents that some target wants to hear of, each with those targets."""
        targets = self.context.settings.cert_bridge.targets
        with self.context.state.read() as connection:
            asked = [(one, [target for target in targets if _is_wanted(connection, target, one)]) for one in incidents]
        return [(incident, wanting) for incident, wanting in asked if wanting]

    def _bundles(
        self, wanted: Sequence[tuple[Incident, list[TargetSettings]]]
    ) -> Iterator[tuple[TargetSettings, Incident, Bundle]]:
        for incident, targets in wanted:
            findings = self.findings_of(incident["id"], self.context.settings.cert_bridge.findings_per_bundle)
            if not is_operational(findings):
                yield from ((target, incident, self._bundle(target, incident, findings)) for target in targets)

    def _bundle(self, target: TargetSettings, incident: Incident, findings: Sequence[Any]) -> Bundle:
        settings = self.context.settings.cert_bridge
        tenants = self.context.tenants
        minimiser = Minimiser(
            settings, target, pseudonyms_for(self.key, target.name), incident["tenant"], tenants.name(incident["tenant"])
        )
        return build_bundle(incident, findings, minimiser, (tenants.unit, tenants.name(tenants.unit)), self.rule_text)

    def _store(self, connection: Connection, target: TargetSettings, incident: Incident, bundle: Bundle) -> None:
        last = _last(connection, target.name, incident["id"])
        if last is not None and (_place(last) >= _place(incident) or last["content_hash"] == bundle.content_hash):
            return
        now = to_ms(self.context.clock())
        due, attempts = now, 0
        if last is not None:
            due = now + self.context.settings.cert_bridge.settle_seconds * 1000
        if last is not None and last["state"] in WAITING:  # steady news must not put it off for ever, nor hide that it fails
            due, attempts = min(due, last["next_attempt"]), last["attempts"]
            _supersede(connection, last, now)
        row = _row(target, incident, bundle, now) | {"next_attempt": due, "attempts": attempts}
        connection.execute(insert(deliveries), [row])
        tell(connection, None, row, row["state"], ROOM, now)


def _is_wanted(connection: Connection, target: TargetSettings, incident: Incident) -> bool:
    last = _last(connection, target.name, incident["id"])
    is_news = last is None or _place(last) < _place(incident)
    return is_news and wants(target, incident, known=last is not None)


def _supersede(connection: Connection, last: Row, now: int) -> None:
    gone = {"state": "superseded", "finished": now}
    connection.execute(update(deliveries).where(deliveries.c.id == last["id"]).values(**gone))
    tell(connection, last, {**last, **gone}, "superseded", ROOM, now)


def _last(connection: Connection, target: str, incident_id: str) -> Row | None:
    row = connection.execute(_LAST, {"target_name": target, "incident": incident_id}).mappings().first()
    return None if row is None else {str(name): value for name, value in row.items()}


def _place(one: Mapping[str, Any]) -> tuple[int, int, int]:
    """How far an incident had come: its numbers only rise, so an older change that is read again is known as such."""
    return one["version"], one["finding_count"], one["event_count"]


def _row(target: TargetSettings, incident: Incident, bundle: Bundle, now: int) -> dict[str, Any]:
    place = ":".join(str(number) for number in _place(incident))
    return {
        "id": content_id(b"cert", target.name.encode(), incident["id"].encode(), place.encode()),
        "target": target.name,
        "tenant": incident["tenant"],
        "incident_id": incident["id"],
        "incident_number": incident["number"],
        "version": incident["version"],
        "finding_count": incident["finding_count"],
        "event_count": incident["event_count"],
        "content_hash": bundle.content_hash,
        "tlp": target.tlp,
        "objects": len(bundle.document["objects"]),
        "withheld": bundle.withheld,
        "bundle": json_of(bundle),
        "state": "held" if target.is_held else "queued",
        "attempts": 0,
        "created": now,
        "next_attempt": now,
        "finished": None,
        "receipt": {},
        "error": None,
        "released_by": None,
    }
