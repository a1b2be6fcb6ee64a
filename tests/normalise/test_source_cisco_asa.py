"""ASA: heads, directions, logins, denies, names of users, and that hostile lines cost little and raise NormaliseError only."""

# ruff: noqa: E501  (a log line stays on one line)

import json
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from normalise.cisco.firewall.fields import user_names
from normalise.cisco.firewall.reading import SHAPES
from normalise.cisco.firewall.shapes import compile_text
from normalise.envelope import normalise_raw
from normalise.sources.cisco_asa.parser import SOURCE
from tests.bounded import bounded
from vagt.contracts.event import Event, get_field
from vagt.contracts.raw import RawLog
from vagt.errors import NormaliseError

ZONE = ZoneInfo("Europe/Copenhagen")
RECEIVED = datetime(2026, 11, 22, 12, tzinfo=UTC)
HEAD = "<166>Nov 22 2026 10:15:30 fw1 : "


def parse(line: str | bytes) -> list[Event]:
    body = line.encode() if isinstance(line, str) else line
    raw = RawLog("751", None, body, RECEIVED, "syslog+udp", "192.0.2.1", "test:1")
    return normalise_raw(raw, SOURCE, False, ZONE, "2026-11-22T12:00:01.000Z", lambda tenant: f"Municipality {tenant}")


def one(text: str) -> Event:
    (event,) = parse(text if "%" in text else HEAD + text)
    return event


HEADS = [
    ("Nov 22 10:15:30 fw1: ", "fw1", "2026-11-22T09:15:30.000Z"),
    ("Nov 22 2026 10:15:30 fw1 : ", "fw1", "2026-11-22T09:15:30.000Z"),
    ("Nov 22 10:15:30 2001:db8::1 ", "2001:db8::1", "2026-11-22T09:15:30.000Z"),
    ("Nov 22 2026 10:15:30 UTC fw1 : ", "fw1", "2026-11-22T10:15:30.000Z"),
    ("Jul  1 2026 10:15:30 CEST: ", None, "2026-07-01T08:15:30.000Z"),
    ("Jul  1 2026 10:15:30 IST: ", None, "2026-07-01T08:15:30.000Z"),
    ("Nov 22 2026 10:15:30 ASA: ", "ASA", "2026-11-22T09:15:30.000Z"),
    ("2026-11-22T10:15:30Z fw1 : ", "fw1", "2026-11-22T10:15:30.000Z"),
    ("<166>1 2026-11-22T10:15:30Z fw1 - - - - ", "fw1", "2026-11-22T10:15:30.000Z"),
    ("<166>Nov 22 10:15:31 192.0.2.1 Nov 22 2026 10:15:30 fw1 : ", "fw1", "2026-11-22T09:15:30.000Z"),
    ("<166>Nov 22 10:15:31 192.0.2.1 Nov 22 2026 10:15:30: ", "192.0.2.1", "2026-11-22T09:15:30.000Z"),
    ("<166>", None, "2026-11-22T12:00:00.000Z"),
    ("", None, "2026-11-22T12:00:00.000Z"),
    ("Dec 30 10:15:30 fw1 : ", "fw1", "2025-12-30T09:15:30.000Z"),
]


@pytest.mark.parametrize(("head", "host", "moment"), HEADS, ids=[head or "nothing" for head, _, _ in HEADS])
def test_heads_name_the_firewall_and_the_time(head: str, host: str | None, moment: str) -> None:
    event = one(head + "%ASA-6-302010: 97 in use, 424 most used")
    assert event["observer"].get("hostname") == host
    assert event["@timestamp"] == moment


def test_an_outbound_connection_was_opened_by_its_second_end() -> None:
    built = one(
        "%ASA-6-302013: Built outbound TCP connection 5 for outside:198.51.100.9/443 (198.51.100.9/443) to inside:10.0.0.1/5000 (203.0.113.1/6000)"
    )
    assert built["source"] == {
        "address": "10.0.0.1",
        "ip": "10.0.0.1",
        "port": 5000,
        "nat": {"ip": "203.0.113.1", "port": 6000},
    }
    assert get_field(built, "destination.ip") == "198.51.100.9"
    torn = one(
        "%ASA-6-302014: Teardown TCP connection 5 for outside:198.51.100.9/443 to inside:10.0.0.1/5000 duration 0:00:01 bytes 9 TCP FINs"
    )
    assert torn["network"]["community_id"] == built["network"]["community_id"]
    assert torn["cisco"]["asa"]["connection_id"] == built["cisco"]["asa"]["connection_id"]


def test_a_duration_gives_start_and_end() -> None:
    event = one(HEAD + "%ASA-6-609002: Teardown local-host inside:10.0.0.1 duration 1:00:05")
    assert event["event"]["duration"] == 3_605_000_000_000
    assert event["event"]["start"] == "2026-11-22T08:15:25.000Z"
    assert event["event"]["end"] == "2026-11-22T09:15:30.000Z"


def test_a_name_in_place_of_an_address_is_a_domain() -> None:
    event = one(HEAD + "%ASA-6-305011: Built dynamic TCP translation from inside:filserver/50578 to outside:203.0.113.1/50578")
    assert event["source"] == {"address": "filserver", "domain": "filserver", "port": 50578}
    assert "filserver" in event["related"]["hosts"]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        (r"LOCAL\anna", ("anna", None)),
        (r"EXAMPLE\anna", ("anna", "EXAMPLE")),
        (r"LOCAL\EXAMPLE\anna", ("anna", "EXAMPLE")),
        (r"LOCAL\anna@example.dk", ("anna", "example.dk")),
        ("anna", ("anna", None)),
        ("@", ("@", None)),
        ("", ("", None)),
    ],
)
def test_users_and_their_domains(text: str, names: tuple[str, str | None]) -> None:
    assert user_names(text) == names


LOGINS = [
    (
        "113005: AAA user authentication Rejected : reason = AAA failure : server = 10.0.0.5 : user = anna : user IP = 203.0.113.9",
        "failure",
        True,
    ),
    (
        "113015: AAA user authentication Rejected : reason = Invalid password : local database : user = anna : user IP = 203.0.113.9",
        "failure",
        True,
    ),
    ("113012: AAA user authentication Successful : local database : user = anna", "success", False),
    ('605004: Login denied from 203.0.113.9/1 to outside:192.0.2.1/ssh for user "anna"', "failure", True),
    ('605005: Login permitted from 203.0.113.9/1 to outside:192.0.2.1/https for user "anna"', "success", True),
    ("611102: User authentication failed: IP address: 203.0.113.9, Uname: anna", "failure", True),
    ("716039: Group <g> User <anna> IP <203.0.113.9> Authentication: rejected, Session Type: WebVPN.", "failure", True),
    ("109006: Authentication failed for user anna from 203.0.113.9/1 to 10.0.0.1/80 on interface outside", "failure", True),
    ("713167: Group = g, Username = anna, IP = 203.0.113.9, Remote peer has failed user authentication", "failure", True),
]


@pytest.mark.parametrize(("text", "outcome", "has_source"), LOGINS, ids=[text[:6] for text, _, _ in LOGINS])
def test_logins_have_category_outcome_user_and_source(text: str, outcome: str, has_source: bool) -> None:
    event = one(f"{HEAD}%ASA-6-{text}")
    assert "authentication" in event["event"]["category"]
    assert event["event"]["outcome"] == outcome
    assert event["user"]["name"] == "anna"
    assert get_field(event, "source.ip") == ("203.0.113.9" if has_source else None)


def test_a_hidden_user_is_no_user() -> None:
    event = one(
        HEAD
        + "%ASA-6-113005: AAA user authentication Rejected: reason = x: server = 10.0.0.5 : user = *****: user IP = 203.0.113.9"
    )
    assert "user" not in event
    assert event["source"]["ip"] == "203.0.113.9"


@pytest.mark.parametrize(("word", "type_"), [("denied", "denied"), ("permitted", "allowed"), ("est-allowed", "allowed")])
def test_an_access_list_says_what_it_did(word: str, type_: str) -> None:
    event = one(
        f"{HEAD}%ASA-4-106100: access-list acl {word} tcp outside/203.0.113.9(1) -> dmz/192.0.2.80(22) hit-cnt 1 first hit [0x1, 0x0]"
    )
    assert type_ in event["event"]["type"]
    assert event["rule"]["name"] == "acl"


def test_the_firewall_is_the_host_of_what_is_about_itself_only() -> None:
    assert "host" not in one(HEAD + '%ASA-4-106023: Deny tcp src a:10.0.0.1/1 dst b:10.0.0.2/2 by access-group "x"')
    assert one(HEAD + "%ASA-5-111008: User 'anna' executed the 'reload' command.")["host"]["name"] == "fw1"


def test_an_unknown_number_keeps_its_text() -> None:
    event = one(HEAD + "%ASA-3-999999: something new")
    assert event["message"] == "something new"
    assert event["event"]["code"] == "999999"


def test_a_known_number_with_another_text_keeps_its_text() -> None:
    event = one(HEAD + "%ASA-6-302013: Built something else entirely")
    assert event["message"] == "Built something else entirely"
    assert "source" not in event


def test_wrapped_and_joined_messages_are_told_apart() -> None:
    events = parse(
        HEAD
        + "%ASA-3-710003: TCP access denied by ACL from\n 203.0.113.9/1 to outside:192.0.2.1/23\n"
        + HEAD
        + "%ASA-6-302010: 1 in use, 2 most used"
    )
    assert [event["event"]["code"] for event in events] == ["710003", "302010"]
    assert get_field(events[0], "source.ip") == "203.0.113.9"


@pytest.mark.parametrize(
    "line", ["", "hello", "%SYS-5-CONFIG_I: Configured", "%ASA-8-302013: x", "x" * 600 + "%ASA-6-302010: 1 in use, 2 most used"]
)
def test_what_is_no_asa_message_is_refused(line: str) -> None:
    with pytest.raises(NormaliseError):
        parse(line)


def test_every_text_of_the_table_compiles_with_names_that_are_used_once() -> None:
    assert compile_text("from {S} to {D}").groupindex.keys() >= {"s", "s_port", "d", "d_port"}
    assert len(SHAPES) > 300
    assert all(len(shapes) < 10 for shapes in SHAPES.values())


NUMBERS = st.sampled_from(sorted(SHAPES))
PIECES = st.sampled_from(
    [
        "Built ",
        "outbound ",
        "inbound ",
        "TCP ",
        "connection ",
        "1 ",
        "for ",
        "from ",
        "outside:",
        "10.0.0.1",
        "/80 ",
        "(",
        ")",
        " to ",
        "src ",
        "dst ",
        "Group = ",
        "Username = ",
        "IP = ",
        "<a> ",
        "User ",
        "duration 0:00:01 ",
        "bytes 99 ",
        "type 8 ",
        "code 0 ",
        ", ",
        "'",
        '"',
        "[0x0, 0x0]",
        "on interface x ",
        "access-list a denied ",
        "->",
        "Deny ",
        "Teardown ",
        "faddr 1.2.3.4/0 ",
        "laddr ::1/0 ",
        "SrcIP: 1.2.3.4, ",
        "\n",
        "\x00",
    ]
)


@settings(max_examples=400, deadline=None)
@given(NUMBERS, st.lists(st.one_of(PIECES, st.text(max_size=6)), max_size=25))
def test_hostile_messages_raise_normalise_error_only(number: str, pieces: list[str]) -> None:
    with suppress(NormaliseError):
        for event in parse(f"{HEAD}%ASA-6-{number}: {''.join(pieces)}"):
            assert event["event"]["dataset"] == "cisco.asa"


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=200), st.binary(max_size=100))
def test_hostile_bytes_raise_normalise_error_only(before: bytes, after: bytes) -> None:
    with suppress(NormaliseError):
        parse(before + b"%ASA-6-302013: " + after)


LONG = {
    "no number": "x" * 1_000_000,
    "numbers": "%ASA-6-" * 150_000,
    "blanks": HEAD + "%ASA-6-302013: Built" + " " * 1_000_000,
    "brackets": HEAD + "%ASA-4-733100: " + "[" * 1_000_000,
    "groups": HEAD
    + "%ASA-6-302014: Teardown TCP connection 1 for a:1/1 to b:2/2 duration 0:00:01 bytes 1 "
    + "from a " * 140_000,
    "quotes": HEAD + "%ASA-5-111010: User '" + "'" * 1_000_000,
    "reasons": HEAD + "%ASA-5-713050: Group = g, " + "reason: " * 120_000,
    "reasons and parts": HEAD + "%ASA-4-402119: IPSEC: Received an ESP packet from 1.1.1.1 to 2.2.2.2" + " ." * 400_000,
    "colons": HEAD + "%FTD-1-430003: " + "A: " * 300_000,
}


@pytest.mark.parametrize("line", LONG.values(), ids=LONG.keys())
def test_a_line_of_a_megabyte_is_read_in_a_time_linear_in_it(line: str) -> None:
    body = line.encode()
    with bounded():
        SOURCE.recognise(body)
        with suppress(NormaliseError):
            parse(body)


@pytest.mark.parametrize(
    "number", ["713050", "402119", "302014", "106023", "733100", "302003", "201010", "209005", "109002", "734001", "338004"]
)
def test_no_text_of_the_table_backtracks_without_end(number: str) -> None:
    for piece in ("a ", " ", "from a:b/1 to ", "(", "Reason: ", "0:00:01 ", ", ", "src x:1.1.1.1 "):
        with bounded():
            parse(f"{HEAD}%ASA-6-{number}: Group = a, {piece * 40_000}")


@pytest.mark.corpus
@pytest.mark.parametrize("product", ["beats/cisco_asa", "elastic_package/cisco_asa_log", "wazuh/cisco_asa", "wazuh/pix"])
def test_every_line_of_the_corpus_is_recognised_and_read(corpus: Path, product: str) -> None:
    cases: list[dict[str, Any]] = [json.loads(line) for line in (corpus / "corpus" / product / "cases.jsonl").open()]
    lines = [case["raw"] for case in cases if "%ASA-8-" not in case["raw"]]
    assert lines
    for line in lines:
        assert SOURCE.recognise(line.encode()) != ("%FTD-" in line)
        assert all("unmapped" not in event.get("vagt", {}) for event in parse(line))


@pytest.mark.corpus
def test_every_number_of_the_corpus_has_a_text_in_the_table(corpus: Path) -> None:
    for line in (corpus / "corpus/elastic_package/cisco_asa_log/cases.jsonl").open():
        raw = json.loads(line)["raw"]
        if "%ASA-8-" not in raw:
            (event,) = parse(raw)
            number = event["event"]["code"]
            assert number in SHAPES or number.startswith("43000")
