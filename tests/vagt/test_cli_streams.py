"""Rooms used alone (`normalise`, `detect`), rules, and what is wrong from the start: files, names, settings."""

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from tests.compiled.documents import IS_COMPILED
from tests.vagt.conftest import LINES
from vagt import __version__
from vagt.cli import app

RULE = """
title: Somebody became root
id: 1f0a2f6e-3a55-4d0c-8d5a-6f7f6f1d2c3b
status: test
taxonomy: ecs
logsource: {product: linux}
detection:
    selection: {user.name: root}
    condition: selection
level: high
tags: [attack.t1078]
"""
CASES = """
- name: root
  source: linux.auth
  logs: ['2026-11-22T03:14:30+01:00 web01 sshd[4704]: Accepted password for root from 203.0.113.9 port 40030 ssh2']
  matches: {matches}
"""


def vagt(*arguments: str, given: bytes = b"") -> Result:
    return CliRunner().invoke(app, list(arguments), input=given, catch_exceptions=False)


def ndjson(*values: Any) -> bytes:
    return b"".join(json.dumps(value).encode() + b"\n" for value in values)


def test_normalise_answers_every_line_with_its_id() -> None:
    lines = [line for line in LINES if "root" in line or line == "hello"]
    requests: list[dict[str, Any]] = [
        {"id": f"n{number}", "source": "linux.auth", "raw": line} for number, line in enumerate(lines)
    ]
    requests.append({"id": 7, "source": None, "raw": lines[0]})
    result = vagt("normalise", "--ndjson", given=ndjson(*requests) + b"no request\n")
    known, unknown, detected, wrong = [json.loads(line) for line in result.stdout.splitlines()]
    assert (known["id"], known["error"], len(known["events"])) == ("n0", None, 1)
    assert known["events"][0]["user"]["name"] == "root"
    assert (unknown["id"], unknown["events"]) == ("n1", []) and unknown["error"]
    assert (detected["id"], detected["events"][0]["event"]["dataset"]) == (7, "linux.auth")
    assert wrong["id"] is None and wrong["error"]


@pytest.mark.parametrize("evaluator", [[], ["--oracle"]], ids=["engine", "oracle"])
def test_detect_gives_pairs_of_event_and_rule(tmp_path: Path, evaluator: list[str]) -> None:
    (tmp_path / "rule.yml").write_text(RULE)
    (tmp_path / "broken.yml").write_text("title: no detection\nlogsource: {product: linux}\n")
    events = [
        {"user": {"name": name}, "event": {"module": "linux", "dataset": "linux.auth"}}
        for name in ("anne", "root", "bo", "root")
    ]
    stats = tmp_path / "stats.json"
    options = ["--rules", str(tmp_path), "--no-builtin", "--stats", str(stats), *evaluator]
    result = vagt("detect", *options, given=ndjson(*events))
    rule = "1f0a2f6e-3a55-4d0c-8d5a-6f7f6f1d2c3b"
    assert [json.loads(line) for line in result.stdout.splitlines()] == [{"event": 1, "rule": rule}, {"event": 3, "rule": rule}]
    told = json.loads(stats.read_text())
    assert (told["rules_loaded"], told["rules_refused"], told["events"]) == (1, 1, 4)
    assert {"load_seconds", "match_seconds", "peak_memory_bytes"} <= set(told)


def test_detect_takes_events_in_sigmas_own_field_names(tmp_path: Path) -> None:
    (tmp_path / "rule.yml").write_text(RULE.replace("user.name", "User").replace("taxonomy: ecs\n", ""))
    events = [
        {"User": "root"},
        {"User": "root", "_logsource": {"product": "windows"}},
        {"User": "root", "_logsource": {"product": "linux"}},
    ]
    result = vagt("detect", "--rules", str(tmp_path), "--no-builtin", "--schema", "sigma", given=ndjson(*events))
    assert [json.loads(line)["event"] for line in result.stdout.splitlines()] == [0, 2]
    assert vagt("detect", "--schema", "klingon").exit_code == 2


def test_a_refused_rule_is_listed_with_its_reason_and_the_check_ends_with_1(tmp_path: Path) -> None:
    (tmp_path / "rule.yml").write_text(RULE)
    options = ["--rules", str(tmp_path), "--no-builtin", "--format", "json"]
    assert vagt("rules", "check", *options).exit_code == 0
    (tmp_path / "broken.yml").write_text("title: no detection\nlogsource: {product: linux}\n")
    result = vagt("rules", "check", *options)
    (row,) = json.loads(result.stdout)
    assert (result.exit_code, row["kind"], row["usable"]) == (1, "refused", False)
    assert row["problem"]
    assert {row["status"] for row in json.loads(vagt("rules", "list", *options).stdout)} == {"active", "refused"}


def test_a_rule_without_a_live_source_is_told(tmp_path: Path) -> None:
    (tmp_path / "rule.yml").write_text(RULE)
    options = ["--rules", str(tmp_path), "--no-builtin", "--live", "--data", str(tmp_path / "data")]
    result = vagt("rules", "check", *options, "--format", "json")
    assert (result.exit_code, "no live source" in json.loads(result.stdout)[0]["problem"]) == (1, True)


@pytest.mark.parametrize(("matches", "code"), [("1", 0), ("0", 1)], ids=["hold", "fail"])
def test_cases_of_rules_hold_or_end_with_1(tmp_path: Path, matches: str, code: int) -> None:
    (tmp_path / "root.yml").write_text(RULE)
    (tmp_path / "root.cases.yml").write_text(CASES.replace("{matches}", matches))
    result = vagt("rules", "test", str(tmp_path), "--format", "json")
    assert result.exit_code == code, result.output
    assert len(json.loads(result.stdout)) == code
    assert f"{1 - code} of 1 cases passed" in result.stderr


def test_no_cases_at_all_is_no_success(tmp_path: Path) -> None:
    assert vagt("rules", "test", str(tmp_path)).exit_code == 1


WRONG = {
    "missing file": (["replay", "nosuch.log", "--tenant", "751"], 2, "nosuch.log"),
    "unknown tenant": (["replay", "a.log", "--tenant", "999"], 2, "999"),
    "unknown source": (["replay", "a.log", "--tenant", "751", "--source", "cisco.nosuch"], 2, "cisco.asa"),
    "unknown source to register": (["sources", "register", "cisco.nosuch", "--tenant", "751"], 2, "cisco.asa"),
    "unknown tenant to register": (["sources", "register", "cisco.asa", "--tenant", "999"], 2, "999"),
    "unknown tenant to export": (["archive", "export", "out", "--tenant", "999", "--since", "1d"], 2, "999"),
    "export that ends before it begins": (
        ["archive", "export", "out", "--tenant", "751", "--since", "1d", "--until", "2d"],
        2,
        "ends after it begins",
    ),
    "missing rules": (["replay", "a.log", "--tenant", "751", "--rules", "nosuch"], 78, "nosuch"),
    "missing settings": (["config", "check", "--config", "nosuch.yaml"], 78, "nosuch.yaml"),
    "unknown setting": (["config", "check", "--config", "wrong.yaml"], 78, "bus.partitons"),
    "no municipality": (["config", "check", "--config", "nobody.yaml"], 78, "999"),
    "unusable data folder": (["findings", "list", "--data", "a.log/below"], 78, "--data"),
    "no time": (["events", "list", "--since", "yesterday"], 2, "yesterday"),
    "text without a range": (["events", "list", "--text", "x"], 2, "since"),
    "limit": (["events", "list", "--limit", "0"], 2, "--limit"),
    "format": (["events", "list", "--format", "xml"], 2, "xml"),
    "option": (["events", "list", "--nosuch"], 2, "--nosuch"),
    "command": (["events", "nosuch"], 2, "nosuch"),
}


@pytest.mark.parametrize(("command", "code", "says"), WRONG.values(), ids=WRONG.keys())
def test_what_is_wrong_is_named(command: list[str], code: int, says: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VAGT_DATA", "data")
    Path("a.log").write_text("hello\n")
    Path("wrong.yaml").write_text("bus: {partitons: 4}\n")
    Path("nobody.yaml").write_text("unit: {municipalities: ['999']}\n")
    result = vagt(*command)
    assert (result.exit_code, result.stdout) == (code, "")
    assert says in result.stderr
    assert "Traceback" not in result.output


def test_a_wrong_name_stops_a_replay_before_anything_starts() -> None:
    Path("a.log").write_text("hello\n")
    assert vagt("replay", "a.log", "--tenant", "999", "--data", "data").exit_code == 2
    assert not Path("data").exists()


def test_the_version_is_told_and_how_the_hot_path_runs() -> None:
    how = "compiled" if IS_COMPILED else "interpreted"
    assert vagt("--version").stdout == f"vagt {__version__}, {how}\n"
