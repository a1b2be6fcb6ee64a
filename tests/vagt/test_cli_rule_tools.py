"""`vagt rules explain`, `backtest`, `coverage`, `cost` and `scorecard` on what a real replay made."""

import csv
import io
import json
from collections import Counter
from pathlib import Path

import pytest
from typer.testing import CliRunner

from tests.vagt.conftest import LINES, Desk, replay
from tests.vagt.test_cli_lists import accesses
from vagt.cli import app

RULE = "5f0d3c1e-8c0b-4b0e-9d57-3a1f6f0c2b11"  # root login over SSH from the internet
CORRELATION = "3e8b9d64-0c75-4c0a-b2e9-6d2f4a7e9d33"  # many failed logins over SSH
TEXT = """
title: Own
id: 6f7d5d6e-1d53-4c5f-9d22-0d7d8c3b1d01
logsource: {product: windows, category: process_creation}
detection:
    s: {Image|endswith: '\\cmd.exe'}
    condition: s
"""


def root_login(desk: Desk) -> str:
    return str(desk.rows("events", "list", "--user", "root")[0]["event"]["id"])


def test_a_match_is_explained_by_id_as_text_json_and_csv(desk: Desk) -> None:
    event = root_login(desk)
    told = desk.vagt("rules", "explain", event, RULE, "--tenant", "751")
    assert told.exit_code == 0
    assert "\nMATCHES\n" in told.stdout
    assert '✓ user.name is "root": the event has "root"' in told.stdout
    (found,) = desk.rows("rules", "explain", event, RULE)
    assert (found["event"], found["rule"], found["matches"], found["held_back"]) == (event, RULE, True, [])
    rows = list(csv.DictReader(io.StringIO(desk.vagt("rules", "explain", event, RULE, "--format", "csv").stdout)))
    assert [row["holds"] for row in rows if row["field"] == "user.name"] == ["True"]


def test_the_version_that_made_the_findings_is_listed(desk: Desk) -> None:
    (version,) = desk.rows("rules", "versions")
    assert version["number"] == 1
    assert version["rules"] > 50 and version["correlations"] > 5
    assert desk.vagt("rules", "versions", "--format", "csv").stdout.splitlines()[0].startswith("number,hash,at,")


def test_reading_the_event_is_in_the_access_log(desk: Desk) -> None:
    event = root_login(desk)
    before = len(accesses(desk))
    assert desk.vagt("rules", "explain", event, RULE, "--purpose", "threat_hunting").exit_code == 0
    (access,) = accesses(desk)[before:]
    assert (access["subject"], access["purpose"], access["tenant"]) == ("event", "threat_hunting", "751")
    assert desk.vagt("rules", "explain", event, RULE, "--purpose", "curiosity").exit_code == 2


def test_a_correlation_is_explained_by_the_rules_that_it_counts(desk: Desk) -> None:
    event = next(one for one in desk.rows("events", "list") if one["event"].get("outcome") == "failure")
    found = desk.rows("rules", "explain", event["event"]["id"], CORRELATION)
    matching = [one for one in found if one["matches"]]
    assert matching and all(one["counted_by"] for one in matching)


def test_a_file_and_standard_input_hold_one_event(desk: Desk, tmp_path: Path) -> None:
    rule = tmp_path / "own.yml"
    rule.write_text(TEXT, encoding="utf-8")
    event = json.dumps({"Channel": "Security", "EventID": 4688, "NewProcessName": "C:\\cmd.exe"})
    (tmp_path / "event.json").write_text(event, encoding="utf-8")
    command = ["rules", "explain", "--schema", "sigma", "--no-builtin", "--format", "json", "--data", str(desk.data)]
    by_file = CliRunner().invoke(app, [*command, str(tmp_path / "event.json"), str(rule)])
    by_stdin = CliRunner().invoke(app, [*command, "-", str(rule)], input=event)
    assert by_file.stdout == by_stdin.stdout
    (found,) = json.loads(by_file.stdout)
    assert [(way["shown"], way["condition"]["holds"]) for way in found["ways"]] == [(False, False), (True, True)]
    assert found["ways"][1]["condition"]["sigma_field"] == "Image"


WRONG = {
    "no such rule": (["{event}", "nosuch"], "nosuch"),
    "no such event": (["nosuch", RULE], "nosuch"),
    "no JSON": (["{file}", RULE], "one event is"),
    "schema of a kept event": (["{event}", RULE, "--schema", "sigma"], "--schema"),
    "unknown schema": (["{event}", RULE, "--schema", "cim"], "cim"),
}


@pytest.mark.parametrize(("arguments", "named"), WRONG.values(), ids=WRONG.keys())
def test_what_cannot_be_explained_is_named_and_ends_with_2(
    desk: Desk, tmp_path: Path, arguments: list[str], named: str
) -> None:
    file = tmp_path / "event.txt"
    file.write_text("hello", encoding="utf-8")
    filled = [one.format(event=root_login(desk), file=file) for one in arguments]
    result = desk.vagt("rules", "explain", *filled)
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith("vagt: ") and named in result.stderr


FROM_THAT_DAY = ["--from", "2026-11-22", "--to", "2026-11-23"]


def test_a_backtest_finds_what_the_pipeline_found(desk: Desk) -> None:
    found = [one for one in desk.rows("findings", "list") if one["rule"]["id"] == RULE]
    (row,) = desk.rows("rules", "backtest", RULE, *FROM_THAT_DAY)
    assert (row["rule"], row["tenant"], row["day"], row["too_many"]) == (RULE, "751", "2026-11-22", False)
    assert row["matches"] == row["findings"] == len(found) == 1
    assert row["example"] == root_login(desk)


def test_a_backtest_of_a_correlation_and_a_file_that_is_not_loaded(desk: Desk, tmp_path: Path) -> None:
    file = tmp_path / "new.yml"
    text = TEXT.replace("{product: windows, category: process_creation}", "{product: linux, service: auth}")
    file.write_text(text.replace("Image|endswith: '\\cmd.exe'", "USER: nobody"), encoding="utf-8")
    told = desk.vagt("rules", "backtest", CORRELATION, str(file), *FROM_THAT_DAY, "--format", "csv", "--tenant", "751")
    assert told.exit_code == 0, told.output
    rows = list(csv.DictReader(io.StringIO(told.stdout)))
    assert [row["findings"] for row in rows] == ["1"]
    assert "198 events in" in told.stderr or "197 events in" in told.stderr
    assert "without any match: 1 rules, Own" in told.stderr


def test_too_many_findings_are_called_out_and_end_with_1(desk: Desk) -> None:
    told = desk.vagt("rules", "backtest", "sshd_login_failed", CORRELATION, *FROM_THAT_DAY, "--most", "0")
    assert told.exit_code == 1
    assert "too many: 1 days have more than 0 findings" in told.stderr


WRONG_BACKTESTS = {
    "no such rule": (["nosuch"], "nosuch"),
    "no time": ([RULE, "--from", "yesterday"], "yesterday"),
    "ends before it begins": ([RULE, "--from", "2026-11-23", "--to", "2026-11-22"], "is not before"),
    "purpose": ([RULE, "--purpose", "curiosity"], "curiosity"),
}


@pytest.mark.parametrize(("arguments", "named"), WRONG_BACKTESTS.values(), ids=WRONG_BACKTESTS.keys())
def test_what_cannot_be_tested_is_named_and_ends_with_2(desk: Desk, arguments: list[str], named: str) -> None:
    result = desk.vagt("rules", "backtest", *arguments)
    assert (result.exit_code, result.stdout) == (2, "")
    assert named in result.stderr


def test_a_backtest_is_in_the_access_log(desk: Desk) -> None:
    before = len(accesses(desk))
    assert desk.vagt("rules", "backtest", RULE, *FROM_THAT_DAY, "--tenant", "751").exit_code == 0
    (access,) = accesses(desk)[before:]
    assert (access["subject"], access["tenant"]) == ("events", "751")
    assert access["after"]["query"]["backtest"] == [RULE]


def test_coverage_is_a_table_csv_with_a_column_for_each_source_and_a_layer(desk: Desk, tmp_path: Path) -> None:
    layer = tmp_path / "layer.json"
    told = desk.vagt("rules", "coverage", "--format", "csv", "--layer", str(layer))
    rows = {row["id"]: row for row in csv.DictReader(io.StringIO(told.stdout))}
    assert rows[RULE]["linux.auth"] == "live" and rows[RULE]["windows.eventlog"] == ""
    (windows,) = [row for row in rows.values() if row["title"] == "Windows auditing reduced"]
    assert windows["windows.eventlog"] == "silent"
    scores = {one["techniqueID"]: one["color"] for one in json.loads(layer.read_text())["techniques"]}
    assert "fed by live sources" in told.stderr and len(scores) > 50 and len(set(scores.values())) > 1
    listed = {row["id"]: row for row in desk.rows("rules", "coverage")}
    assert listed[RULE]["live"] == ["linux.auth"]
    assert desk.rows("rules", "coverage", "--no-live")[0]["live"] is None
    assert desk.vagt("rules", "coverage", "--layer", str(tmp_path / "no" / "layer.json")).exit_code == 2


def test_cost_is_measured_and_kept_for_the_scorecard(desk: Desk, tmp_path: Path) -> None:
    file = tmp_path / "events.ndjson"
    events = desk.rows("events", "list", "--limit", "20")
    file.write_text("".join(json.dumps(one) + "\n" for one in events), encoding="utf-8")
    by_file = desk.rows("rules", "cost", "--events", str(file))
    assert {(one["events"]) for one in by_file} == {20}
    assert [one["us_per_event"] for one in by_file] == sorted((one["us_per_event"] for one in by_file), reverse=True)
    table = desk.vagt("rules", "cost", "--sample", "5", "--top", "3")
    assert table.exit_code == 0 and "The 3 dearest of" in table.stdout
    scores = [one for one in desk.rows("rules", "scorecard", "--all") if one["kind"] == "rule"]
    assert len(scores) == len(by_file) and all(one["us_per_event"] is not None for one in scores)


def test_the_scorecard_counts_the_findings_of_the_time_asked(desk: Desk) -> None:
    found = desk.rows("findings", "list", "--limit", "500")
    scores = {one["id"]: one for one in desk.rows("rules", "scorecard", *FROM_THAT_DAY)}
    assert {name: one["findings"] for name, one in scores.items()} == Counter(one["rule"]["id"] for one in found)
    assert scores[RULE]["open"] == 1 and scores[RULE]["false_positive_share"] is None
    assert desk.rows("rules", "scorecard", "--from", "2025-01-01", "--to", "2025-01-02") == []
    assert desk.rows("rules", "scorecard", *FROM_THAT_DAY, "--tenant", "730") == []
    without = desk.vagt("rules", "scorecard", *FROM_THAT_DAY, "--no-builtin")
    assert f"{len(found)} findings of indicators, the pipeline's own watch, and rules that are gone" in without.stderr


def test_findings_on_trial_are_counted_though_triage_does_not_take_them(tmp_path: Path) -> None:
    config, log = tmp_path / "trial.yaml", tmp_path / "auth.log"
    config.write_text(f"detections:\n  shadow:\n    - rules: [{RULE}]\n", encoding="utf-8")
    log.write_text("\n".join(line for line in LINES if "for root" in line) + "\n", encoding="utf-8")
    done = replay(tmp_path / "data", log, "--source", "linux.auth", "--config", str(config))
    assert done.returncode == 0, done.stderr
    trial = Desk(tmp_path / "data", json.loads(done.stdout), done.stderr)
    scores = {one["id"]: one for one in trial.rows("rules", "scorecard", *FROM_THAT_DAY, "--config", str(config))}
    assert (scores[RULE]["mode"], scores[RULE]["findings"], scores[RULE]["shadow_findings"]) == ("shadow", 0, 1)


WRONG_COSTS = {
    "nothing to measure with": (["cost"], "--events FILE or --sample"),
    "both": (["cost", "--sample", "5", "--events", "{file}"], "--events FILE or --sample"),
    "no file": (["cost", "--events", "{file}.gone"], ".gone"),
    "no event": (["cost", "--events", "{empty}"], "no event"),
    "no JSON": (["cost", "--events", "{file}"], "line 1"),
    "ends before it begins": (["scorecard", "--from", "2026-11-23", "--to", "2026-11-22"], "is not before"),
}


@pytest.mark.parametrize(("arguments", "named"), WRONG_COSTS.values(), ids=WRONG_COSTS.keys())
def test_what_cannot_be_measured_is_named_and_ends_with_2(desk: Desk, tmp_path: Path, arguments: list[str], named: str) -> None:
    file, empty = tmp_path / "hello.txt", tmp_path / "empty.txt"
    file.write_text("hello", encoding="utf-8")
    empty.touch()
    result = desk.vagt("rules", *(one.format(file=file, empty=empty) for one in arguments))
    assert (result.exit_code, result.stdout) == (2, "")
    assert named in result.stderr
