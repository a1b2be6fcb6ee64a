"""Numbered versions of the rule set: the same content has the same number for every worker, and the topic tells what is in it.

A number is given once, in the state database, to a hash that has none. Every worker that takes a version up tells `rulesets`
what it holds: the same records under the same keys, so that the topic has whatever anybody runs.
"""

from collections.abc import Iterator
from typing import Any, NamedTuple

import orjson
from sqlalchemy import Connection, delete, func, insert, select

from detections.enablement import Enablement, Mode
from detections.loaded import Loaded
from detections.moments import iso
from detections.tables import ruleset_failures, ruleset_versions
from vagt.clock import Clock
from vagt.contracts.stage import Message
from vagt.state.database import State
from vagt.topics import RULESETS

ROOM = "detections"
RULES_AT_ONCE = 2000  # of one record: far below the limit of its size


class Version(NamedTuple):
    """The number of a rule set, and when it was first run (ISO 8601)."""

    number: int
    at: str


def version_of(state: State, loaded: Loaded, clock: Clock) -> Version:
    """The set's version; a new one where its content was never run. Raises DependencyError."""
    with state.read() as connection:
        known = _known(connection, loaded.hash)
    if known is not None:
        return known
    with state.write(ROOM) as connection:
        return _known(connection, loaded.hash) or _new(connection, loaded, clock)


def _known(connection: Connection, version: str) -> Version | None:
    query = select(ruleset_versions.c.number, ruleset_versions.c.made_at).where(ruleset_versions.c.hash == version)
    row = connection.execute(query).one_or_none()
    return None if row is None else Version(row.number, iso(row.made_at))


def _new(connection: Connection, loaded: Loaded, clock: Clock) -> Version:
    last: int = connection.execute(select(func.coalesce(func.max(ruleset_versions.c.number), 0))).scalar_one()
    number, made_at = last + 1, round(clock().timestamp() * 1000)
    connection.execute(insert(ruleset_versions).values(number=number, hash=loaded.hash, made_at=made_at, **counts(loaded)))
    return Version(number, iso(made_at))


def counts(loaded: Loaded) -> dict[str, int]:
    """How many rules, correlations and exceptions there are, and how many documents are refused."""
    names = ("rules", "correlations", "exceptions", "refused")
    return {name: len(getattr(loaded.ruleset, name)) for name in names}


def records(loaded: Loaded, version: Version) -> Iterator[Message]:
    """The version as the topic has it: its lists by the keys `NUMBER/PART`, then its head by the key `NUMBER`, so that who
    reads the head finds all parts."""
    number = version.number
    rules = list(_rules(loaded))
    parts = [rules[first : first + RULES_AT_ONCE] for first in range(0, len(rules), RULES_AT_ONCE)]
    for part, some in enumerate(parts, 1):
        yield _record(f"{number}/{part}", {"number": number, "part": part, "rules": some})
    head = {"number": number, "hash": loaded.hash, "at": version.at, **counts(loaded), "parts": len(parts)}
    yield _record(str(number), head | {"enablement": loaded.enablement.content})


def _record(key: str, value: dict[str, Any]) -> Message:
    return Message(RULESETS, key.encode(), orjson.dumps(value), {"id": key})


def _rules(loaded: Loaded) -> Iterator[dict[str, Any]]:
    """`enabled` and `shadow` as for a municipality that no entry names; entries for some stand in the head."""
    ruleset, switches = loaded.ruleset, loaded.enablement
    for kind, every in (("rule", ruleset.rules), ("correlation", ruleset.correlations)):
        for rule in every:
            yield {"id": rule.info.id, "kind": kind, "hash": rule.info.hash} | _mode(switches, rule.info.id)
    for exception in ruleset.exceptions:
        yield {"id": exception.id, "kind": "exception", "hash": exception.hash, "enabled": True, "shadow": False}


def _mode(switches: Enablement, rule_id: str) -> dict[str, bool]:
    mode = switches.counting_mode(rule_id, "")
    return {"enabled": mode is not Mode.OFF, "shadow": mode is Mode.SHADOW}


def remember_failure(state: State, stage: str, reason: str, clock: Clock) -> None:
    """Why `stage` cannot take over the rules that its files have. Raises DependencyError."""
    with state.write(ROOM) as connection:
        connection.execute(delete(ruleset_failures).where(ruleset_failures.c.stage == stage))
        failed_at = round(clock().timestamp() * 1000)
        connection.execute(insert(ruleset_failures).values(stage=stage, failed_at=failed_at, reason=reason))


def forget_failure(state: State, stage: str) -> None:
    """`stage` runs what its files have. Raises DependencyError."""
    with state.write(ROOM) as connection:
        connection.execute(delete(ruleset_failures).where(ruleset_failures.c.stage == stage))
