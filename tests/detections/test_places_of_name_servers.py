"""Events of name servers and DHCP servers are shown the rules for lookups, and our own rules about these programs."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from detections.ecs_places import ecs_key, ecs_places
from detections.engine import Engine
from detections.loading import load_rules
from detections.places import Route
from normalise.envelope import normalise_raw
from normalise.registry import sources
from vagt.contracts.event import Event
from vagt.contracts.raw import RawLog

SOURCES = Path(__file__).resolve().parents[2] / "normalise/sources"
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


def event_of(source: str, line: str) -> Event:
    """The event of one record."""
    raw = RawLog("751", source, line.encode(), NOON, "file", "sensor", "f:0")
    (event,) = normalise_raw(raw, sources()[source], False, UTC, "2026-11-22T12:00:01.000Z", str)
    return event


def admitted(event: Event, *route: str | None) -> bool:
    key: Any = ecs_key(event)
    return any(place.admits(Route(*route)) for place in ecs_places(key))  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def engine() -> Engine:
    return Engine(load_rules(()))


@pytest.mark.parametrize(
    ("folder", "action"),
    [
        ("isc_bind", "dns-query"),
        ("isc_bind", "query-denied"),
        ("infoblox_nios", "dns-answer"),
        ("microsoft_dns", "dns-query"),
        ("nlnet_unbound", "dns-answer"),
        ("nlnet_unbound", "always_nxdomain"),
    ],
)
def test_a_lookup_is_shown_the_rules_for_dns_and_none_for_firewalls(folder: str, action: str) -> None:
    paths = sorted((SOURCES / folder / "samples").glob("*.expected.json"))
    events = (event for path in paths for event in json.loads(path.read_bytes()))
    event = next(event for event in events if event["event"].get("action") == action)
    assert admitted(event, "sigma", None, "dns", None)
    assert not admitted(event, "sigma", None, "firewall", None)


@pytest.mark.parametrize("source", ["microsoft.dns", "windows.eventlog"])
def test_an_analytic_event_of_windows_is_shown_the_rules_of_both(source: str) -> None:
    channel, provider = "Microsoft-Windows-DNSServer/Analytical", "Microsoft-Windows-DNSServer"
    document = {"Channel": channel, "SourceName": provider, "EventID": 257, "QNAME": "a.example.", "QTYPE": "1"}
    event = event_of(source, json.dumps(document))
    assert admitted(event, "sigma", None, "dns", None)
    assert admitted(event, "sigma", "windows", None, "dns-server-analytic")


@pytest.mark.parametrize(
    ("source", "line", "rule"),
    [
        (
            "isc.bind",
            "Nov 22 10:15:30 ns01 named[4711]: client @0x7f2a0c0 203.0.113.7#55556 (kommune.example): "
            "transfer of 'kommune.example/IN': AXFR started (serial 2026112201)",
            "zone_copied",
        ),
        (
            "isc.bind",
            "22-Nov-2026 10:15:30.123 general: warning: zone kommune.example/IN: expired",
            "name_zone_lost",
        ),
        (
            "isc.dhcpd",
            "Nov 22 10:15:30 d1 dhcpd[1]: DHCPDISCOVER from 00:00:5e:00:53:01 via eth0: network 10.30.60.0/22: no free leases",
            "addresses_run_out",
        ),
        (
            "infoblox.nios",
            "Nov 22 10:15:30 n1 dhcpd[1]: DHCPDISCOVER from 00:00:5e:00:53:01 via eth0: network 10.30.60.0/22: no free leases",
            "addresses_run_out",
        ),
        (
            "isc.kea",
            "2026-11-22 10:15:33.123 WARN  [kea-dhcp4.alloc/1.2] ALLOC_ENGINE_V4_ALLOC_FAIL [hwtype=1 00:00:5e:00:53:03],"
            " cid=[no info], tid=0x4b3c2a03: failed to allocate an IPv4 address after 9 attempts",
            "addresses_run_out",
        ),
    ],
)
def test_our_rules_about_these_programs_match_their_own_sources(engine: Engine, source: str, line: str, rule: str) -> None:
    assert any(hit.rule.path.stem == rule for hit in engine.match(event_of(source, line)))
