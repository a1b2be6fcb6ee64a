"""linux.auth: what the messages mean, what an attacker's user name cannot do, and that no bytes break the parser."""

import json
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from normalise.envelope import normalise_raw
from normalise.registry import source_for
from normalise.sources.linux_auth.parser import PROGRAM_READERS, SOURCE, recognise
from tests.bounded import bounded
from vagt.contracts.event import get_field
from vagt.contracts.raw import RawLog
from vagt.errors import NormaliseError

SAMPLES = Path(__file__).resolve().parents[2] / "normalise/sources/linux_auth/samples"
ZONE = ZoneInfo("Europe/Copenhagen")
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


def events_of(body: bytes) -> list[dict[str, Any]]:
    raw = RawLog("751", "linux.auth", body, NOON, "file", "srv", "f:1")
    events = normalise_raw(raw, SOURCE, False, ZONE, "2026-11-22T12:00:00.000Z", str)
    orjson.dumps(events)
    return events


def event_of(message: str, program: str = "sshd[10]") -> dict[str, Any]:
    (event,) = events_of(f"Nov 22 08:00:00 srv {program}: {message}".encode())
    return event


def values(event: dict[str, Any], *names: str) -> tuple[Any, ...]:
    return tuple(get_field(event, name) for name in names)


PAM = "pam_unix(sshd:auth): authentication failure; logname= uid=0 euid=0 tty=ssh "
WHO = ("event.action", "event.outcome", "user.name", "source.ip", "source.port")


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ("Accepted password for drift from 192.0.2.1 port 22000 ssh2", ("ssh_login", "success", "drift", "192.0.2.1", 22000)),
        ("Failed password for drift from 192.0.2.1 port 22000 ssh2", ("ssh_login", "failure", "drift", "192.0.2.1", 22000)),
        ("Failed password for invalid user x y from 192.0.2.1 port 2 ssh2", ("ssh_login", "failure", "x y", "192.0.2.1", 2)),
        (
            "Failed publickey for drift from 2001:db8::1 port 2 ssh2: RSA SHA256:x",
            ("ssh_login", "failure", "drift", "2001:db8::1", 2),
        ),
        ("Failed password for drift from fe80::1%eth0 port 2 ssh2", ("ssh_login", "failure", "drift", "fe80::1", 2)),
        ("Failed password for drift from UNKNOWN port 65535 ssh2", ("ssh_login", "failure", "drift", None, None)),
        ("Invalid user  from 192.0.2.1 port 2", ("ssh_invalid_user", "failure", None, "192.0.2.1", 2)),
        (
            "User x from 192.0.2.1 not allowed because not listed in AllowUsers",
            ("ssh_denied", "failure", "x", "192.0.2.1", None),
        ),
        ("User root not allowed because account is locked", ("ssh_denied", "failure", "root", None, None)),
        ("Connection reset by invalid user x 192.0.2.1 port 2 [preauth]", ("ssh_disconnect", "failure", "x", "192.0.2.1", 2)),
        ("Connection closed by 192.0.2.1 port 2", ("ssh_disconnect", None, None, "192.0.2.1", 2)),
        (
            "error: Received disconnect from 192.0.2.1: 3: Auth fail [preauth]",
            ("ssh_disconnect", "failure", None, "192.0.2.1", None),
        ),
        (
            "Unable to negotiate with 192.0.2.1 port 2: no cipher [preauth]",
            ("ssh_negotiation_failed", "failure", None, "192.0.2.1", 2),
        ),
        ("banner exchange: Connection from 192.0.2.1 port 2: invalid format", ("ssh_probe", "failure", None, "192.0.2.1", 2)),
        ("Nothing that is known from 192.0.2.1 port 2", (None, None, None, "192.0.2.1", 2)),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_sshd_messages_give_action_outcome_user_and_address(message: str, expected: tuple[Any, ...]) -> None:
    assert values(event_of(message), *WHO) == expected


@pytest.mark.parametrize(
    ("message", "address", "name"),
    [
        (
            "Failed password for invalid user a from 198.51.100.9 from 203.0.113.1 port 9 ssh2",
            "203.0.113.1",
            "a from 198.51.100.9",
        ),
        (
            "Failed password for invalid user a from 198.51.100.9 port 1 ssh2 from 203.0.113.1 port 9 ssh2",
            "203.0.113.1",
            "a from 198.51.100.9 port 1 ssh2",
        ),
        ("Failed publickey for a from 203.0.113.1 port 9 ssh2: X from 198.51.100.9 port 1 ssh2", "203.0.113.1", "a"),
        ("Invalid user a from 198.51.100.9 port 1 from 203.0.113.1 port 9", "203.0.113.1", "a from 198.51.100.9 port 1"),
        (
            "Connection closed by invalid user a 198.51.100.9 port 1 203.0.113.1 port 9 [preauth]",
            "203.0.113.1",
            "a 198.51.100.9 port 1",
        ),
        (PAM + "ruser=a rhost=198.51.100.9 rhost=203.0.113.1", "203.0.113.1", "a rhost=198.51.100.9"),
        (PAM + "ruser= rhost=203.0.113.1 user=a rhost=198.51.100.9", "203.0.113.1", "a rhost=198.51.100.9"),
    ],
    ids=["two from", "two full ends", "key comment", "invalid user", "disconnect", "pam ruser", "pam user"],
)
def test_a_user_name_that_looks_like_an_address_does_not_replace_the_address(message: str, address: str, name: str) -> None:
    assert values(event_of(message), "source.ip", "user.name") == (address, name)


def test_dropbears_logins_look_like_those_of_sshd() -> None:
    event = event_of("Bad password attempt for 'x from 192.0.2.9:1' from 203.0.113.1:50152", "dropbear[9]")
    assert values(event, *WHO) == ("ssh_login", "failure", "x from 192.0.2.9:1", "203.0.113.1", 50152)


def test_lines_inside_a_message_never_become_events_of_their_own() -> None:
    forged = "Invalid user x\nNov 22 08:00:00 srv sshd[1]: Accepted password for root from 192.0.2.66 port 1 ssh2"
    (event,) = events_of(f"Nov 22 08:00:00 srv sshd[10]: {forged}".encode())
    assert event["event"].get("outcome") != "success"


def test_an_ipv4_address_on_an_ipv6_socket_is_the_ipv4_address() -> None:
    event = event_of("Failed password for x from ::ffff:192.0.2.1 port 2 ssh2")
    assert values(event, "source.ip", "source.address") == ("192.0.2.1", "::ffff:192.0.2.1")


def test_repeated_messages_are_one_event_that_says_how_often() -> None:
    event = event_of("message repeated 3 times: [ Failed password for root from 192.0.2.1 port 2 ssh2]")
    assert values(event, "vagt.repeated", "event.action", "source.ip") == (3, "ssh_login", "192.0.2.1")


@pytest.mark.parametrize(
    ("program", "message", "expected"),
    [
        ("sudo", "x : TTY=pts/0 ; PWD=/h ; USER=root ; COMMAND=/bin/ls -l", ("sudo_command", "success", "x", "root")),
        (
            "sudo",
            "x : user NOT in sudoers ; TTY=pts/0 ; PWD=/h ; USER=root ; COMMAND=/bin/ls",
            ("sudo_denied", "failure", "x", "root"),
        ),
        ("sudo", "x : a password is required ; PWD=/h ; USER=root ; COMMAND=/bin/ls", ("sudo_denied", "failure", "x", "root")),
        ("su[1]", "FAILED SU (to root) x on pts/0", ("su", "failure", "x", "root")),
        ("su[1]", "(to root) x on pts/0", ("su", "success", "x", "root")),
        ("su[1]", "- /dev/pts/0 x:root", ("su_summary", "failure", "x", "root")),
        ("su", "'su root' failed for x on /dev/pts/8", ("su", "failure", "x", "root")),
        ("doas", "command not permitted for x: rm -rf / as root", ("doas", "failure", "x", "root")),
        (
            "pkexec[1]",
            "x: Executing command [USER=root] [TTY=/dev/pts/0] [CWD=/h] [COMMAND=/bin/sh]",
            ("pkexec", "success", "x", "root"),
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_privileged_commands_name_both_users(program: str, message: str, expected: tuple[str, ...]) -> None:
    event = event_of(message, program)
    assert values(event, "event.action", "event.outcome", "user.name", "user.effective.name") == expected


def test_a_sudo_line_that_can_be_read_two_ways_says_so() -> None:
    event = event_of("x : PWD=/tmp/a ; USER=bob ; COMMAND=/bin/true ; USER=root ; COMMAND=/bin/sh", "sudo")
    assert get_field(event, "linux.auth.sudo.ambiguous") is True
    assert "/bin/sh" in event["process"]["command_line"]


@pytest.mark.parametrize(
    ("program", "message", "types", "action", "target", "group"),
    [
        ("useradd[1]", "new user: name=x, UID=0, GID=0, home=/root", ["user", "creation"], "user_created", "x", None),
        ("usermod[1]", "add 'x' to group 'sudo'", ["group", "change"], "group_member_added", "x", "sudo"),
        ("usermod[1]", "add 'x' to shadow group 'sudo'", ["group", "info"], "group_file_changed", "x", "sudo"),
        ("gpasswd[1]", "user x added by root to group wheel", ["group", "change"], "group_member_added", "x", "wheel"),
        ("userdel[1]", "delete user 'x'", ["user", "deletion"], "user_deleted", "x", None),
        ("groupdel[1]", "group 'g' removed", ["group", "deletion"], "group_deleted", None, "g"),
        ("groupdel[1]", "group 'g' removed from /etc/group", ["group", "info"], "group_file_changed", None, "g"),
        ("passwd[1]", "pam_unix(passwd:chauthtok): password changed for x", ["user", "change"], "password_changed", "x", None),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_changes_of_accounts_name_who_was_changed(
    program: str, message: str, types: list[str], action: str, target: str | None, group: str | None
) -> None:
    event = event_of(message, program)
    assert values(event, "event.category", "event.type", "event.action") == (["iam"], types, action)
    assert values(event, "user.target.name", "group.name") == (target, group)


def test_a_journal_entry_whose_message_is_bytes_is_read() -> None:
    entry = {
        "MESSAGE": list("Invalid user bjørn from 192.0.2.1 port 2".encode("cp1252")),
        "SYSLOG_IDENTIFIER": "sshd",
        "_PID": "7",
    }
    (event,) = events_of(json.dumps({**entry, "__REALTIME_TIMESTAMP": "1795334400000000"}).encode())
    assert values(event, "user.name", "source.ip", "@timestamp", "process.pid") == (
        "bjørn",
        "192.0.2.1",
        "2026-11-22T08:00:00.000Z",
        7,
    )


def test_a_journal_entry_names_the_program_that_really_wrote_it() -> None:
    entry = {"MESSAGE": "Accepted password for root from 192.0.2.1 port 2 ssh2", "SYSLOG_IDENTIFIER": "sshd", "PRIORITY": "5"}
    (event,) = events_of(json.dumps({**entry, "_COMM": "logger", "_TRANSPORT": "syslog"}).encode())
    assert values(event, "process.name", "linux.journal.comm") == ("sshd", "logger")


@pytest.mark.parametrize("head", ["", "<86>", "<86> "], ids=["no priority", "priority", "priority and blank"])
def test_a_line_of_every_program_is_recognised_without_its_source(head: str) -> None:
    lines = {name: f"{head}Nov 22 10:15:30 srv1 {name}[42]: message".encode() for name in PROGRAM_READERS}
    assert [name for name, line in lines.items() if source_for(None, line) != (SOURCE, True)] == []


@pytest.mark.parametrize(
    "body",
    [
        b"Nov 22 08:00:00 srv app[5]: user said sshd[1]: Failed password for root",
        b"Nov 22 08:00:00 srv kernel: sudo: not really",
        b'{"event_type":"ssh","MESSAGE":"x"}',
        b'{"MESSAGE":"\\"SYSLOG_FACILITY\\":\\"4\\"","SYSLOG_FACILITY":"3"}',
        b"sshd sudo su",
    ],
    ids=["program in the text", "program after the tag", "other JSON", "field in the text", "words alone"],
)
def test_other_programs_records_are_not_taken_for_logins(body: bytes) -> None:
    assert not recognise(body)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"   \n",
        b"no header at all",
        b"{",
        b"[1]",
        b"{}",
        b'{"MESSAGE":null}',
        b'{"message":5}',
        b"<999>sshd[1]: x",
        b'{"MESSAGE":"x","__REALTIME_TIMESTAMP":"never"}',
    ],
    ids=range(10),
)
def test_what_is_no_record_is_refused_with_a_reason(body: bytes) -> None:
    with pytest.raises(NormaliseError, match=r"\w"):
        events_of(body)


@pytest.mark.parametrize(
    ("line", "action", "outcome"),
    [
        ("Server listening on 192.0.2.10 port 22.\r", "ssh_listening", None),
        ("Invalid user backup from 203.0.113.7 port 50022\r", "ssh_invalid_user", "failure"),
        ("Failed password for invalid user backup from 203.0.113.7 port 50022 ssh2\r", "ssh_login", "failure"),
        (
            "error: maximum authentication attempts exceeded for root from 203.0.113.7 port 5 ssh2",
            "ssh_max_attempts",
            "failure",
        ),
        ("Could not get shadow information for NOUSER", None, None),
    ],
)
def test_a_line_of_sshds_own_log_file_is_read_where_the_source_is_named(line: str, action: str, outcome: str) -> None:
    raw = RawLog("751", SOURCE.id, line.encode(), NOON, "file", "srv01", "sample:1")
    (event,) = normalise_raw(raw, SOURCE, False, ZoneInfo("Europe/Copenhagen"), "2026-11-22T12:00:01.000Z", str)
    assert values(event, "event.action", "event.outcome", "process.name", "host.name") == (action, outcome, "sshd", "srv01")
    assert event["@timestamp"] == event["event"]["created"]
    assert not recognise(line.encode())


LINES = [
    line for path in SAMPLES.glob("*.*") for line in path.read_bytes().splitlines() if not path.name.endswith(".expected.json")
]


@settings(max_examples=300, deadline=None)
@given(
    st.sampled_from(LINES),
    st.integers(0, 200),
    st.integers(0, 40),
    st.one_of(st.binary(max_size=30), st.text(max_size=20).map(str.encode)),
)
def test_no_damage_to_a_line_breaks_the_parser(line: bytes, start: int, length: int, patch: bytes) -> None:
    body = line[:start] + patch + line[start + length :]
    with suppress(NormaliseError):
        assert len(events_of(body)) == 1
    recognise(body)


WORDS = ["Failed", "password", "for", "from", "port", "invalid user", "192.0.2.1", "22", "ssh2:", "USER=", "COMMAND="]
WORDS += [" ; ", "'", "rhost=", "pam_unix(", ":", "[preauth]", "session opened for user", "logname=", " by "]  # fmt: skip
PROGRAMS = [
    "sshd",
    "sudo",
    "su",
    "useradd",
    "gpasswd",
    "login",
    "polkitd",
    "pkexec",
    "CRON",
    "systemd-logind",
    "doas",
    "vsftpd",
    "su(pam_unix)",
]


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(PROGRAMS), st.lists(st.one_of(st.sampled_from(WORDS), st.text(max_size=5)), max_size=14))
def test_no_arrangement_of_words_breaks_a_reader(program: str, words: list[str]) -> None:
    with suppress(NormaliseError):
        assert len(events_of(f"Nov 22 08:00:00 srv {program}[1]: {' '.join(words)}".encode("utf-8", "replace"))) == 1


@pytest.mark.parametrize(
    "unit",
    [
        "a",
        " ",
        "from ",
        " from 1 port 1 ssh2",
        "rhost=",
        " rhost= user= ",
        "'",
        " ; USER=a",
        "[",
        "COMMAND=",
        "(",
        " by x ",
        ": ",
        "{",
        "pam_unix(",
        "\\",
        "\n",
    ],
)
@pytest.mark.parametrize(
    "start",
    [
        "sshd[1]: Failed password for ",
        "sudo: x : ",
        "sshd[1]: pam_unix(sshd:auth): authentication failure; logname=",
        "useradd[1]: change user '",
        "",
        "polkitd[1]: Operator of ",
    ],
)
def test_a_line_of_a_megabyte_is_read_in_a_time_linear_in_it(start: str, unit: str) -> None:
    body = f"Nov 22 08:00:00 srv {start}{unit * (1_000_000 // len(unit))}".encode()
    with bounded():
        recognise(body)
        events_of(body)


@pytest.mark.corpus
def test_every_address_that_fail2ban_finds_in_one_line_is_found(corpus: Path) -> None:
    missed = []
    total = 0
    for line in (corpus / "corpus/fail2ban/cases.jsonl").read_text("utf-8").splitlines():
        case = json.loads(line)
        expected = case["expected"] or {}
        host = expected.get("host") or "?"
        if (
            case["product"] not in ("sshd", "sshd-journal", "pam-generic")
            or not expected.get("match")
            or host not in case["raw"]
        ):
            continue
        total += 1
        (event,) = events_of(case["raw"].encode())
        found = values(event, "source.ip", "source.address", "source.domain")
        good = event["event"].get("outcome") == "failure" or "Accepted" in case["raw"] or "Connection closed by" in case["raw"]
        if host not in found or not good:
            missed.append(case["raw"])
    assert total > 90
    assert missed == []
