"""What the command line changes and checks: dead letters put back, incidents, keys, sources, exports, altered evidence."""

import json
import shutil
import sqlite3
from hashlib import sha256
from pathlib import Path

import pytest

from tests.vagt.conftest import EVENTS, LONG, Desk, replay


@pytest.fixture
def copy(desk: Desk, tmp_path: Path) -> Desk:
    """The same folder, to change."""
    shutil.copytree(desk.data, tmp_path / "data")
    return Desk(tmp_path / "data", desk.summary, desk.said)


def drain(desk: Desk) -> int:
    """Let the pipeline finish what waits, with one more log; gives how many logs that were."""
    file = desk.data.parent / "more.log"
    file.write_text("2026-11-22T04:00:00+01:00 web01 sshd[9001]: Connection closed by 192.0.2.99 port 40000\n")
    done = replay(desk.data, file, "--source", "linux.auth")
    assert done.returncode == 0, done.stderr
    return int(json.loads(done.stdout)["read"])


def test_a_dead_letter_put_back_twice_becomes_one_event(copy: Desk) -> None:
    letter = next(one for one in copy.rows("dead", "list") if one["length"] > LONG)
    assert "over the limit of 1024" in letter["reason"]
    for _ in range(2):
        put_back = copy.vagt("dead", "replay", letter["id"])
        assert json.loads(put_back.stdout) == {"replayed": 1}
    more = drain(copy)
    events = copy.rows("events", "list", "--limit", "500")
    assert len(events) == EVENTS + more + 1
    assert json.loads(copy.vagt("dead", "show", letter["id"]).stdout)["position"]
    assert len([event for event in events if event.get("user", {}).get("name") == "anne"]) == 1
    assert copy.vagt("evidence", "verify").exit_code == 0


def test_dead_letters_to_put_back_must_be_chosen(copy: Desk) -> None:
    refused = copy.vagt("dead", "replay")
    assert (refused.exit_code, refused.stdout) == (2, "")
    assert json.loads(copy.vagt("dead", "replay", "--reason", "nothing says this").stdout) == {"replayed": 0}


def test_an_incident_is_changed_and_says_who_did_it(copy: Desk) -> None:
    number = copy.rows("incidents", "list")[0]["number"]
    done = copy.vagt("incidents", "set", number, "--state", "acknowledged", "--owner", "anne", "--note", "ringer")
    assert done.exit_code == 0, done.output
    incident = json.loads(copy.vagt("incidents", "show", number, "--format", "json").stdout)
    assert (incident["state"], incident["owner"]) == ("acknowledged", "anne")
    assert {line["actor"].partition(":")[0] for line in incident["timeline"]} == {"triage", "cli"}


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ([], "say what to change"),
        (["--state", "nonsense"], "acknowledged"),
        (["--priority", "P9", "--reason", "x"], "P1"),
        (["--state", "closed"], "verdict"),
        (["--state", "closed", "--verdict", "benign"], "reason"),
    ],
    ids=["nothing", "state", "priority", "no verdict", "no reason"],
)
def test_a_change_that_cannot_be_is_refused(copy: Desk, options: list[str], says: str) -> None:
    number = copy.rows("incidents", "list")[0]["number"]
    refused = copy.vagt("incidents", "set", number, *options)
    assert (refused.exit_code, refused.stdout) == (2, "")
    assert says in refused.stderr


def test_a_key_is_made_listed_and_revoked(copy: Desk) -> None:
    made = json.loads(copy.vagt("keys", "create", "aarhus-soc", "--role", "municipality", "--tenant", "751").stdout)
    (key,) = copy.rows("keys", "list")
    assert (key["id"], key["tenants"]) == (made["id"], ["751"])
    assert made["key"] not in json.dumps(key)
    assert copy.vagt("keys", "revoke", made["id"]).exit_code == 0
    assert copy.rows("keys", "list")[0]["revoked"]
    assert copy.vagt("keys", "create", "x", "--role", "king").exit_code == 2


def test_a_source_that_must_report_is_in_the_register(copy: Desk) -> None:
    assert copy.vagt("sources", "register", "cisco.asa", "--tenant", "851", "--cadence-seconds", "900").exit_code == 0
    assert [row["source"] for row in copy.rows("sources", "list", "--tenant", "851")] == ["cisco.asa"]
    assert copy.vagt("sources", "unregister", "cisco.asa", "--tenant", "851").exit_code == 0
    assert copy.rows("sources", "list", "--tenant", "851") == []


def test_a_delivered_bundle_is_sent_again_and_not_released(copy: Desk) -> None:
    delivery = copy.rows("deliveries", "list", "--state", "delivered")[0]["id"]
    refused = copy.vagt("deliveries", "release", delivery)
    assert (refused.exit_code, "not held" in refused.stderr) == (2, True)
    assert json.loads(copy.vagt("deliveries", "resend", delivery).stdout)["state"] == "queued"


def test_a_target_that_would_refuse_a_push_ends_with_1(copy: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    target = {"name": "cert", "kind": "taxii", "url": "http://127.0.0.1:1/api1/", "collection": "one"}
    monkeypatch.setenv("VAGT_CERT_BRIDGE__TARGETS", json.dumps([target]))
    result = copy.vagt("deliveries", "check", "--format", "json")
    assert result.exit_code == 1
    (told,) = json.loads(result.stdout)
    assert told["ok"] is False and "cert" in told["error"]


def test_an_altered_segment_is_found(copy: Desk) -> None:
    assert copy.vagt("archive", "verify").exit_code == 0
    segment = next(copy.data.glob("archive/events/**/*.parquet"))
    content = bytearray(segment.read_bytes())
    content[len(content) // 2] ^= 1
    segment.write_bytes(content)
    result = copy.vagt("archive", "verify", "--format", "json")
    assert (result.exit_code, json.loads(result.stdout)["ok"]) == (1, False)
    assert segment.name in result.stdout
    assert segment.name in copy.vagt("archive", "verify", "--tenant", "751").stdout.replace("\n", "")
    assert copy.vagt("archive", "verify", "--tenant", "851").exit_code == 0


def test_an_altered_ledger_is_found(copy: Desk) -> None:
    assert copy.vagt("evidence", "verify").exit_code == 0
    with sqlite3.connect(copy.data / "state.db") as database:
        database.execute("UPDATE ledger_entries SET action = 'forgotten' WHERE seq = 2")
    result = copy.vagt("evidence", "verify", "--format", "json")
    assert (result.exit_code, json.loads(result.stdout)["ok"]) == (1, False)


def test_a_municipality_takes_its_logs_out(copy: Desk, tmp_path: Path) -> None:
    command = [
        "archive",
        "export",
        str(tmp_path / "out"),
        "--tenant",
        "751",
        "--since",
        "2d",
        "--purpose",
        "data_subject_request",
    ]
    told = json.loads(copy.vagt(*command).stdout)
    assert told["rows"]["events"] == EVENTS and told["problems"] == []
    sums = (tmp_path / "out" / "SHA256SUMS").read_bytes()
    assert sha256(sums).hexdigest() == told["sha256"]
    for line in sums.decode().splitlines():
        digest, _, name = line.partition("  ")
        assert sha256((tmp_path / "out" / name).read_bytes()).hexdigest() == digest
    again = copy.vagt(*command)
    assert (again.exit_code, "not empty" in again.stderr) == (2, True)
