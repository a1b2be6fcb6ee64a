"""SonicWall: ends of all spellings, messages by number, CEF, and that damaged records raise NormaliseError only."""

import json
from pathlib import Path

import pytest

from normalise.sources.sonicwall_firewall.parser import SOURCE
from tests.normalise.reading import events, reader
from vagt.contracts.event import get_field
from vagt.errors import NormaliseError

one = reader(SOURCE)
HEAD = 'id=firewall sn=0040101C0001 time="2026-11-22 09:15:30 UTC" fw=192.0.2.60 pri=6 '


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("10.0.0.1:443:X0:pc.example.org", {"ip": "10.0.0.1", "port": 443, "domain": "pc.example.org"}),
        ("10.0.0.1:443", {"ip": "10.0.0.1", "port": 443}),
        ("10.0.0.1", {"ip": "10.0.0.1"}),
        ("[2001:db8::7]:443:X1", {"ip": "2001:db8::7", "port": 443}),
        ("2001:db8::7", {"ip": "2001:db8::7"}),
        (":443:X0:pc srcV6=2001:db8::7", {"ip": "2001:db8::7", "port": 443, "domain": "pc"}),
        ("::X0:pc srcV6=2001:db8::7", {"ip": "2001:db8::7", "domain": "pc"}),
        (" srcV6=2001:db8::7", {"ip": "2001:db8::7"}),
        ("vpn.example.org", {"domain": "vpn.example.org"}),
    ],
)
def test_an_end_is_address_port_interface_and_name(text: str, expected: dict[str, object]) -> None:
    source = one(HEAD + f'm=537 msg="Connection Closed" src={text}')["source"]
    assert {name: source[name] for name in expected} == expected


@pytest.mark.parametrize(
    ("number", "kind", "types"),
    [
        ("36", "event", ["connection", "denied"]),
        ("98", "event", ["connection", "allowed", "start"]),
        ("609", "alert", ["info", "denied"]),
        ("608", "alert", ["info", "allowed"]),
    ],
)
def test_the_number_tells_what_happened(number: str, kind: str, types: list[str]) -> None:
    event = one(HEAD + f'm={number} msg="x" src=10.0.0.1:1:X0')
    assert (event["event"]["kind"], event["event"]["type"]) == (kind, types)


def test_an_alert_that_the_firewall_dropped_is_denied() -> None:
    assert one(HEAD + 'm=608 msg="x" fw_action="drop"')["event"]["type"] == ["info", "denied"]


@pytest.mark.parametrize(
    ("number", "text", "outcome"),
    [
        ("30", "Administrator login denied due to bad credentials", "failure"),
        ("29", "Administrator login allowed", "success"),
        ("99999", "Remote user login failed", "failure"),
    ],
)
def test_logins_have_user_address_and_outcome(number: str, text: str, outcome: str) -> None:
    event = one(HEAD + f'm={number} msg="{text}" usr="admin" src=203.0.113.5:1:X1')
    assert event["event"]["category"] == ["authentication"]
    assert (event["event"]["outcome"], event["user"]["name"], event["source"]["ip"]) == (outcome, "admin", "203.0.113.5")


def test_a_number_that_is_not_known_says_so() -> None:
    assert get_field(one(HEAD + 'm=65000 c=1 msg="Something"'), "vagt.source.partly") == "message 65000"


@pytest.mark.parametrize(
    ("number", "category", "types", "outcome"),
    [
        ("520", "authentication", ["end"], "success"),  # CLI administrator logged out
        ("238", "authentication", ["start"], "success"),  # WAN zone remote user login allowed
        ("243", "authentication", ["start"], "failure"),  # RADIUS refuses
        ("438", "iam", ["user", "change"], "success"),  # lock-out is over
        ("551", "session", ["end"], "success"),  # guest account timeout
        ("506", "configuration", ["change"], "success"),  # VPN disabled by administrator
        ("862", "configuration", ["change"], "success"),  # flood black list switched on: no attack
        ("440", "configuration", ["creation"], "success"),  # access rule added
        ("1315", "configuration", ["deletion"], "success"),  # NAT policy deleted
        ("1600", "configuration", ["change"], "success"),  # content filter policy modified
        ("526", "network", ["connection", "allowed"], "success"),  # web management request allowed
        ("1199", "network", ["connection", "denied"], "success"),  # responder from country blocked
        ("427", "network", ["connection", "info"], None),  # tunnel status changed
        ("413", "network", ["connection", "end"], "success"),  # IKE: SA deleted
        ("148", "host", ["info"], "failure"),  # heartbeat missed
        ("1559", "host", ["info"], None),  # anti-virus agent missing: no malware
    ],
)
def test_a_number_has_the_meaning_that_the_vendor_gives_it(number: str, category: str, types: list[str], outcome: str) -> None:
    event = one(HEAD + f'm={number} msg="x"')["event"]
    assert (event["category"], event["type"], event.get("outcome")) == ([category], types, outcome)
    assert event["kind"] == "event"


@pytest.mark.parametrize(
    ("number", "types"),
    [("1200", ["info", "denied"]), ("1476", ["info", "denied"]), ("794", ["info", "denied"]), ("795", ["info", "allowed"])],
)
def test_prevention_is_denied_and_detection_is_not(number: str, types: list[str]) -> None:
    event = one(HEAD + f'm={number} msg="x" fw_action="NA"')["event"]
    assert (event["kind"], event["type"]) == ("alert", types)


def test_a_sandbox_verdict_is_malware_only_where_it_is_bad() -> None:
    bad, good = (one(HEAD + f'm=1631 msg="Gateway Anti-Virus Status: {word}. x"')["event"] for word in ("BAD", "GOOD"))
    assert (bad["kind"], bad["category"]) == ("alert", ["malware", "network"])
    assert (good["kind"], good["category"]) == ("event", ["file"])


def test_a_number_that_is_not_known_keeps_the_vendors_fields() -> None:
    event = one(HEAD + 'm=65000 c=16 gcat=4 msg="Something" usr="bo" note="why" fw_action="NA"')
    assert event["sonicwall"]["firewall"] == {
        "id": "firewall", "m": "65000", "c": "16", "gcat": "4", "note": "why", "fw_action": "NA"
    }  # fmt: skip
    assert (event["user"]["name"], event["event"]["reason"]) == ("bo", "why")
    assert get_field(event, "vagt.source.partly") == "message 65000"


def test_sma_has_numbers_of_its_own_and_its_time_in_utc() -> None:
    event = one(
        'id=sslvpn sn=1 time="2026-11-22 10:15:30" vp_time="2026-11-22 09:15:30 UTC" fw=192.0.2.60 pri=5 m=36 c=4 '
        'src=203.0.113.5 dst="vpn.example.org" user="bo" usr="bo" msg="User login successful"'
    )
    assert event["@timestamp"] == "2026-11-22T09:15:30.000Z"
    assert (event["event"]["category"], event["event"]["outcome"]) == (["authentication"], "success")
    assert (event["destination"]["domain"], event["observer"]["type"]) == ("vpn.example.org", "vpn")


def test_icmp_has_types_and_no_ports() -> None:
    event = one(HEAD + 'm=38 msg="x" src=10.0.0.1:8:X0 dst=10.0.0.2:8:X1 proto=icmp type=8 code=0')
    assert event["vagt"]["icmp"] == {"type": 8, "code": 0}
    assert "port" not in event["source"] and "port" not in event["destination"]


def test_details_go_to_their_fields() -> None:
    event = one(
        HEAD + 'm=97 msg="Web site hit" src=10.0.0.1:1:X0 usr="Unknown (SSO failed)" op=2 dstname=www.example.org arg=/a?b=c '
        'appName=\'General HTTPS\' fileid="00112233445566778899aabbccddeeff" spycat="Adware"'
    )
    assert "user" not in event and event["sonicwall"]["firewall"]["usr"] == "Unknown (SSO failed)"
    assert event["url"] == {"domain": "www.example.org", "path": "/a", "query": "b=c"}
    assert event["http"]["request"]["method"] == "POST"
    assert event["network"]["application"] == "general https"
    assert event["file"]["hash"] == {"md5": "00112233445566778899aabbccddeeff"}
    assert event["rule"]["category"] == "Adware"


def test_a_name_beside_another_message_is_no_site() -> None:
    event = one(HEAD + 'm=65000 msg="x" dstname="Anything"')
    assert "url" not in event and event["sonicwall"]["firewall"]["dstname"] == "Anything"


def test_cef_has_values_in_its_labels_and_counts_what_the_source_sent_in_out() -> None:
    event = one(
        "<134>CEF:0|SonicWall|NSa 4700|7.0.1|537|Connection Closed|4|cat=1024 gcat=6 src=10.0.0.1 spt= 12345 "
        "deviceInboundInterface=X0 cs3Label=LAN cs1Label=192.0.2.1 snpt=999 dst=192.0.2.9 dpt=443 deviceOutboundInterface=X1 "
        'cs4Label=WAN cs2Label=192.0.2.8 dnpt=8443 susr="bo" proto=tcp/https out=10 in=30 cn2Label=1 cn1Label=2 cn3Label=5 '
        'cs1="LAN -> WAN" app=49177 reason=22 Category-"News" cs6="why" request=www.example.org/a requestMethod=1'
    )
    assert event["source"] == {
        "ip": "10.0.0.1", "port": 12345, "bytes": 10, "packets": 1, "nat": {"ip": "192.0.2.1", "port": 999},
        "user": {"name": "bo"},
    }  # fmt: skip
    assert event["destination"] == {
        "ip": "192.0.2.9", "port": 443, "bytes": 30, "packets": 2, "nat": {"ip": "192.0.2.8", "port": 8443}
    }  # fmt: skip
    assert event["observer"]["ingress"] == {"interface": {"name": "X0"}, "zone": "LAN"}
    assert (event["rule"]["name"], event["event"]["reason"], event["event"]["duration"]) == ("LAN -> WAN", "why", 5_000_000)
    assert (event["url"]["domain"], event["http"]["request"]["method"]) == ("www.example.org", "GET")
    assert event["event"]["action"] == event["message"] == "Connection Closed"
    assert event["sonicwall"]["firewall"]["Category"] == "News"


@pytest.mark.parametrize("body", [b'id=firewall time="x" pri=1', b"CEF:0|Other|x|1|1|n|1|", b"hello fw= m="])
def test_other_records_are_neither_recognised_nor_read(body: bytes) -> None:
    assert not SOURCE.recognise(body)


def test_what_is_no_message_is_refused() -> None:
    with pytest.raises(NormaliseError):
        events(SOURCE, "id=firewall hello")


@pytest.mark.corpus
@pytest.mark.parametrize("product", ["beats/sonicwall_firewall", "wazuh/SonicWall"])
def test_every_line_of_the_corpus_is_recognised_and_read(corpus: Path, product: str) -> None:
    for case in map(json.loads, (corpus / "corpus" / product / "cases.jsonl").open()):
        assert SOURCE.recognise(case["raw"].encode())
        assert one(case["raw"])["event"]["category"] != ["host"]
