"""Rules from text, and the real normalisers, for the tests of the detections."""

from collections.abc import Callable, Sequence
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from detections.loading import load_rules
from detections.placeholders import COMMON, Placeholders
from detections.rule import RuleSet
from normalise.envelope import normalise_raw
from normalise.registry import source_for
from vagt.clock import to_iso
from vagt.contracts.event import Event
from vagt.contracts.raw import RawLog

LoadText = Callable[..., RuleSet]


@pytest.fixture
def rules_of(tmp_path: Path) -> LoadText:
    """`rules_of(text, schema="sigma")`: the rule set of one YAML file with this text."""

    def load(text: str, schema: str = "sigma", parsed: bool = True, placeholders: Placeholders = COMMON) -> RuleSet:
        path = tmp_path / "rules.yml"
        path.write_text(text, encoding="utf-8")
        return load_rules([path], builtin=False, schema=schema, parsed=parsed, placeholders=placeholders)

    return load


@pytest.fixture(scope="session")
def normalise() -> Callable[[RawLog], Sequence[Event]]:
    """One log through the real normaliser of its source."""
    zone = ZoneInfo("Europe/Copenhagen")

    def one(raw: RawLog) -> Sequence[Event]:
        source, detected = source_for(raw.source, raw.body)
        return normalise_raw(raw, source, detected, zone, to_iso(raw.received), lambda tenant: f"name of {tenant}")

    return one
