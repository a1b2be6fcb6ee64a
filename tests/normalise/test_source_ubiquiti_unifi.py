"""UniFi: CEF of the consoles, stations of the access points, and what of a gateway is another source's."""

import pytest

from normalise.registry import source_for
from normalise.sources.ubiquiti_unifi.models import kind_of
from normalise.sources.ubiquiti_unifi.parser import SOURCE
from tests.normalise.reading import events, reader
from vagt.contracts.event import get_field
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
    assert (event["event"]["kind"], event["event"]["type"]) == ("alert", ["info", "denied"])
    assert event["rule"] == {"name": "ET X", "id": "7"}
    assert event["observer"]["ingress"]["zone"] == "External"
    assert event["@timestamp"] == "2026-11-22T09:15:31.807Z"


@pytest.mark.parametrize(
    ("name", "category", "types", "outcome"),
    [
        ("Admin Accessed UniFi Network", "authentication", ["start"], "success"),
        ("Admin Login Failed", "authentication", ["start"], "failure"),
        ("Admin Made Config Changes", "configuration", ["change"], "success"),
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


@pytest.mark.parametrize(
    ("header", "kind", "category", "types", "outcome"),
    [
        ("UniFi Network|10.6.101|544|Network Accessed", "event", ["authentication"], ["start"], "success"),
        ("UniFi Network|10.6.101|545|Config Created", "event", ["configuration"], ["creation"], "success"),
        ("UniFi Network|10.6.101|546|Config Modified", "event", ["configuration"], ["change"], "success"),
        ("UniFi Network|9.3.33|549|Admin Removed Config", "event", ["configuration"], ["deletion"], "success"),
        ("UniFi Network|9.4.19|520|VPN Client Connected", "event", ["network", "session"], ["connection", "start"], "success"),
        ("UniFi Network|9.4.19|521|VPN Client Disconnected", "event", ["network", "session"], ["connection", "end"], "success"),
        ("UniFi Network|9.4.19|202|Honeypot Triggered", "alert", ["intrusion_detection", "network"], ["info"], None),
        ("UniFi Network|9.4.19|402|WiFi Client Roamed", "event", ["network"], ["connection", "info"], None),
        ("UniFi Network|10.5.67|100|Internet Down", "event", ["host"], ["info"], None),
        ("UniFi Network|10.6.101|578|Network Updated", "event", ["host"], ["change"], "success"),
        ("UniFi OS|5.1.5|1|Test Syslog", "event", ["host"], ["info"], None),
        ("UniFi OS|5.0.16|1000|Admin Accessed UniFi OS", "event", ["authentication"], ["start"], "success"),
        ("UniFi OS|5.1.31|1005|Admin Made Config Changes", "event", ["configuration"], ["change"], "success"),
        ("UniFi Protect|7.2.105|2159|motion", "event", ["host"], ["info"], None),
    ],
)
def test_a_class_is_read_by_its_number(
    header: str, kind: str, category: list[str], types: list[str], outcome: str | None
) -> None:
    event = one(f"CEF:0|Ubiquiti|{header}|1|UNIFIhost=UDM msg=text")
    inner = event["event"]
    assert (inner["kind"], inner["category"], inner["type"], inner.get("outcome")) == (kind, category, types, outcome)
    assert get_field(event, "vagt.source.partly") is None


def test_a_threat_that_was_let_through_is_not_denied_though_its_policy_blocks() -> None:
    event = one(CEF + "200|Threat Detected|7|act=allowed dst=203.0.113.1 UNIFIpolicyName=Block List msg=m")
    assert (event["event"]["kind"], event["event"]["type"]) == ("alert", ["info", "allowed"])


def test_a_flow_of_an_unknown_class_is_allowed_only_where_it_says_so() -> None:
    for act, types in (("", ["connection", "info"]), ("allowed", ["connection", "info", "allowed"])):
        event = one(CEF + f"999|New|1|src=10.0.0.1 dst=10.0.0.2 act={act} msg=m")
        assert (event["event"]["category"], event["event"]["type"]) == (["network"], types)


def test_a_class_that_is_not_known_keeps_the_vendors_fields_and_says_so() -> None:
    event = one(CEF + "999|Something New|1|UNIFIcategory=Audit UNIFIfresh=x msg=m")
    assert (event["event"]["category"], event["event"]["action"]) == (["host"], "something-new")
    assert event["ubiquiti"]["unifi"] == {"name": "Something New", "severity": "1", "category": "Audit", "fresh": "x"}
    assert get_field(event, "vagt.source.partly") == "UniFi Network class 999"


def test_the_ends_of_a_block_are_clients_and_devices() -> None:
    event = one(
        CEF + "203|Blocked by Firewall|4|proto=UDP spt=5353 dpt=53 act=blocked app=Other UNIFIdirection=local "
        "UNIFIsrcClientIp=10.0.0.9 UNIFIsrcClientMac=00:00:5e:00:53:02 "
        "UNIFIdstDeviceIp=10.0.0.1 UNIFIdstDeviceMac=00:00:5e:00:53:01 UNIFIbytesSent=5 msg=m"
    )
    assert event["source"] == {"ip": "10.0.0.9", "mac": "00-00-5E-00-53-02", "port": 5353, "bytes": 5}
    assert event["destination"] == {"ip": "10.0.0.1", "mac": "00-00-5E-00-53-01", "port": 53}
    assert (event["network"]["direction"], "protocol" in event["network"]) == ("internal", False)


@pytest.mark.parametrize(
    ("head", "moment", "host"),
    [
        (
            "Nov 22 10:15:40 relay.example.org 2026-11-22T09: 15:40.124Z udm-01 ",
            "2026-11-22T09:15:40.124Z",
            "relay.example.org",
        ),
        ("Nov 22 10:15:40 2026-11-22T09:15:40.124Z udm-01 ", "2026-11-22T09:15:40.124Z", "udm-01"),
        ("<14>1 2026-11-22T09:15:40+00:00 2026-11-22T09:15:40.587Z The - - - Mothership ", "2026-11-22T09:15:40.587Z", None),
        ("Nov 22 10:15:40 Hovedgaden 1 ", "2026-11-22T09:15:40.000Z", "Hovedgaden"),
    ],
)
def test_headers_are_read_as_consoles_and_relays_write_them(head: str, moment: str, host: str | None) -> None:
    line = head + "CEF:0|Ubiquiti|UniFi OS|5.1.5|1|Test Syslog|1|msg=Test Syslog"
    assert SOURCE.recognise(line.encode())
    event = one(line)
    assert (event["@timestamp"], event["observer"].get("hostname")) == (moment, host)


def test_a_site_is_named_with_its_blanks_and_protect_has_its_own_time() -> None:
    event = one(
        "Nov 22 10:15:46 Hovedgaden 1 CEF:0|Ubiquiti|UniFi Protect|7.2.105|2159|motion|3|timestamp=1795338946204 "
        'msg="Front door has recorded motion."'
    )
    assert event["observer"]["name"] == "Hovedgaden 1"
    assert (event["@timestamp"], event["message"]) == ("2026-11-22T09:15:46.204Z", "Front door has recorded motion.")


def test_a_vpn_client_is_the_user_and_comes_from_outside() -> None:
    event = one(CEF + "520|VPN Client Connected|1|suser=karen src=203.0.113.9 UNIFIclientIp=10.0.60.2 UNIFIvpnType=x msg=m")
    assert (event["user"]["name"], event["source"]["ip"]) == ("karen", "203.0.113.9")


def test_unifi_os_4_says_in_the_text_what_an_administrator_did() -> None:
    event = one(
        'Nov 22 10:15:37 udm CEF: 0|Ubiquiti|UniFi OS|4.3.5|admins|1|msg=Bo changed the SSH access setting from "undefined" to '
        '"disabled". Source IP: 198.51.100.4'
    )
    assert (event["event"]["category"], event["event"]["type"], event["user"]["name"]) == (["configuration"], ["change"], "Bo")


@pytest.mark.parametrize(
    ("line", "model", "version", "kind"),
    [
        ("Nov 22 10:15:31 ap 00005e005382,U6-Lite-6.7.17+15512: mcad[5]: x", "U6-Lite", "6.7.17+15512", "access_point"),
        ("Nov 22 10:15:31 sw 00005e005382,USW-Flex-2.5G-8-2.1.8: a: x", "USW-Flex-2.5G-8", "2.1.8", "switch"),
        ("<30>sw 00005e005382,USW-Ultra-210W-2.1.8.971: switch: x", "USW-Ultra-210W", "2.1.8.971", "switch"),
        ("2026-11-22T10:15:31+01:00 sw 00005e005382,USW-Pro-24-7.4.1+16850: switch: x", "USW-Pro-24", "7.4.1+16850", "switch"),
        ("UPS-Office 00005e005382,UPS TOWER-1.5.0.378: MCA: x", "UPS TOWER", "1.5.0.378", None),
        ("Nov 22 10:15:31 gw 00005e005382,USG3P-4.4.57+5578511: x: x", "USG3P", "4.4.57+5578511", "firewall"),
    ],
)
def test_a_device_is_known_by_its_model_and_version(line: str, model: str, version: str, kind: str | None) -> None:
    assert SOURCE.recognise(line.encode())
    observer = one(line)["observer"]
    assert (observer["product"], observer["version"], observer.get("type")) == (model, version, kind)


def test_power_supplies_and_bridges_are_of_no_kind() -> None:
    assert [kind_of(model) for model in ("USPPDUP", "UBB", "UDM-Pro", "UAL6", "USL8LP")] == [
        "",
        "",
        "firewall",
        "access_point",
        "switch",
    ]


def test_a_daemon_that_writes_its_name_twice_is_read_once() -> None:
    event = one(
        "Nov 22 10:15:31 ap 00005e005382,UAP-AC-Lite-6.8.2+15592: stahtd: stahtd[1758]: [STA-TRACKER].stahtd_dump_event(): "
        '{"mac":"00:00:5e:00:53:41","vap":"wifi1ap3","event_type":"success","auth_failures":"1"}'
    )
    assert event["process"] == {"name": "stahtd", "pid": 1758}
    assert (event["event"]["category"], event["event"]["outcome"]) == (["network"], "success")  # it came in in the end


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
        ("AP-STA-CONNECTED 00:00:5e:00:53:41 auth_alg=open", "connected", None),
        ("AP-STA-DISCONNECTED 00:00:5e:00:53:41", "disconnected", None),
        ("STA 00:00:5e:00:53:41 IEEE 802.11: binding station to interface 'ath3'", None, None),
    ],
)
def test_a_station_has_its_address_and_the_access_point_its_model(text: str, action: str | None, outcome: str | None) -> None:
    event = one(AP + text)
    assert (event["event"].get("action"), event["event"].get("outcome")) == (action, outcome)
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
