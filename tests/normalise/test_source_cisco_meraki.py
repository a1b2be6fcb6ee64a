"""Meraki: who sent it and when, allowed or denied, threats, logins, and hostile lines."""

# ruff: noqa: E501  (a log line stays on one line)

import json
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from normalise.envelope import normalise_raw
from normalise.registry import source_for
from normalise.sources.cisco_meraki.parser import SOURCE
from vagt.contracts.event import Event, get_field
from vagt.contracts.raw import RawLog
from vagt.errors import NormaliseError

HEAD = "<134>1 1795341600.123456789 MX_1 "


def parse(line: str | bytes) -> list[Event]:
    body = line.encode() if isinstance(line, str) else line
    raw = RawLog("751", None, body, datetime(2026, 11, 22, 12, tzinfo=UTC), "syslog+udp", "192.0.2.1", "test:1")
    zone = ZoneInfo("Europe/Copenhagen")
    return normalise_raw(raw, SOURCE, False, zone, "2026-11-22T12:00:01.000Z", lambda tenant: f"Municipality {tenant}")


def one(text: str) -> Event:
    (event,) = parse(HEAD + text)
    return event


@pytest.mark.parametrize(
    ("head", "moment", "relay"),
    [
        ("<134>1 1795341600.123456789 MX_1 ", "2026-11-22T10:00:00.123456Z", None),
        ("1795341600.5 MX_1 ", "2026-11-22T10:00:00.500Z", None),
        ("<134>1 1795341600 MX_1 ", "2026-11-22T10:00:00.000Z", None),
        ("<134>1 1795341600123 MX_1 ", "2026-11-22T10:00:00.123Z", None),
        ("Nov 22 10:00:01 192.0.2.1 1 1795341600.1 MX_1 ", "2026-11-22T10:00:00.100Z", ["192.0.2.1"]),
    ],
)
def test_heads_name_device_time_and_relay(head: str, moment: str, relay: list[str] | None) -> None:
    line = head + "flows src=10.0.0.1 dst=10.0.0.2 protocol=udp sport=1 dport=2 pattern: allow all"
    (event,) = parse(line)
    assert event["@timestamp"] == moment
    assert event["observer"]["name"] == "MX_1"
    assert event["observer"].get("ip") == relay
    assert source_for(None, line.encode())[0].id == "cisco.meraki"


@pytest.mark.parametrize(
    ("text", "type_"),
    [
        ("flows src=10.0.0.1 dst=10.0.0.2 protocol=tcp sport=1 dport=2 pattern: 1 all", "denied"),
        ("flows src=10.0.0.1 dst=10.0.0.2 protocol=tcp sport=1 dport=2 pattern: 0 all", "allowed"),
        ("flows deny src=10.0.0.1 dst=10.0.0.2 protocol=tcp sport=1 dport=2", "denied"),
        ("firewall src=10.0.0.1 dst=10.0.0.2 protocol=tcp sport=1 dport=2 pattern: deny all", "denied"),
        ("vpn_firewall src=10.0.0.1 dst=10.0.0.2 protocol=tcp sport=1 dport=2 pattern: allow all", "allowed"),
    ],
)
def test_a_flow_says_whether_it_passed(text: str, type_: str) -> None:
    event = one(text)
    assert type_ in event["event"]["type"]
    assert (event["source"]["port"], event["destination"]["port"]) == (1, 2)


def test_a_url_may_hold_what_looks_like_pairs() -> None:
    event = one(
        "urls src=10.0.0.1:5 dst=10.0.0.2:80 mac=00:00:5E:00:53:01 request: GET http://example.org/a?src=9.9.9.9 message: x"
    )
    assert event["source"]["ip"] == "10.0.0.1"
    assert get_field(event, "url.query") == "src=9.9.9.9 message: x"


def test_malware_is_an_alert_and_a_clean_file_is_none() -> None:
    base = (
        "security_event security_filtering_file_scanned url=http://example.org/a.exe src=10.0.0.1:5 dst=10.0.0.2:80 name='X' sha256="
        + "0" * 64
    )
    bad, good = one(base + " disposition=malicious action=block"), one(base + " disposition=clean action=allow")
    assert (bad["event"]["kind"], bad["event"]["type"]) == ("alert", ["info", "denied"])
    assert (good["event"]["kind"], good["event"]["category"]) == ("event", ["file"])
    assert bad["file"]["name"] == "a.exe"


def test_an_ids_alert_names_its_rule() -> None:
    event = one(
        "security_event ids_alerted signature=1:2:3 priority=1 timestamp=1795341600.1 direction=ingress protocol=tcp/ip src=203.0.113.9:80 dst=10.0.0.1:5 message: BAD THING"
    )
    assert event["event"]["kind"] == "alert"
    assert event["rule"] == {"id": "1:2:3", "name": "BAD THING"}


@pytest.mark.parametrize(
    ("text", "outcome"),
    [
        ("events type=8021x_eap_failure client_mac='00:00:5E:00:53:01' identity='anna'", "failure"),
        ("events type=8021x_eap_success client_mac='00:00:5E:00:53:01' identity='anna'", "success"),
        ("events client_vpn_connect user id 'anna' local ip 10.0.0.9 connected from 203.0.113.9", "success"),
    ],
)
def test_logins_have_category_outcome_and_user(text: str, outcome: str) -> None:
    event = one(text)
    assert "authentication" in event["event"]["category"]
    assert event["event"]["outcome"] == outcome
    assert event["user"]["name"] == "anna"


def test_an_event_that_is_not_known_keeps_its_pairs_and_says_so() -> None:
    event = one("events type=new_thing port='4'")
    assert event["cisco"]["meraki"]["port"] == "4"
    assert get_field(event, "vagt.source.partly") == "event new_thing"


@pytest.mark.parametrize(
    "line", ["", "events type=x", "Nov 22 10:00:00 web1 events flows urls", "1795341600.1 web1 eventsource x"]
)
def test_what_is_no_meraki_log_is_refused(line: str) -> None:
    assert not SOURCE.recognise(line.encode())
    with pytest.raises(NormaliseError):
        parse(line)


@pytest.mark.parametrize("piece", ["a=", "a='", "x ", "message", "dhcp lease of ip 1 ", "virtual "])
def test_long_lines_are_read(piece: str) -> None:
    for kind in ("flows", "events", "security_event", "urls"):
        assert len(parse(f"{HEAD}{kind} {piece * 100_000}")) == 1


@pytest.mark.corpus
def test_every_line_of_the_corpus_is_recognised_and_read(corpus: Path) -> None:
    lines = [json.loads(line)["raw"] for line in (corpus / "corpus/elastic_integrations/cisco_meraki/cases.jsonl").open()]
    assert lines
    for line in lines:
        assert SOURCE.recognise(line.encode())
        assert all("unmapped" not in event.get("vagt", {}) for event in parse(line))
