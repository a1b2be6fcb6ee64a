"""Numbered versions: one number for one content, whoever asks first, and what the topic is told of it."""

import threading
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import orjson
import pytest

from detections import rulesets
from detections.loaded import Loaded, load
from detections.queries import list_versions
from detections.rulesets import Version, records, version_of
from tests.databases import Section
from tests.detections.reload_scene import Folder, correlation, rule, rule_id
from tests.detections.scene import NOW, context
from tests.unkind_bus import run_until_drained
from vagt.bus.embedded import EmbeddedBus
from vagt.contracts.scope import system_scope
from vagt.contracts.stage import Message
from vagt.settings.bus import BusSettings
from vagt.state.database import open_state
from vagt.topics import EVENTS, MATCHES, MAX_RECORD_BYTES, RULESETS

EVENT = {"event": {"dataset": "linux.auth"}}
MARK = {"kind": "fired", "correlation": "gone"}


def loaded(folder: Path, text: str, **switches: Any) -> Loaded:
    path = folder / "rules.yml"
    path.write_text(text, encoding="utf-8")
    made = context(folder, rules=[str(path)], **switches)
    return load(made.settings.detections, made.tenants, NOW.date)


def test_workers_that_ask_at_once_agree_on_one_number(tmp_path: Path, new_database: Callable[[Path], Section]) -> None:
    found = loaded(tmp_path, rule(1))
    made = context(tmp_path, new_database(tmp_path))
    numbers: list[int] = []
    barrier = threading.Barrier(4)

    def ask() -> None:
        state = open_state(made.settings)
        barrier.wait()
        numbers.append(version_of(state, found, made.clock).number)
        state.close()

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert numbers == [1, 1, 1, 1]
    assert [one.number for one in list_versions(system_scope("test"), made)] == [1]


def test_numbers_rise_and_content_keeps_its_own(tmp_path: Path) -> None:
    made = context(tmp_path)
    texts = (rule(1), rule(2), rule(1), rule(3))
    assert [version_of(made.state, loaded(tmp_path, text), made.clock).number for text in texts] == [1, 2, 1, 3]
    versions = list_versions(system_scope("test"), made)
    assert [(one.number, one.rules, one.at) for one in versions] == [
        (3, 1, "2026-11-22T12:00:00.000Z"),
        (2, 1, "2026-11-22T12:00:00.000Z"),
        (1, 1, "2026-11-22T12:00:00.000Z"),
    ]


def values(messages: list[Message]) -> dict[str, Any]:
    return {message.key.decode(): orjson.loads(message.value) for message in messages}


def test_the_record_says_what_is_in_force(tmp_path: Path) -> None:
    text = "---".join((rule(1), rule(2, attributes="vagt.shadow: true"), correlation(8, of=1, threshold=3)))
    entry = {"rules": [rule_id(1)], "tenants": ["751"], "expires": "2027-01-31"}
    found = loaded(tmp_path, text + "---\ntitle: nothing\n", disabled=[{"rules": [rule_id(8)]}, entry])
    told = values(list(records(found, Version(5, "2026-11-22T12:00:00.000Z"))))
    assert told["5"] == {
        "number": 5,
        "hash": found.hash,
        "at": "2026-11-22T12:00:00.000Z",
        "rules": 2,
        "correlations": 1,
        "exceptions": 0,
        "refused": 1,
        "parts": 1,
        "enablement": {"disabled": [{"rules": [rule_id(8)]}, entry]},
    }
    rules = {one["id"]: (one["kind"], one["enabled"], one["shadow"]) for one in told["5/1"]["rules"]}
    assert rules == {
        rule_id(1): ("rule", True, False),
        rule_id(2): ("rule", True, True),
        rule_id(8): ("correlation", False, False),
    }
    assert all(len(one["hash"]) == 64 for one in told["5/1"]["rules"])


def test_a_large_set_is_told_in_parts_that_fit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = loaded(tmp_path, "---".join(rule(number) for number in range(5)))
    (part, _) = list(records(found, Version(1, "")))
    assert len(part.value) / 5 * rulesets.RULES_AT_ONCE < MAX_RECORD_BYTES
    monkeypatch.setattr(rulesets, "RULES_AT_ONCE", 2)
    told = values(list(records(found, Version(1, ""))))
    assert list(told) == ["1/1", "1/2", "1/3", "1"]
    assert told["1"]["parts"] == 3
    assert sum(len(told[f"1/{part}"]["rules"]) for part in (1, 2, 3)) == 5


def told_on_topic(bus: EmbeddedBus) -> dict[bytes, list[bytes]]:
    """By key, all values."""
    found: dict[bytes, list[bytes]] = {}
    for place, first in bus.first_offsets(RULESETS).items():
        for record in bus.read(place, first, 100):
            found.setdefault(record.key, []).append(record.value)
    return found


def test_every_worker_that_takes_a_version_up_tells_the_topic_the_same(tmp_path: Path) -> None:
    folder = Folder(tmp_path)
    folder.write("one", rule(1))
    bus = EmbeddedBus(tmp_path / "bus", BusSettings(fsync=False))
    bus.ensure_topic(EVENTS)
    bus.ensure_topic(MATCHES)
    bus.ensure_topic(RULESETS)
    producer = bus.producer()
    for topic in (EVENTS, MATCHES):
        producer.send(Message(topic, b"k", orjson.dumps(EVENT if topic == EVENTS else MARK), {}))
    producer.flush()
    for stage, topic in ((folder.matcher(), EVENTS), (folder.correlator(bus), MATCHES)):
        run_until_drained(bus, partial(replace, stage), lambda: NOW, folder.context.state, [topic])
    found = told_on_topic(bus)
    assert sorted(found) == [b"1", b"1/1"]
    assert {key: (len(all_), len(set(all_))) for key, all_ in found.items()} == {b"1": (2, 1), b"1/1": (2, 1)}
