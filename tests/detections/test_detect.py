"""`vagt detect`: lines in, pairs out, statistics beside."""

import io
import json
from pathlib import Path

import orjson
import pytest

from detections.detect import DetectStats, detect_stream
from tests.detections.correlation_scene import BASES, correlation, happened
from tests.detections.rule_texts import BASE, correlated
from tests.detections.scene import event
from vagt.errors import SettingsError, UsageError

ID = "6f7d5d6e-1d53-4c5f-9d22-0d7d8c3b1a01"
SIGMA = f"""
title: whoami
id: {ID}
logsource: {{product: windows, category: process_creation}}
detection:
    s: {{Image|endswith: '\\whoami.exe'}}
    t: {{CommandLine|contains: whoami}}
    condition: 1 of them
"""


def run(
    folder: Path, text: str, lines: list[bytes], schema: str = "ecs", oracle: bool = False
) -> tuple[list[dict[str, object]], DetectStats, str]:
    (folder / "rules").mkdir(exist_ok=True)
    (folder / "rules" / "rule.yml").write_text(text, encoding="utf-8")
    out, errors = io.BytesIO(), io.StringIO()
    stats = detect_stream(lines, out, [folder / "rules"], False, schema, oracle, folder / "stats.json", errors)
    return [json.loads(line) for line in out.getvalue().splitlines()], stats, errors.getvalue()


@pytest.mark.parametrize("oracle", [False, True])
def test_an_event_that_matches_gives_the_pair_once(oracle: bool, tmp_path: Path) -> None:
    process = {
        "Channel": "Microsoft-Windows-Sysmon/Operational",
        "EventID": 1,
        "Image": r"C:\whoami.exe",
        "CommandLine": "whoami",
    }
    lines = [orjson.dumps(one) for one in ({"Channel": "System", "EventID": 1}, process, {"Image": r"C:\whoami.exe"})]
    pairs, stats, _ = run(tmp_path, SIGMA, lines, "sigma", oracle)
    assert pairs == [{"event": 1, "rule": ID}, {"event": 2, "rule": ID}]
    assert (stats.events, stats.pairs, stats.rules_loaded, stats.rules_refused) == (3, 2, 1, 0)


def test_bad_lines_keep_their_number(tmp_path: Path) -> None:
    good = orjson.dumps(event("e1"))
    pairs, stats, told = run(tmp_path, BASE, [b"{no json", b"[1]", b"", good, b"\xff\xfe", good])
    assert [one["event"] for one in pairs] == [3, 5]
    assert stats.bad_lines == 4
    assert [line.split(":")[0] for line in told.splitlines()] == ["event 0", "event 1", "event 2", "event 4"]


def test_statistics_are_written(tmp_path: Path) -> None:
    run(tmp_path, f"{BASE}\n---\ntitle: no rule", [orjson.dumps(event("e1"))])
    stats = json.loads((tmp_path / "stats.json").read_text())
    assert (stats["rules_loaded"], stats["rules_refused"], stats["events"]) == (1, 1, 1)
    assert stats["load_seconds"] >= 0
    assert stats["match_seconds"] >= 0
    assert stats["peak_memory_bytes"] > 1 << 20


def test_refused_rules_are_told(tmp_path: Path) -> None:
    _, _, told = run(tmp_path, "title: no rule", [])
    assert "no rule: the document has neither detection, correlation nor filter" in told


@pytest.mark.parametrize("oracle", [False, True])
def test_a_correlation_gives_its_pair_at_the_crossing_event(oracle: bool, tmp_path: Path) -> None:
    lines = [orjson.dumps(event(f"e{number}", number)) for number in range(5)]
    pairs, _, _ = run(tmp_path, correlated("gte: 3", "1m"), lines, oracle=oracle)
    assert pairs == [{"event": 2, "rule": "6f7d5d6e-1d53-4c5f-9d22-0d7d8c3b1a02"}]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (correlation("temporal_ordered", "", "[rule_a, rule_b]"), [(1, "outer")]),
        (correlation("value_sum", "condition: {field: network.bytes, gte: 30}", "[rule_a, rule_b]"), [(1, "outer")]),
        (correlation("temporal", "condition: rule_a and not rule_c", ""), [(0, "outer"), (1, "rule_b"), (3, "outer")]),
        (correlation("value_median", "condition: {field: network.bytes, gte: 15}", "[rule_a, rule_b]"), [(1, "outer")]),
        (correlation("event_count", "condition: {lte: 5}", "[rule_a, rule_b]", timespan="30s"), [(1, "outer"), (3, "outer")]),
        (
            correlation("temporal", "generate: true", "[many, rule_b]", timespan="1h")
            + correlation("event_count", "condition: {gte: 2}", "[rule_a]", name="many", timespan="1h"),
            [(1, "rule_b"), (3, "many"), (3, "outer")],
        ),
    ],
)
def test_correlations_of_every_kind_give_their_pairs(text: str, expected: list[tuple[int, str]], tmp_path: Path) -> None:
    events = [happened("a", 0, size=10), happened("b", 1, size=20), happened("z", 2), happened("a", 1000, "again")]
    names = {f"6f7d5d6e-1d53-4c5f-9d22-0d7d8c3b1c{number:02}": name for number, name in enumerate(("outer", "many"))}
    for rule_id, name in names.items():
        text = text.replace(f"name: {name}\n", f"name: {name}\nid: {rule_id}\n")
    names["6f7d5d6e-1d53-4c5f-9d22-0d7d8c3b1b02"] = "rule_b"
    pairs, stats, told = run(tmp_path, BASES + text, [orjson.dumps(one) for one in events])
    assert (told, stats.pairs) == ("", len(expected))
    assert sorted((one["event"], names[str(one["rule"])]) for one in pairs) == expected


def test_an_unknown_schema_and_a_missing_folder_are_errors(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="ocsf"):
        detect_stream([], io.BytesIO(), [], schema="ocsf")
    with pytest.raises(SettingsError, match="nowhere"):
        detect_stream([], io.BytesIO(), [tmp_path / "nowhere"])


def test_rules_in_ecs_names_are_refused_for_events_in_sigma_names(tmp_path: Path) -> None:
    _, stats, told = run(tmp_path, BASE, [], "sigma")
    assert stats.rules_refused == 1
    assert "taxonomy: ecs" in told
