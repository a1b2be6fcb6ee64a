"""UniFi: CEF of the consoles, stations of the access points, and what of a gateway is another source's."""

import pytest
from hypothesis import given, settings

from normalise.registry import source_for
from normalise.sources.ubiquiti_unifi.parser import SOURCE
from tests.normalise.mutations import assert_only_normalise_errors, mutated, sample_lines
from tests.normalise.reading import events, reader
from vagt.errors import NormaliseError

one = reader(SOURCE)
CEF = "CEF:0|Ubiquiti|UniFi Network|9.4.19|"
AP = "<30>Nov 22 10:15:31 ap-1 00005e005382,U7PG2-6.5.28+14491: hostapd[1807]: ath3: "


def test_a_blocked_threat_is_an_alert_with_rule_zones_and_the_consoles_utc_time() -> None:
    event = one(
        CEF + "201|Threat Detected and Blocked|7|proto=TCP src=203.0.113.10 spt=1 dst=10.0.0.1 dpt=80 act=blocked "
        "UNIFIsubCategory=Intrusion Prevention UNIFIsrcZone=External UNIFIipsSignature=ET X UNIFIipsSignatureId=7 "
        "UNIFIutcTime=2026-11-22T09:15:31.807Z msg=m"
    )
    assert (event["event"]["kind"], event["event"]["type"]) == ("alert", ["denied"])
    assert event["rule"] == {"name": "ET X", "id": "7"}
    assert event["observer"]["ingress"]["zone"] == "External"
    assert event["@timestamp"] == "2026-11-22T09:15:31.807Z"


@pytest.mark.parametrize(
    ("name", "category", "types", "outcome"),
    [
        ("Admin Accessed UniFi Network", "authentication", ["start"], "success"),
        ("Admin Login Failed", "authentication", ["start"], "failure"),
        ("Admin Made Config Changes", "configuration", ["change"], None),
        ("WiFi Client Connected", "network", ["connection", "start"], None),
        ("WiFi Client Disconnected", "network", ["connection", "end"], None),
        ("Device Adopted", "configuration", ["change"], None),
        ("Internet Restored", "host", ["info"], None),
    ],
)
def test_a_name_says_what_happened(name: str, category: str, types: list[str], outcome: str | None) -> None:
    event = one(CEF + f"1|{name}|1|UNIFIhost=UDM msg=text")
    assert (event["event"]["category"], event["event"]["type"]) == ([category], types)
    assert event["event"].get("outcome") == outcome


def test_unifi_os_leaves_out_the_name_and_is_read_all_the_same() -> None:
    event = one(
        "Nov 22 10:15:37 udm CEF:0|Ubiquiti|UniFi OS|4.3.6|admins|1|msg=Bo accessed the UniFi OS via x. Source IP: 198.51.100.4"
    )
    assert (event["user"]["name"], event["source"]["ip"], event["event"]["severity"]) == ("Bo", "198.51.100.4", 1)


@pytest.mark.parametrize(
    ("text", "action", "outcome"),
    [
        ("STA 00:00:5e:00:53:41 IEEE 802.11: associated", "associated", None),
        ("STA 00:00:5e:00:53:41 IEEE 802.1X: authentication failed - EAP type: 25 (PEAP)", "authentication_failed", "failure"),
        ("AP-STA-POSSIBLE-PSK-MISMATCH 00:00:5e:00:53:41", "psk_mismatch", "failure"),
    ],
)
def test_a_station_has_its_address_and_the_access_point_its_model(text: str, action: str, outcome: str | None) -> None:
    event = one(AP + text)
    assert (event["event"]["action"], event["event"].get("outcome")) == (action, outcome)
    assert event["source"]["mac"] == "00-00-5E-00-53-41"
    assert (event["observer"]["product"], event["observer"]["mac"]) == ("U7PG2", ["00-00-5E-00-53-82"])


def test_a_part_that_events_share_is_not_changed_by_one_of_them() -> None:
    one(AP + "STA 00:00:5e:00:53:41 IEEE 802.11: associated")
    other = one("<30>Nov 22 10:15:31 ap-1 00005e005382,U7PG2-6.5.28+14491: mcad[5]: text")
    assert "ingress" not in other["observer"]


PACKET = '<4>Nov 22 10:15:15 udm [WAN_LOCAL-D-2147483647] DESCR="x" IN=eth8 OUT= SRC=192.0.2.1 DST=192.0.2.25 PROTO=UDP SPT=1'


def test_packets_of_a_gateway_are_netfilters_and_read_here_where_the_source_is_named() -> None:
    assert source_for(None, PACKET.encode())[0].id == "linux.netfilter"
    event = one(PACKET)
    assert (event["source"]["ip"], event["event"]["dataset"]) == ("192.0.2.1", "ubiquiti.unifi")


def test_what_is_of_no_device_is_refused() -> None:
    with pytest.raises(NormaliseError):
        events(SOURCE, "hello")


@settings(max_examples=300, deadline=None)
@given(mutated(sample_lines(SOURCE)))
def test_damaged_records_raise_normalise_error_only(body: bytes) -> None:
    assert_only_normalise_errors(SOURCE, body)
