"""The correlator on a bus that redelivers, moves partitions and stops workers between output and commit."""

import random
from pathlib import Path
from typing import Any

import orjson
import pytest

from detections.app import build_correlator
from detections.engine import Hit
from detections.loading import load_rules
from detections.matcher import match_batch, match_message
from detections.rule import RuleSet
from tests.detections.correlation_scene import BASES, correlation, happened
from tests.detections.rule_texts import correlated
from tests.detections.scene import NOW, context, detector, event, no_controls, records
from tests.unkind_bus import UnkindBus, run_until_drained
from vagt.bus.embedded import EmbeddedBus
from vagt.contracts.event import Event
from vagt.contracts.stage import Message
from vagt.settings.bus import BusSettings
from vagt.topics import FINDINGS, MATCHES


def rules(folder: Path, text: str) -> tuple[Path, RuleSet]:
    path = folder / "rules.yml"
    path.write_text(text, encoding="utf-8")
    ruleset = load_rules([path], builtin=False)
    assert ruleset.refused == ()
    return path, ruleset


def messages(ruleset: RuleSet, events: list[Event]) -> list[Message]:
    hit = Hit(ruleset.rules[0], ruleset.rules[0].variants[0])
    return [match_message(ruleset.correlations[0], hit, one) for one in events]


def everything(bus: EmbeddedBus, topic: str) -> list[dict[str, Any]]:
    return [
        orjson.loads(record.value)
        for place, first in bus.first_offsets(topic).items()
        for record in bus.read(place, first, 10_000)
    ]


def correlate(bus: EmbeddedBus, folder: Path, rule_file: Path, found: list[Message]) -> list[dict[str, Any]]:
    """All findings after every match went through the stage, however often that had to start anew."""
    bus.ensure_topic(MATCHES)
    bus.ensure_topic(FINDINGS)
    producer = bus.producer()
    for message in found:
        producer.send(message)
    producer.flush()
    scene = context(folder, rules=[str(rule_file)])
    run_until_drained(bus, lambda: build_correlator(scene, bus, no_controls), lambda: NOW, None, [MATCHES])
    return everything(bus, FINDINGS)


def attack() -> list[Event]:
    """Three addresses failing at different speeds for ten minutes, shuffled a little."""
    chance = random.Random(7)
    events = [
        event(f"{address}-{number}", number * pace + chance.random(), source_ip=f"203.0.113.{address}")
        for address, pace in ((1, 5), (2, 11), (3, 40))
        for number in range(600 // pace)
    ]
    return sorted(events, key=lambda one: (one["@timestamp"][:16], chance.random()))


@pytest.mark.parametrize("seed", range(3))
def test_mischief_changes_no_finding_and_adds_none(seed: int, tmp_path: Path) -> None:
    rule_file, ruleset = rules(tmp_path, correlated("gte: 5", "1m"))
    found = messages(ruleset, attack())
    kind = correlate(EmbeddedBus(tmp_path / "kind", BusSettings(fsync=False)), tmp_path / "a", rule_file, found)
    unkind = correlate(UnkindBus(tmp_path / "unkind", seed=seed), tmp_path / "b", rule_file, found)
    expected = {one["event"]["id"] for one in kind}
    assert len(kind) == len(expected) > 10
    assert {one["event"]["id"] for one in unkind} == expected


def test_every_crossing_leaves_a_mark_in_the_partition_of_its_matches(tmp_path: Path) -> None:
    rule_file, ruleset = rules(tmp_path, correlated("gte: 5", "1m"))
    bus = EmbeddedBus(tmp_path / "bus", BusSettings(fsync=False, partitions=4))
    findings = correlate(bus, tmp_path, rule_file, messages(ruleset, attack()))
    groups: dict[str, set[int]] = {}
    marks = 0
    for place, first in bus.first_offsets(MATCHES).items():
        for record in bus.read(place, first, 10_000):
            match = orjson.loads(record.value)
            groups.setdefault(match["group"], set()).add(place.partition)
            marks += match["kind"] == "fired"
    assert marks == len(findings)
    assert all(len(partitions) == 1 for partitions in groups.values())


def test_a_finding_says_what_was_counted(tmp_path: Path) -> None:
    rule_file, ruleset = rules(tmp_path, correlated("gte: 3\n        field: user.name", "1m", "value_count"))
    events = [event(f"e{number}", number, user=name) for number, name in enumerate(("mette", "lars", "ida"))]
    bus = EmbeddedBus(tmp_path / "bus", BusSettings(fsync=False))
    (finding,) = correlate(bus, tmp_path, rule_file, messages(ruleset, events))
    assert finding["rule"]["name"] == "Many failed logins"
    assert finding["organization"] == {"id": "751", "name": "Aarhus"}
    assert finding["event"]["start"] == "2026-11-22T10:00:00.000Z"
    assert finding["event"]["end"] == finding["@timestamp"] == "2026-11-22T10:00:02.000Z"
    ours = finding["vagt"]["finding"]
    assert ours["kind"] == "correlation"
    assert ours["events"] == ["e0", "e1", "e2"]
    assert ours["fields"] == {"source.ip": "203.0.113.7", "values": ["ida", "lars", "mette"], "value_count": 3}
    assert ours["first_action"] == "credential_attack"
    assert ours["controls"] == ["control of attack.t1110.001"]
    assert finding["user"] == {"name": "ida"}


def test_a_correlation_across_municipalities_shows_each_only_its_own(tmp_path: Path) -> None:
    rule_file, ruleset = rules(tmp_path, correlated("gte: 3", "1m", scope="unit"))
    events = [event("a", 0, tenant="751", host="aar01"), event("b", 1, tenant="730", host="ran01"), event("c", 2, tenant="751")]
    bus = EmbeddedBus(tmp_path / "bus", BusSettings(fsync=False))
    findings = {one["organization"]["id"]: one for one in correlate(bus, tmp_path, rule_file, messages(ruleset, events))}
    assert set(findings) == {"unit", "751", "730"}
    assert findings["unit"]["vagt"]["finding"]["events"] == ["a", "b", "c"]
    assert findings["751"]["vagt"]["finding"]["events"] == ["a", "c"]
    assert findings["730"]["vagt"]["finding"]["events"] == ["b"]
    assert "751" not in orjson.dumps(findings["730"]).decode()
    assert "730" not in orjson.dumps(findings["751"]).decode()


def fed_to(ruleset: RuleSet, events: list[Event]) -> list[Message]:
    """All matches that the matcher makes of the events."""
    return [message for message in match_batch(records(events), detector(ruleset)).messages if message.topic == MATCHES]


def test_a_finding_of_several_rules_names_those_that_took_part(tmp_path: Path) -> None:
    rule_file, ruleset = rules(tmp_path, BASES + correlation("temporal", "condition: rule_a and (rule_b or rule_c)", ""))
    bus = EmbeddedBus(tmp_path / "bus", BusSettings(fsync=False))
    events = [happened("c", 0, host="srv02"), happened("a", 5)]
    (finding,) = correlate(bus, tmp_path, rule_file, fed_to(ruleset, events))
    ours = finding["vagt"]["finding"]
    assert ours["fields"] == {"user.name": "mette", "rules": ["Rule C", "Rule A"]}
    assert ours["events"] == ["c0", "a5"]
    assert (ours["entity"], finding["host"]["name"]) == ("user:mette", "srv01")


def test_a_finding_of_a_measure_says_the_amount(tmp_path: Path) -> None:
    body = "condition: {field: network.bytes, gte: 100}"
    rule_file, ruleset = rules(tmp_path, BASES + correlation("value_sum", body, "[rule_a]"))
    bus = EmbeddedBus(tmp_path / "bus", BusSettings(fsync=False))
    events = [happened("a", 0, size=60), happened("a", 1, size=60.5)]
    (finding,) = correlate(bus, tmp_path, rule_file, fed_to(ruleset, events))
    assert finding["vagt"]["finding"]["fields"] == {"user.name": "mette", "value_sum": 120.5}


@pytest.mark.parametrize("seed", range(3))
def test_what_crosses_below_reaches_the_correlation_above_through_the_topic(seed: int, tmp_path: Path) -> None:
    text = (
        BASES
        + correlation("temporal_ordered", "", "[many, rule_c]", timespan="5m")
        + correlation("event_count", "condition: {gte: 3}", "[rule_a]", name="many", group_by="[host.name]")
    )
    rule_file, ruleset = rules(tmp_path, text)
    bus = UnkindBus(tmp_path / "bus", seed=seed)
    events = [*(happened("a", number) for number in range(3)), happened("c", 9), happened("c", 10, user="lars")]
    findings = correlate(bus, tmp_path, rule_file, fed_to(ruleset, events))
    assert {one["event"]["id"] for one in findings} == {findings[0]["event"]["id"]}
    assert findings[0]["rule"]["name"] == "The outer"
    assert findings[0]["vagt"]["finding"]["events"] == ["a2", "c9"]
    assert findings[0]["vagt"]["finding"]["fields"]["rules"] == ["The many", "Rule C"]
    assert {one["kind"] for one in everything(bus, MATCHES)} == {"match", "fired"}
