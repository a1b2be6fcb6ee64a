"""IOS and NX-OS: heads, whose a line is, logins, access lists, commands, and that hostile lines cost little."""

# ruff: noqa: E501  (a log line stays on one line)

import json
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from normalise.cisco.addresses import mac_address
from normalise.cisco.mnemonics.reading import SHAPES
from normalise.envelope import normalise_raw
from normalise.registry import source_for, sources
from normalise.source import Source
from normalise.sources.cisco_ios.parser import SOURCE as IOS
from normalise.sources.cisco_nxos.parser import SOURCE as NXOS
from vagt.contracts.event import Event, get_field
from vagt.contracts.raw import RawLog
from vagt.errors import NormaliseError

ZONE = ZoneInfo("Europe/Copenhagen")
RECEIVED = datetime(2026, 11, 22, 12, tzinfo=UTC)
HEAD = "<189>29: sw1: Nov 22 2026 10:15:30.123 CET: "
LINK = "%LINK-3-UPDOWN: Interface Gi0/1, changed state to up"


def parse(line: str | bytes, source: Source = IOS) -> list[Event]:
    body = line.encode() if isinstance(line, str) else line
    raw = RawLog("751", None, body, RECEIVED, "syslog+udp", "192.0.2.1", "test:1")
    return normalise_raw(raw, source, False, ZONE, "2026-11-22T12:00:01.000Z", lambda tenant: f"Municipality {tenant}")


def one(text: str, source: Source = IOS) -> Event:
    (event,) = parse(HEAD + text, source)
    return event


HEADS = [
    ("", None, None, "2026-11-22T12:00:00.000Z"),
    ("00:00:47: ", None, None, "2026-11-22T12:00:00.000Z"),
    ("1w2d: ", None, None, "2026-11-22T12:00:00.000Z"),
    ("<189>29: Nov 22 10:15:30: ", None, 29, "2026-11-22T09:15:30.000Z"),
    ("<189>29: *Nov 22 10:15:30.123: ", None, 29, "2026-11-22T09:15:30.123Z"),
    ("<189>29: .Nov 22 10:15:30.123 CET: ", None, 29, "2026-11-22T09:15:30.123Z"),
    ("<189>29: 000123: Nov 22 10:15:30: ", None, 123, "2026-11-22T09:15:30.000Z"),
    ("<189>29: sw1: 000123: Nov 22 10:15:30: ", "sw1", 123, "2026-11-22T09:15:30.000Z"),
    ("<189>29: sw1: Nov 22 2026 10:15:30 UTC: ", "sw1", 29, "2026-11-22T10:15:30.000Z"),
    ("<189>29: Nov 22 10:15:30 gmt: ", None, 29, "2026-11-22T10:15:30.000Z"),
    ("<189>29: Nov 22 10:15:30.5 WEST: ", None, 29, "2026-11-22T09:15:30.500Z"),
    ("<189>29: Nov  2 10:15:30: ", None, 29, "2026-11-02T09:15:30.000Z"),
    ("Nov 22 10:15:31 sw1 29: Nov 22 10:15:30: ", "sw1", 29, "2026-11-22T09:15:30.000Z"),
    ("Nov 22 10:15:31 2001:db8::1 29: Nov 22 10:15:30: ", "2001:db8::1", 29, "2026-11-22T09:15:30.000Z"),
    ("Nov 22 10:15:30 sw1 ", "sw1", None, "2026-11-22T09:15:30.000Z"),
    ("<189>1 2026-11-22T10:15:30Z sw1 - - - - ", "sw1", None, "2026-11-22T10:15:30.000Z"),
    ("<189>29: rtr RP/0/RSP0/CPU0:Nov 22 10:15:30.123 CET: ifmgr[218]: ", "rtr", 29, "2026-11-22T09:15:30.123Z"),
    ("<189>RP/0/0/CPU0:Nov 22 10:15:30.123 : ifmgr[218]: ", None, None, "2026-11-22T09:15:30.123Z"),
    ("<131>wlc: *task_0: Nov 22 10:15:30.123: ", "wlc", None, "2026-11-22T09:15:30.123Z"),
]


@pytest.mark.parametrize(("head", "host", "sequence", "moment"), HEADS, ids=[head or "nothing" for head, *_ in HEADS])
def test_heads_name_device_sequence_and_time(head: str, host: str | None, sequence: int | None, moment: str) -> None:
    (event,) = parse(head + LINK)
    assert event["observer"].get("name") == host
    assert event["event"].get("sequence") == sequence
    assert event["@timestamp"] == moment
    assert IOS.recognise((head + LINK).encode())


WHOSE = [
    ("<189>29: Nov 22 10:15:30: %SYS-5-CONFIG_I: Configured from console by console", "cisco.ios"),
    ("<189>sw1: 2026 Nov 22 10:15:30 CET: %ETHPORT-5-SPEED: Interface Ethernet1/1, operational speed changed", "cisco.nxos"),
    ("<189>: 2026 Nov 22 10:15:30 Berlin: %SYSMGR-5-NOTE: x", "cisco.nxos"),
    ("Nov 22 10:15:30 sw1 %ETHPORT-5-SPEED: Interface Ethernet1/1, operational speed changed", "cisco.nxos"),
    ("Nov 22 10:15:30 leaf %LOG_LOCAL0-2-SYSTEM_MSG [F0110][soaking][a][critical][b]", "cisco.nxos"),
    ("Nov 22 2026 10:15:30 fw1 : %ASA-6-302010: 1 in use, 2 most used", "cisco.asa"),
    ("Nov 22 2026 10:15:30 fw1 : %FTD-6-302010: 1 in use, 2 most used", "cisco.ftd"),
    ("2026-11-22T10:15:30Z eos1 Acl: %ACL-6-IPACCESS: list a Ethernet1 denied tcp 10.0.0.1(1) -> 10.0.0.2(2)", None),
    ("<189>: 2026 Nov 22 10:15:30 CET: %UCSM-6-AUDIT: [session][internal][creation]", None),
    ("Nov 22 10:15:30 web1 app: 100%SURE-5-NOT a mnemonic", None),
    ("Nov 22 10:15:30 web1 app[7]: GET /a%20B-5-C HTTP/1.1", None),
]


@pytest.mark.parametrize(("line", "source"), WHOSE, ids=[line[:60] for line, _ in WHOSE])
def test_the_line_tells_whose_it_is(line: str, source: str | None) -> None:
    found = source_for(None, line.encode())[0].id
    assert found == source if source else found not in ("cisco.ios", "cisco.nxos")


LOGINS = [
    ("%SEC_LOGIN-5-LOGIN_SUCCESS: Login Success [user: anna] [Source: 203.0.113.9] [localport: 22] at 10:00", "success"),
    ("%SEC_LOGIN-4-LOGIN_FAILED: Login failed [user: anna] [Source: 203.0.113.9] [localport: 22] [Reason: x] at 10:00", "failure"),
    ("%SEC_LOGIN-5-WEBLOGIN_SUCCESS: Login Success from host 203.0.113.9 by user 'anna' using crypto", "success"),
    ("%SSH-5-SSH2_USERAUTH: User 'anna' authentication for SSH2 Session from 203.0.113.9 (tty = 0) using crypto cipher 'a', hmac 'b' Failed", "failure"),
    ("%SSH-5-SSH2_USERAUTH: User 'anna' authentication for SSH2 Session from 203.0.113.9 (tty = 0) using crypto cipher 'a', hmac 'b' Succeeded", "success"),
    ("%SYS-5-PRIV_AUTH_FAIL: Authentication to Privilege level 15 failed by anna on vty0 (203.0.113.9)", "failure"),
    ("%SECURITY-SSHD-4-INFO_FAILURE : Failed authentication attempt by user 'anna' from '203.0.113.9' on 'vty0'", "failure"),
    ("%SECURITY-LOGIN-6-AUTHEN_SUCCESS : Successfully authenticated user 'anna' from '203.0.113.9' on 'vty0'", "success"),
    ("%AUTHPRIV-3-SYSTEM_MSG: pam_aaa:Authentication failed for user anna from 203.0.113.9 - sshd[1]", "failure"),
    ("%DAEMON-6-SYSTEM_MSG: Accepted password for anna from 203.0.113.9 port 5 ssh2 - dcos_sshd[1]", "success"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "outcome"), LOGINS, ids=[text.partition(":")[0] for text, _ in LOGINS])
def test_logins_have_category_outcome_user_and_source(text: str, outcome: str) -> None:
    event = one(text)
    assert "authentication" in event["event"]["category"]
    assert event["event"]["outcome"] == outcome
    assert event["user"]["name"] == "anna"
    assert event["source"]["ip"] == "203.0.113.9"
    assert event["host"]["name"] == "sw1"


@pytest.mark.parametrize(
    ("text", "type_"),
    [
        ("%SEC-6-IPACCESSLOGP: list 1 denied tcp 203.0.113.9(1) -> 192.0.2.80(22), 1 packet", "denied"),
        (
            "%SEC-6-IPACCESSLOGP: list 1 permitted tcp 203.0.113.9(1) (Vlan1 0000.5e00.5301) -> 192.0.2.80(22), 2 packets",
            "allowed",
        ),
        ("%ACL-IPV4_ACL-6-IPACCESSLOGP : access-list A (10) deny tcp 203.0.113.9(1) -> 192.0.2.80(22), 1 packet", "denied"),
        ("%IPV6-6-ACCESSLOGP: list A/10 denied tcp 2001:DB8::9(1) -> 2001:DB8::80(22), 1 packet", "denied"),
    ],
)
def test_an_access_list_says_what_it_did_with_whose_packets(text: str, type_: str) -> None:
    event = one(text)
    assert type_ in event["event"]["type"]
    assert (event["source"]["port"], event["destination"]["port"]) == (1, 22)
    assert event["network"]["transport"] == "tcp"
    assert event["rule"]["name"] == event["cisco"]["ios"]["access_list"]


def test_what_was_typed_is_kept_with_who_typed_it() -> None:
    event = one("%PARSER-5-CFGLOG_LOGGEDCMD: User:drift  logged command:no logging host 192.0.2.90")
    assert event["cisco"]["ios"]["command"] == "no logging host 192.0.2.90"
    assert (event["user"]["name"], event["event"]["type"]) == ("drift", ["change"])


def test_accounting_of_nxos_is_a_command() -> None:
    event = one(
        "%AAA-6-AAA_ACCOUNTING_MESSAGE: update:192.0.2.10@pts/0:drift:configure terminal ; no feature x (FAILURE)", NXOS
    )
    assert event["cisco"]["nxos"]["command"] == "configure terminal ; no feature x"
    assert (event["source"]["ip"], event["event"]["outcome"]) == ("192.0.2.10", "failure")


def test_a_process_of_ios_xe_before_the_text_is_passed_over() -> None:
    event = one(
        "%SESSION_MGR-5-FAIL: Switch 1 R0/0: sessmgrd: Authorization failed for client (0000.5e00.5301) on Interface Gi1/0/2 AuditSessionID 0A"
    )
    assert event["process"]["name"] == "sessmgrd"
    assert event["source"]["mac"] == "00-00-5E-00-53-01"
    assert event["event"]["outcome"] == "failure"


@pytest.mark.parametrize("text", ["0000.5e00.53ab", "00:00:5e:00:53:AB", "00-00-5e-00-53-ab"])
def test_mac_addresses_are_written_as_ecs_wants_them(text: str) -> None:
    assert mac_address(text) == "00-00-5E-00-53-AB"


@pytest.mark.parametrize("text", ["", "0000.5e00", "zz:00:5e:00:53:ab", "00:00:5e:00:53:ab:01"])
def test_what_is_no_mac_address_is_none(text: str) -> None:
    assert mac_address(text) is None


def test_an_unknown_facility_says_that_it_is_unknown() -> None:
    assert get_field(one("%NEWTHING-3-HAPPENED: x"), "vagt.source.partly") == "message NEWTHING-HAPPENED"
    assert get_field(one("%FAN-3-FAN_FAILED: x"), "vagt.source.partly") is None


@pytest.mark.parametrize("line", ["", "hello", "x" * 600 + LINK, "%lower-5-CASE: x", "<999>" + LINK])
def test_what_has_no_mnemonic_is_refused(line: str) -> None:
    with pytest.raises(NormaliseError):
        parse(line)


FOLDER = Path(__file__).parents[2] / "normalise/sources"
SAMPLES = [
    line for name in ("cisco_ios", "cisco_nxos") for path in sorted((FOLDER / name / "samples").glob("*.log")) for line in path.read_bytes().splitlines()
]  # fmt: skip


@settings(max_examples=400, deadline=None)
@given(st.sampled_from(SAMPLES), st.integers(0, 200), st.integers(0, 40), st.binary(max_size=12))
def test_mutated_samples_raise_normalise_error_only(line: bytes, at: int, cut: int, put: bytes) -> None:
    body = line[:at] + put + line[at + cut :]
    for source in (IOS, NXOS):
        source.recognise(body)
        with suppress(NormaliseError):
            for event in parse(body, source):
                assert event["event"]["dataset"] == source.id


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(sorted(SHAPES)), st.text(max_size=80))
def test_hostile_texts_raise_normalise_error_only(key: str, text: str) -> None:
    facility, _, mnemonic = key.rpartition("-")
    with suppress(NormaliseError):
        for event in parse(f"{HEAD}%{facility or 'X'}-5-{mnemonic}: {text}"):
            assert event["cisco"]["ios"]["mnemonic"] == mnemonic


@pytest.mark.parametrize(
    "piece",
    ["client (", "user: ", "MAC: ", "Src IP: 1.1.1.1 ", "on a, ", "'", "peer at 1", "[user: ]", "from 1.1.1.1 ", "Reason: "],
)
def test_no_text_of_the_tables_backtracks_without_end(piece: str) -> None:
    for key in SHAPES:  # a text that goes back over all of it takes minutes
        facility, _, mnemonic = key.rpartition("-")
        assert len(parse(f"{HEAD}%{facility or 'X'}-5-{mnemonic}: {piece * 2000}")) == 1


@pytest.mark.corpus
@pytest.mark.parametrize(
    ("product", "source"), [("beats/cisco_ios", IOS), ("beats/cisco_nexus", NXOS), ("wazuh/cisco_ios", IOS)]
)
def test_every_line_of_the_corpus_is_recognised_and_read(corpus: Path, product: str, source: Source) -> None:
    lines = [json.loads(line)["raw"] for line in (corpus / "corpus" / product / "cases.jsonl").open()]
    assert lines
    for line in lines:
        assert [one.id for one in sources().values() if one.id.startswith("cisco.") and one.recognise(line.encode())] == [
            source.id
        ]
        assert all("unmapped" not in event.get("vagt", {}) for event in parse(line, source))
