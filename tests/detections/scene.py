"""A unit with two municipalities, its rules, events and findings: what the tests of the stages are made of."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import orjson

from detections.engine import Engine
from detections.exceptions import Exceptions
from detections.findings import Maker
from detections.indicators import IndicatorSet
from detections.matcher import Detector
from detections.rule import RuleSet
from tests.databases import Section
from vagt.clock import to_iso
from vagt.context import Context
from vagt.contracts.event import Event
from vagt.contracts.finding import Controls
from vagt.contracts.stage import Message, Record
from vagt.settings.root import Settings
from vagt.state.database import open_state
from vagt.state.migrate import upgrade
from vagt.tenants import load_tenants

START = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
NOW = START + timedelta(hours=2)


def no_controls(tags: Sequence[str], /) -> Controls:
    """The control mapping of a unit without a catalogue: each tag a control."""
    return Controls(tuple(f"control of {tag}" for tag in tags), "test 1")


def context(folder: Path, state: Section | None = None, **detections: Any) -> Context:
    """A context on `folder` whose clock stands at NOW. `state`: the section of settings of another database than its own."""
    unit = {"municipalities": ["751", "730"]}
    document = {"data_dir": str(folder), "unit": unit, "detections": {"builtin": False, **detections}}
    settings = Settings.model_validate(document if state is None else {**document, "state": state})
    folder.mkdir(exist_ok=True)
    if state is None and not (folder / "state.db").exists():
        (folder / "state.db").write_bytes(_migrated())
    return Context(settings, open_state(settings), load_tenants(settings.unit), lambda: NOW)


@cache
def _migrated() -> bytes:
    """A state database with all tables: making them takes longer than most tests."""
    with TemporaryDirectory() as folder:
        state = open_state(Settings.model_validate({"data_dir": folder}))
        upgrade(state)
        state.close()
        return (Path(folder) / "state.db").read_bytes()


def maker() -> Maker:
    """A maker of findings for the same unit."""
    unit = Settings.model_validate({"unit": {"municipalities": ["751", "730"]}}).unit
    return Maker(load_tenants(unit), no_controls, lambda: NOW, "version 1")


def detector(ruleset: RuleSet, indicators: IndicatorSet | None = None) -> Detector:
    """A detector with these rules."""
    known = indicators or IndicatorSet(())
    return Detector(ruleset, Engine(ruleset), Exceptions(ruleset, NOW.date), maker(), lambda: known)


def event(
    name: str,
    seconds: float = 0.0,
    tenant: str = "751",
    source_ip: str = "203.0.113.7",
    host: str = "srv01",
    user: str = "admin",
    **more: Mapping[str, Any],
) -> Event:
    """A failed login `seconds` after START; `more` replaces whole objects of the document."""
    moment = to_iso(START + timedelta(seconds=seconds))
    return {
        "@timestamp": moment,
        "event": {
            "id": name,
            "dataset": "linux.auth",
            "module": "linux",
            "category": ["authentication"],
            "action": "ssh_login",
            "outcome": "failure",
            "created": moment,
        },
        "organization": {"id": tenant, "name": tenant},
        "host": {"name": host},
        "user": {"name": user},
        "source": {"ip": source_ip},
        "related": {"ip": [source_ip], "user": [user], "hosts": [host]},
        **more,
    }


def records(events: Sequence[Event], topic: str = "events") -> list[Record]:
    """The events as records of one partition."""
    return [Record(topic, 0, number, b"", orjson.dumps(one), {}, 0) for number, one in enumerate(events)]


def documents(messages: Sequence[Message], topic: str = "findings") -> list[dict[str, Any]]:
    """The values of those messages that go to `topic`."""
    return [orjson.loads(message.value) for message in messages if message.topic == topic]
