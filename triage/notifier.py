"""The worker that sends what is queued: a few at a time, each with a time limit, repeated with back-off, then given up.

It is a stage of its own, so that a mail server that hangs holds back neither findings nor clocks.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from time import monotonic
from typing import Any

from sqlalchemy import Connection, select, update

from triage.first_action import FirstActions, first_actions
from triage.instants import iso_of, to_ms
from triage.mail import build_mail, send_mail
from triage.tables import notifications
from triage.webhook import build_body, post_webhook
from vagt.context import Context
from vagt.contracts.change import Change, change_message
from vagt.contracts.delivery import delivery_failing
from vagt.contracts.finding import ControlsFor
from vagt.errors import DependencyError
from vagt.ids import content_id
from vagt.state.outbox import put
from vagt.topics import DELIVERIES

ROOM = "notifier"
_AT_ONCE = 20
_SECONDS_A_TICK = 15.0
_LEASE_MS = 120_000  # a worker that dies while sending leaves the notification to another after this

Note = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Notifier:
    """`seconds` is the monotonic clock that bounds a tick."""

    context: Context
    controls_for: ControlsFor
    seconds: Callable[[], float] = monotonic

    def send_due(self, now_ms: int) -> int:
        """Send what is due, until nothing is or the tick's time is over. Gives how many were tried."""
        end = self.seconds() + _SECONDS_A_TICK
        tried = 0
        for note in self._due(now_ms):
            if self.seconds() >= end:
                break
            if self._claim(note, now_ms):
                self._try(note)
                tried += 1
        return tried

    def _due(self, now_ms: int) -> list[Note]:
        query = (
            select(notifications)
            .where(notifications.c.state == "queued", notifications.c.next_attempt <= now_ms)
            .order_by(notifications.c.next_attempt, notifications.c.id)
            .limit(_AT_ONCE)
        )
        with self.context.state.read() as connection:
            return [dict(row) for row in connection.execute(query).mappings()]

    def _claim(self, note: Note, now_ms: int) -> bool:
        """Move the next attempt into the future: whoever does that first sends it."""
        mine = (notifications.c.id == note["id"]) & (notifications.c.next_attempt == note["next_attempt"])
        with self.context.state.write(ROOM) as connection:
            done = connection.execute(
                update(notifications)
                .where(mine, notifications.c.state == "queued")
                .values(next_attempt=now_ms + _LEASE_MS, attempts=note["attempts"] + 1)
            )
        return done.rowcount == 1

    def _try(self, note: Note) -> None:
        attempts = note["attempts"] + 1
        try:
            self._send(note)
        except DependencyError as error:
            if attempts >= self.context.settings.triage.retry.attempts:
                self._finish(note, attempts, "given_up", str(error))
            else:
                self._postpone(note, attempts, str(error))
        else:
            self._finish(note, attempts, "delivered", None)

    def _send(self, note: Note) -> None:
        settings = self.context.settings.triage
        link = f"{settings.console_url.rstrip('/')}/incidents/{note['incident_id']}" if settings.console_url else None
        now = to_ms(self.context.clock())
        actions: FirstActions = first_actions()
        if note["channel"] == "mail":
            mail = build_mail(note, actions, settings.mail, link, iso_of(now))
            return send_mail(mail, settings.mail, settings.retry.timeout_seconds)
        hook = next((one for one in settings.webhooks if one.name == note["recipient"]), None)
        if hook is None:
            raise DependencyError(f"webhook {note['recipient']} is no longer in the settings")
        return post_webhook(hook, note["id"], build_body(note, actions, link), now // 1000, settings.retry.timeout_seconds)

    def _postpone(self, note: Note, attempts: int, reason: str) -> None:
        retry = self.context.settings.triage.retry
        wait = min(retry.first_seconds * 2 ** min(attempts - 1, 30), retry.longest_seconds)
        moment = to_ms(self.context.clock()) + wait * 1000
        with self.context.state.write(ROOM) as connection:
            connection.execute(_mine(note).values(next_attempt=moment, error=reason))

    def _finish(self, note: Note, attempts: int, state: str, reason: str | None) -> None:
        now = to_ms(self.context.clock())
        with self.context.state.write(ROOM) as connection:
            connection.execute(_mine(note).values(state=state, attempts=attempts, finished=now, error=reason))
            self._tell(connection, note, attempts, state, reason, now)

    def _tell(self, connection: Connection, note: Note, attempts: int, state: str, reason: str | None, now: int) -> None:
        """The receipt names role and channel, not the mailbox: receipts are kept long and read widely."""
        receipt = {
            "id": note["id"],
            "kind": note["kind"],
            "channel": note["channel"],
            "role": note["role"],
            "incident": note["incident_id"],
            "incident_number": note["content"]["number"],
            "state": state,
            "attempts": attempts,
            "error": reason,
        }
        change: Change = {
            "id": content_id(b"notification", note["id"].encode(), state.encode()),
            "kind": "notification",
            "subject": note["id"],
            "tenant": note["tenant"],
            "at": iso_of(now),
            "actor": ROOM,
            "action": state,
            "purpose": None,
            "before": None,
            "after": receipt,
        }
        messages = [change_message(DELIVERIES, change)]
        if state == "given_up":
            tenant = note["tenant"]
            target = note["channel"] if note["channel"] == "mail" else f"webhook {note['recipient']}"
            name = self.context.tenants.name(tenant)
            messages.append(delivery_failing(tenant, name, target, reason or "", iso_of(now), note["id"], self.controls_for))
        put(connection, ROOM, messages)


def _mine(note: Note) -> Any:
    return update(notifications).where(notifications.c.id == note["id"])
