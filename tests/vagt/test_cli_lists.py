"""What the pipeline made, as the command line shows it: tables, JSON, CSV; and what is not there."""

import csv
import io
import json
from collections.abc import Callable
from typing import Any

import pytest
import yaml
from typer.testing import CliRunner

from tests.vagt.conftest import EVENTS, HOSTILE, LINES, Desk
from vagt.bus.embedded import EmbeddedBus
from vagt.cli import app
from vagt.settings.bus import BusSettings
from vagt.topics import AUDIT

LISTS = {
    "findings": ["findings", "list"],
    "incidents": ["incidents", "list"],
    "events": ["events", "list"],
    "deliveries": ["deliveries", "list"],
    "sources": ["sources", "list"],
    "dead": ["dead", "list"],
    "rules": ["rules", "list"],
    "targets": ["deliveries", "check"],
    "rule checks": ["rules", "check", "--all"],
}


def test_replay_tells_what_came_of_the_lines(desk: Desk) -> None:
    assert set(desk.summary) == {"read", "events", "dead", "dropped", "findings", "incidents", "seconds"}
    assert (desk.summary["read"], desk.summary["events"]) == (len(LINES), EVENTS)
    assert (desk.summary["dead"], desk.summary["dropped"]) == (2, 0)
    assert desk.summary["findings"] == len(desk.rows("findings", "list")) >= 2
    assert desk.summary["incidents"] == len(desk.rows("incidents", "list")) >= 2
    assert {"total", "ingest", "normalise"} <= set(desk.summary["seconds"])


@pytest.mark.parametrize("command", LISTS.values(), ids=LISTS.keys())
def test_a_list_is_a_table_json_or_csv(desk: Desk, command: list[str]) -> None:
    rows = desk.rows(*command)
    table = desk.vagt(*command)
    text = desk.vagt(*command, "--format", "csv")
    assert (table.exit_code, text.exit_code) == (0, 0)
    lines = list(csv.DictReader(io.StringIO(text.stdout)))
    assert len(lines) == len(rows) > 0
    assert all(None not in line and None not in line.values() for line in lines)
    assert "┃" in table.stdout and str(lines[0][next(iter(lines[0]))])[:6] in table.stdout


def test_an_empty_list_says_so(desk: Desk) -> None:
    assert desk.vagt("incidents", "list", "--priority", "P1").stdout == "Incidents: none\n"
    assert desk.rows("incidents", "list", "--priority", "P1") == []


BY_TENANT = [
    *(LISTS[name] for name in ("findings", "incidents", "events", "deliveries", "sources", "dead")),
    ["archive", "verify"],
]


@pytest.mark.parametrize("command", BY_TENANT, ids=" ".join)
def test_a_municipality_that_the_unit_does_not_serve_is_named(desk: Desk, command: list[str]) -> None:
    assert "'999'" in desk.vagt(*command, "--tenant", "999").stderr
    assert "serves no municipality" not in desk.vagt(*command, "--tenant", "851").stderr


FILTERS: dict[str, tuple[list[str], Callable[[dict[str, Any]], bool]]] = {
    "tenant": (["--tenant", "751"], lambda event: event["organization"]["id"] == "751"),
    "dataset": (["--dataset", "linux.auth"], lambda event: event["event"]["dataset"] == "linux.auth"),
    "host": (["--host", "web3"], lambda event: event["host"]["name"] == "web3"),
    "source ip": (["--source-ip", "203.0.113.7"], lambda event: event["source"]["ip"] == "203.0.113.7"),
    "user": (["--user", "root"], lambda event: event.get("user", {}).get("name") == "root"),
    "text": (["--text", "ACCEPTED password", "--since", "2026-11-22"], lambda event: "Accepted" in event["event"]["original"]),
    "since": (["--since", "2026-11-22T03:14:00+01:00"], lambda event: event["@timestamp"] >= "2026-11-22T02:14"),
    "until": (["--until", "2026-11-22T01:00:10Z"], lambda event: event["@timestamp"] < "2026-11-22T01:00:10"),
}


@pytest.mark.parametrize(("options", "holds"), FILTERS.values(), ids=FILTERS.keys())
def test_events_are_found_by(desk: Desk, options: list[str], holds: Callable[[dict[str, Any]], bool]) -> None:
    if "--text" in options:
        options = [*options, "--until", "2026-11-23"]
    found = desk.rows("events", "list", "--limit", "500", *options)
    everything = desk.rows("events", "list", "--limit", "500")
    assert len(everything) == EVENTS
    assert [event["event"]["id"] for event in found] == [event["event"]["id"] for event in everything if holds(event)] != []


def test_one_event_is_shown_whole(desk: Desk) -> None:
    event = desk.rows("events", "list", "--user", "root")[0]
    shown = desk.vagt("events", "show", event["event"]["id"], "--tenant", "751")
    assert json.loads(shown.stdout) == event
    assert event["event"]["original"] in LINES


def test_one_finding_and_its_incident_are_shown(desk: Desk) -> None:
    finding = next(one for one in desk.rows("findings", "list") if one["entity"] == "user:root")
    shown = json.loads(desk.vagt("findings", "show", finding["id"]).stdout)
    assert shown["id"] == finding["id"]
    number = next(one["number"] for one in desk.rows("incidents", "list") if one["id"] == finding["incident_id"])
    incident = desk.vagt("incidents", "show", number, "--format", "json")
    assert [line["id"] for line in json.loads(incident.stdout)["findings"]] == [finding["id"]]
    assert finding["id"] in desk.vagt("incidents", "show", number).stdout


def test_a_delivery_is_shown_with_its_bundle(desk: Desk) -> None:
    delivery = desk.rows("deliveries", "list", "--state", "delivered")[0]
    shown = json.loads(desk.vagt("deliveries", "show", delivery["id"]).stdout)
    dropped = desk.data / "cert_outbox" / shown["receipt"].get("file", "")
    assert shown["document"]["type"] == "bundle"
    assert shown["document"] in [json.loads(file.read_text()) for file in dropped.parent.glob("*.json")]


def test_one_dead_letter_is_shown_with_its_bytes(desk: Desk) -> None:
    letter = next(one for one in desk.rows("dead", "list") if one["length"] == len(b"hello"))
    assert desk.vagt("dead", "show", letter["id"], "--body").stdout_bytes == b"hello"
    assert json.loads(desk.vagt("dead", "show", letter["id"]).stdout)["body"] == "hello"


MISSING = {
    "finding": ["findings", "show", "nosuch"],
    "incident": ["incidents", "show", "2026-999999"],
    "incident to set": ["incidents", "set", "2026-999999", "--owner", "anne"],
    "event": ["events", "show", "nosuch"],
    "delivery": ["deliveries", "show", "nosuch"],
    "delivery to release": ["deliveries", "release", "nosuch"],
    "delivery to resend": ["deliveries", "resend", "nosuch"],
    "target": ["deliveries", "check", "nosuch"],
    "dead letter": ["dead", "show", "9-9"],
    "key": ["keys", "revoke", "nosuch"],
}


@pytest.mark.parametrize("command", MISSING.values(), ids=MISSING.keys())
def test_what_is_not_there_is_named_and_ends_with_2(desk: Desk, command: list[str]) -> None:
    result = desk.vagt(*command)
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith("vagt: ") and command[2] in result.stderr


def test_text_of_a_log_cannot_style_the_terminal(desk: Desk) -> None:
    command = ["events", "list", "--source-ip", "203.0.113.7"]
    for style in ("table", "csv", "json"):
        text = desk.vagt(*command, "--format", style).stdout
        assert not {"\x1b", "\u009b", "\u202e"} & set(text), style
    assert "[red]mad[/red]\\[/]�[31m�32m�dne" in desk.vagt(*command).stdout.replace("│", "")
    assert desk.rows(*command)[0]["user"]["name"] == HOSTILE


READS = {
    "events": ["events", "list", "--tenant", "751"],
    "findings": ["findings", "list", "--tenant", "751"],
    "dead": ["dead", "show", "0-0"],
}


@pytest.mark.parametrize(("what", "command"), READS.items(), ids=READS.keys())
def test_reading_logs_needs_a_purpose_and_is_in_the_access_log(desk: Desk, what: str, command: list[str]) -> None:
    refused = desk.vagt(*command, "--purpose", "curiosity")
    assert (refused.exit_code, refused.stdout) == (2, "")
    assert "incident_handling" in refused.stderr
    before = accesses(desk)
    assert desk.vagt(*command, "--purpose", "threat_hunting").exit_code == 0
    (access,) = accesses(desk)[len(before) :]
    assert (access["subject"], access["purpose"]) == (what, "threat_hunting")
    assert access["actor"].startswith("cli:")


def accesses(desk: Desk) -> list[dict[str, Any]]:
    bus = EmbeddedBus(desk.data / "bus", BusSettings())
    try:
        records = [record for place in bus.next_offsets(AUDIT) for record in bus.read(place, 0, 10_000)]
    finally:
        bus.close()
    changes = [json.loads(record.value) for record in sorted(records, key=lambda record: record.timestamp)]
    return [change for change in changes if change["kind"] == "access"]


def test_settings_are_listed_shown_and_checked(desk: Desk) -> None:
    listed = CliRunner().invoke(app, ["config", "list", "--format", "json"])
    shown = yaml.safe_load(desk.vagt("config", "show").stdout)
    assert shown["data_dir"] == str(desk.data)
    assert {row["name"].partition(".")[0] for row in json.loads(listed.stdout)} == set(shown)
    assert "98 municipalities" in desk.vagt("config", "check").stdout


def test_rules_are_checked_against_what_reports(desk: Desk) -> None:
    checked = desk.vagt("rules", "check", "--live", "--format", "json")
    unfed = {row["id"]: row["problem"] for row in json.loads(checked.stdout)}
    fed = {one["rule"]["id"] for one in desk.rows("findings", "list")}
    assert checked.exit_code == 1
    assert any("no live source: windows.eventlog" in problem for problem in unfed.values())
    assert fed and not fed & unfed.keys()
