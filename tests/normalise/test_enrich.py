"""`related.*` and the community id; the ids are those of the specification's own test vectors."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from normalise.directions import direction_by
from normalise.enrich import add_community_id, add_related, add_volume


def flow(source: tuple[str, int | None], destination: tuple[str, int | None], **network: Any) -> dict[str, Any]:
    ends = [{"ip": ip} if port is None else {"ip": ip, "port": port} for ip, port in (source, destination)]
    return {"source": ends[0], "destination": ends[1], "network": network}


VECTORS = [
    (flow(("128.232.110.120", 34855), ("66.35.250.204", 80), transport="tcp"), "1:LQU9qZlK+B5F3KDmev6m5PMibrg="),
    (flow(("66.35.250.204", 80), ("128.232.110.120", 34855), transport="TCP"), "1:LQU9qZlK+B5F3KDmev6m5PMibrg="),
    (flow(("192.168.1.52", 54585), ("8.8.8.8", 53), iana_number="17"), "1:d/FP5EW3wiY1vCndhwleRRKHowQ="),
    (flow(("192.168.170.8", 7), ("192.168.170.56", 7), transport="sctp"), "1:MP2EtRCAUIZvTw6MxJHLV7N7JDs="),
]


@pytest.mark.parametrize(("event", "expected"), VECTORS, ids=["tcp", "tcp reversed", "udp", "sctp"])
def test_the_community_id_is_that_of_the_specification(event: dict[str, Any], expected: str) -> None:
    add_community_id(event)
    assert event["network"]["community_id"] == expected


def icmp(kind: int, code: int, source: str, destination: str, transport: str = "icmp") -> str:
    event = flow((source, None), (destination, None), transport=transport) | {"vagt": {"icmp": {"type": kind, "code": code}}}
    add_community_id(event)
    return str(event["network"]["community_id"])


def test_an_echo_and_its_reply_have_one_id() -> None:
    assert icmp(8, 0, "192.168.0.89", "192.168.0.1") == "1:X0snYXpgwiv9TZtqg64sgzUn6Dk="
    assert icmp(0, 0, "192.168.0.1", "192.168.0.89") == "1:X0snYXpgwiv9TZtqg64sgzUn6Dk="
    assert icmp(128, 0, "3ffe:507:0:1:260:97ff:fe07:69ea", "3ffe:507:0:1:200:86ff:fe05:80da", "ipv6-icmp") == icmp(
        129, 0, "3ffe:507:0:1:200:86ff:fe05:80da", "3ffe:507:0:1:260:97ff:fe07:69ea", "ipv6-icmp"
    )


def test_a_one_way_message_has_another_id_in_the_other_direction() -> None:
    assert icmp(3, 1, "192.0.2.1", "192.0.2.2") != icmp(3, 1, "192.0.2.2", "192.0.2.1")


@pytest.mark.parametrize(
    "event",
    [
        {},
        {"network": {"transport": "tcp"}},
        flow(("192.0.2.1", None), ("192.0.2.2", 80), transport="tcp"),
        flow(("filserver", 1), ("192.0.2.2", 80), transport="tcp"),
        flow(("192.0.2.1", 1), ("192.0.2.2", 80), transport="quic-ish"),
        flow(("192.0.2.1", None), ("192.0.2.2", None), transport="icmp"),
        {
            "source": {"ip": ["192.0.2.1"], "port": 1},
            "destination": {"ip": "192.0.2.2", "port": 2},
            "network": {"transport": "tcp"},
        },
    ],
)
def test_what_is_no_whole_flow_gets_no_id(event: dict[str, Any]) -> None:
    add_community_id(event)
    assert "community_id" not in event.get("network", {})


def test_an_id_that_the_log_has_is_kept() -> None:
    event = flow(("192.0.2.1", 1), ("192.0.2.2", 2), transport="tcp", community_id="1:given")
    add_community_id(event)
    assert event["network"]["community_id"] == "1:given"


@given(st.ip_addresses(), st.ip_addresses(), st.integers(0, 65535), st.integers(0, 65535))
def test_both_directions_of_a_flow_have_one_id(a: Any, b: Any, a_port: int, b_port: int) -> None:
    if a.version != b.version:
        return
    there, back = (
        flow(*ends, transport="udp") for ends in (((str(a), a_port), (str(b), b_port)), ((str(b), b_port), (str(a), a_port)))
    )
    add_community_id(there)
    add_community_id(back)
    assert there["network"] == back["network"]


def test_everything_that_names_someone_or_something_is_related() -> None:
    event: dict[str, Any] = {
        "source": {"ip": "192.0.2.1", "nat": {"ip": "192.0.2.9"}, "user": {"name": "anna"}, "domain": "pc1"},
        "destination": {"ip": "192.0.2.2"},
        "user": {"name": "anna", "target": {"name": "bo"}},
        "host": {"name": "fw1", "hostname": "fw1", "ip": ["192.0.2.3", "192.0.2.1"]},
        "dns": {"resolved_ip": ["192.0.2.4"]},
        "url": {"domain": "www.example.org"},
        "file": {"hash": {"md5": "0" * 32}},
        "related": {"ip": ["192.0.2.8"]},
    }
    add_related(event)
    assert event["related"] == {
        "ip": ["192.0.2.8", "192.0.2.1", "192.0.2.9", "192.0.2.2", "192.0.2.3", "192.0.2.4"],
        "user": ["anna", "bo"],
        "hosts": ["pc1", "fw1", "www.example.org"],
        "hash": ["0" * 32],
    }


def test_an_event_that_names_nothing_has_no_related() -> None:
    event: dict[str, Any] = {"event": {"kind": "event"}, "url": {"domain": "192.0.2.1"}, "source": {}}
    add_related(event)
    assert "related" not in event


def test_a_user_that_is_only_aimed_at_is_related() -> None:
    event: dict[str, Any] = {"user": {"target": {"name": "anne"}}}
    add_related(event)
    assert event["related"]["user"] == ["anne"]


def test_the_volume_of_both_ends_is_that_of_the_network() -> None:
    shared = {"transport": "tcp"}
    event: dict[str, Any] = {"source": {"bytes": 3, "packets": 1}, "destination": {"bytes": 4}, "network": shared}
    add_volume(event)
    assert event["network"] == {"transport": "tcp", "bytes": 7}
    assert shared == {"transport": "tcp"}


def test_a_volume_that_no_long_holds_is_left_out() -> None:
    event: dict[str, Any] = {"source": {"bytes": 2**62}, "destination": {"bytes": 2**62}}
    add_volume(event)
    assert "network" not in event


def test_a_volume_that_the_log_has_is_kept() -> None:
    event: dict[str, Any] = {"source": {"bytes": 3}, "destination": {"bytes": 4}, "network": {"bytes": 107}}
    add_volume(event)
    assert event["network"]["bytes"] == 107


@pytest.mark.parametrize(
    ("source", "destination", "way", "expected"),
    [
        ("10.0.0.5", "203.0.113.7", "inbound", "outbound"),
        ("203.0.113.7", "10.0.0.5", "outbound", "inbound"),
        ("10.0.0.5", "10.0.1.5", "inbound", "internal"),
        ("203.0.113.7", "198.51.100.7", "inbound", "inbound"),
        (None, "198.51.100.7", "outbound", "outbound"),
    ],
)
def test_addresses_say_the_direction_and_the_device_where_both_are_public(
    source: str | None, destination: str, way: str, expected: str
) -> None:
    assert direction_by(source, destination, way) == expected
