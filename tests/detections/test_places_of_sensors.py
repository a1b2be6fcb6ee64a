"""Events of network sensors (Zeek, NetFlow) are shown the rules of the field that ask for their logs."""

from datetime import UTC, datetime
from typing import Any

import pytest

from detections.ecs_places import ecs_key, ecs_places
from detections.places import Place, Route
from normalise.envelope import normalise_raw
from normalise.registry import sources
from tests.flow_packets import v5, v5_flow
from vagt.contracts.event import Event
from vagt.contracts.raw import RawLog

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


def event_of(source: str, line: str) -> Event:
    """The event of one record."""
    raw = RawLog("751", source, line.encode(), NOON, "file", "sensor", "f:0")
    (event,) = normalise_raw(raw, sources()[source], False, UTC, "2026-11-22T12:00:01.000Z", str)
    return event


def places_of(event: Event) -> tuple[Place, ...]:
    key: Any = ecs_key(event)
    return ecs_places(key)


def admitted(event: Event, *route: str | None) -> bool:
    return any(place.admits(Route(*route)) for place in places_of(event))  # type: ignore[arg-type]


ENDS = '"uid":"C1","id.orig_h":"10.0.0.1","id.orig_p":50000,"id.resp_h":"10.0.0.2","id.resp_p":445'
LOGS = {
    "dns": '"trans_id":7,"query":"a.example","rejected":false',
    "http": '"trans_depth":1,"method":"GET","host":"a.example","uri":"/x"',
    "smb_files": '"action":"SMB::FILE_OPEN","path":"x","name":"y"',
    "dce_rpc": '"endpoint":"svcctl","operation":"CreateServiceW"',
    "kerberos": '"request_type":"TGS","client":"a/B","service":"c","cipher":"rc4-hmac"',
    "rdp": '"cookie":"a","security_protocol":"HYBRID"',
    "x509": '"certificate.version":3,"certificate.serial":"8BB00EE"',
}


@pytest.mark.parametrize("log", LOGS)
def test_a_log_of_zeek_is_shown_the_rules_of_that_log(log: str) -> None:
    event = event_of("zeek.logs", f'{{"ts":1795342500.5,{ENDS},{LOGS[log]}}}')
    assert log in event["zeek"]
    assert admitted(event, "sigma", "zeek", None, log)
    assert not any(admitted(event, "sigma", "zeek", None, other) for other in LOGS.keys() - {log})
    assert admitted(event, "ecs", "zeek", None, "zeek.logs")


def test_lookups_and_requests_that_zeek_saw_are_shown_the_rules_of_any_sensor() -> None:
    assert admitted(event_of("zeek.logs", f'{{"ts":1795342500.5,{ENDS},{LOGS["dns"]}}}'), "sigma", None, "dns", None)
    assert admitted(event_of("zeek.logs", f'{{"ts":1795342500.5,{ENDS},{LOGS["http"]}}}'), "sigma", None, "proxy", None)


def test_a_connection_that_zeek_saw_is_no_firewalls() -> None:
    event = event_of("zeek.logs", f'{{"ts":1795342500.5,{ENDS},"proto":"tcp","conn_state":"REJ"}}')
    assert not admitted(event, "sigma", None, "firewall", None)


def test_a_flow_is_shown_the_rules_for_netflow_and_not_those_for_firewalls() -> None:
    event = event_of("netflow.flow", v5(v5_flow("10.0.0.5", "192.0.2.7")).hex())
    assert admitted(event, "sigma", None, None, "netflow")
    assert not admitted(event, "sigma", None, "firewall", None)


def test_an_alert_of_snort_that_was_dropped_is_shown_the_rules_for_firewalls() -> None:
    line = "11/22-11:15:30.1 [drop] [**] [1:2019401:5] x [**] [Priority: 1] {TCP} 198.51.100.20:40001 -> 10.20.1.22:445"
    event = event_of("snort.ids", line)
    assert event["event"]["type"] == ["denied"]
    assert admitted(event, "sigma", None, "firewall", None)
