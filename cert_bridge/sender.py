"""The worker that sends deliveries: bounded in time, repeated with back-off, given up as a finding; nothing is sent twice
that the target has acknowledged.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from time import monotonic
from typing import Any

import orjson
from sqlalchemy import Connection, delete, insert, select, update

from cert_bridge.file_drop import drop_file
from cert_bridge.receipts import ROOM, iso_of, tell, to_ms
from cert_bridge.stix_objects import Stix
from cert_bridge.tables import acknowledged, deliveries
from cert_bridge.taxii import PushResult, TaxiiClient, version_of
from vagt.context import Context
from vagt.contracts.delivery import delivery_failing
from vagt.contracts.finding import ControlsFor
from vagt.errors import DependencyError
from vagt.settings.cert_bridge import TargetSettings
from vagt.state.outbox import put

Row = Mapping[str, Any]
_AT_ONCE = 20
_SECONDS_A_TICK = 20.0
_DAY_MS = 86_400_000
_LEASE_MS = 300_000  # a worker that dies while sending leaves the delivery to another after this


class StillPendingError(DependencyError):
    """The target has taken the objects and not yet said what became of them; its status is asked for again."""


@dataclass(frozen=True, slots=True)
class Sender:
    """`seconds` is the monotonic clock that bounds a tick."""

    context: Context
    controls_for: ControlsFor
    seconds: Callable[[], float] = monotonic

    def send_due(self, now: int) -> int:
        """Send what is due, until nothing is or the tick's time is over. A target that fails is left alone for this tick."""
        end = self.seconds() + _SECONDS_A_TICK
        failing: set[str] = set()
        tried = 0
        for row in self._due(now):
            if self.seconds() >= end:
                break
            if row["target"] in failing or not self._claim(row, now):
                continue
            tried += 1
            if not self._try(row):
                failing.add(row["target"])
        return tried

    def _due(self, now: int) -> list[Row]:
        due = (deliveries.c.state == "queued") & (deliveries.c.next_attempt <= now)
        query = select(deliveries).where(due).order_by(deliveries.c.next_attempt, deliveries.c.id).limit(_AT_ONCE)
        with self.context.state.read() as connection:
            return [dict(row) for row in connection.execute(query).mappings()]

    def _claim(self, row: Row, now: int) -> bool:
        """Move the next attempt into the future: whoever does that first sends it."""
        same = (deliveries.c.id == row["id"]) & (deliveries.c.next_attempt == row["next_attempt"])
        values = {"next_attempt": now + _LEASE_MS, "attempts": row["attempts"] + 1}
        with self.context.state.write("cert_bridge") as connection:
            done = connection.execute(update(deliveries).where(same, deliveries.c.state == "queued").values(**values))
        return done.rowcount == 1

    def _try(self, row: Row) -> bool:
        attempts = row["attempts"] + 1
        try:
            receipt = self._send(row)
        except DependencyError as error:
            retry = self.context.settings.cert_bridge.retry
            if attempts < retry.attempts:
                self._postpone(row, attempts, str(error))
            else:
                self._finish(row, {"state": "given_up", "attempts": attempts, "error": str(error)})
            return isinstance(error, StillPendingError)
        self._finish(row, {"state": "delivered", "attempts": attempts, "error": None, "receipt": receipt})
        return True

    def _send(self, row: Row) -> dict[str, Any]:
        target = next((one for one in self.context.settings.cert_bridge.targets if one.name == row["target"]), None)
        if target is None:
            raise DependencyError(f"target {row['target']} is no longer in the settings")
        if target.kind == "file":
            folder = target.folder or self.context.data_dir / "cert_outbox"
            name = f"{target.name}-{row['incident_number']}-v{row['version']}-{row['content_hash'][:12]}.json"
            return dict(drop_file(folder, name, row["bundle"]))
        return self._push(target, row)

    def _push(self, target: TargetSettings, row: Row) -> dict[str, Any]:
        objects: list[Stix] = orjson.loads(row["bundle"])["objects"]
        with self.context.state.read() as connection:
            held = _acknowledged(connection, target.name, objects)
        fresh = [stix for stix in objects if (stix["id"], version_of(stix)) not in held]
        pending = row["receipt"].get("pending") or []
        if not fresh:
            return {"status_ids": row["receipt"].get("status_ids") or [], "objects": 0, "known": len(objects)}
        with TaxiiClient(target, self.context.settings.cert_bridge.retry) as client:
            result = client.follow(pending, fresh) if pending else client.push(fresh)
        return self._note(row, result, len(objects) - len(fresh))

    def _note(self, row: Row, result: PushResult, known: int) -> dict[str, Any]:
        """Remember what the target holds; raise where it does not hold all of it yet."""
        receipt = {
            "status_ids": result.status_ids,
            "objects": len(result.accepted) - result.known,
            "known": known + result.known,
            "pending": [] if result.lost else result.pending,
            "refused": result.refused,
        }
        with self.context.state.write("cert_bridge") as connection:
            _acknowledge(connection, row["target"], result.accepted)
            connection.execute(update(deliveries).where(deliveries.c.id == row["id"]).values(receipt=receipt))
        if result.lost:
            raise DependencyError(f"target {row['target']}: the status of the last push is gone; it is pushed again")
        if result.pending:
            raise StillPendingError(f"target {row['target']}: status {', '.join(result.pending)} is still pending")
        if result.refused:
            first = next(iter(result.refused.items()))
            raise DependencyError(f"target {row['target']}: {len(result.refused)} objects refused; {first[0]}: {first[1]}")
        return receipt

    def _postpone(self, row: Row, attempts: int, reason: str) -> None:
        retry = self.context.settings.cert_bridge.retry
        wait = min(retry.first_seconds * 2 ** min(attempts - 1, 30), retry.longest_seconds)
        moment = to_ms(self.context.clock()) + wait * 1000
        mine = (deliveries.c.id == row["id"]) & (deliveries.c.state == "queued")
        with self.context.state.write("cert_bridge") as connection:
            connection.execute(update(deliveries).where(mine).values(next_attempt=moment, error=reason[:1000]))

    def _finish(self, row: Row, values: dict[str, Any]) -> None:
        now = to_ms(self.context.clock())
        values = values | {"finished": now}
        mine = deliveries.c.id == row["id"]
        if values["state"] == "given_up":  # news may have taken its place meanwhile; then its failing matters no more
            mine &= deliveries.c.state == "queued"
        with self.context.state.write("cert_bridge") as connection:
            if connection.execute(update(deliveries).where(mine).values(**values)).rowcount == 0:
                return
            after = connection.execute(select(deliveries).where(deliveries.c.id == row["id"])).mappings().one()
            tell(connection, row, dict(after), values["state"], ROOM, now)
            if values["state"] == "given_up":
                self._report(connection, row, values["error"], now)

    def expire(self, now: int) -> int:
        """Delete deliveries that ended longer ago than the retention. Gives how many."""
        limit = now - self.context.settings.cert_bridge.retention_days * _DAY_MS
        with self.context.state.write("cert_bridge") as connection:
            return connection.execute(delete(deliveries).where(deliveries.c.finished < limit)).rowcount

    def _report(self, connection: Connection, row: Row, reason: str, now: int) -> None:
        name = self.context.tenants.name(row["tenant"])
        target = f"cert {row['target']}"
        finding = delivery_failing(row["tenant"], name, target, reason, iso_of(now), row["id"], self.controls_for)
        put(connection, ROOM, [finding])


def _acknowledged(connection: Connection, target: str, objects: list[Stix]) -> set[tuple[str, str]]:
    ids = sorted({stix["id"] for stix in objects})
    held: set[tuple[str, str]] = set()
    for start in range(0, len(ids), 400):
        some = acknowledged.c.object_id.in_(ids[start : start + 400])
        query = select(acknowledged.c.object_id, acknowledged.c.version).where(acknowledged.c.target == target, some)
        held.update((row.object_id, row.version) for row in connection.execute(query))
    return held


def _acknowledge(connection: Connection, target: str, accepted: list[tuple[str, str]]) -> None:
    stixes = [{"id": object_id, "modified": version} for object_id, version in accepted]
    held = _acknowledged(connection, target, stixes)
    fresh = sorted(set(accepted) - held)
    if fresh:
        rows = [{"target": target, "object_id": object_id, "version": version} for object_id, version in fresh]
        connection.execute(insert(acknowledged), rows)
