"""Changes by normalise's people: putting dead letters back on their first topic."""

from collections.abc import Sequence

from normalise.queries import DeadLetter
from vagt.bus.protocol import Bus
from vagt.clock import Clock, to_iso
from vagt.contracts.change import Change, change_message
from vagt.contracts.scope import Scope
from vagt.contracts.stage import Message
from vagt.errors import UsageError
from vagt.ids import uuid7
from vagt.topics import AUDIT

_OWN_HEADERS = frozenset({"stage", "reason", "topic", "partition", "offset", "key", "tenant", "source"})


def replay_dead(scope: Scope, bus: Bus, clock: Clock, letters: Sequence[DeadLetter]) -> int:
    """Write each letter's bytes to the topic it came from, with its old headers: the position stays, so the event id does.

    Raises UsageError for a letter that holds only the beginning of a record over the limit, and writes none then.
    """
    scope.require_role("operator", "analyst")
    for letter in letters:
        scope.require_tenant(letter.tenant)
        if not letter.is_whole:
            raise UsageError(
                f"dead letter {letter.id} holds only the first part of {letter.length} bytes: it cannot be replayed"
            )
    producer = bus.producer()
    try:
        for letter in letters:
            producer.send(_first_message(letter))
            producer.send(change_message(AUDIT, _change(scope, letter, to_iso(clock()))))
        producer.flush()
    finally:
        producer.close()
    return len(letters)


def _first_message(letter: DeadLetter) -> Message:
    record = letter.record
    headers = {name: value for name, value in record.headers.items() if name not in _OWN_HEADERS}
    return Message(record.headers["topic"], record.headers["key"].encode("latin-1"), record.value, headers)


def _change(scope: Scope, letter: DeadLetter, at: str) -> Change:
    return {
        "id": uuid7(),
        "kind": "dead_letter",
        "subject": letter.id,
        "tenant": letter.tenant,
        "at": at,
        "actor": scope.actor,
        "action": "replayed",
        "purpose": scope.purpose,
        "before": {"stage": letter.stage, "reason": letter.reason},
        "after": {"topic": letter.record.headers["topic"], "position": letter.position},
    }
