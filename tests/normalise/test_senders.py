"""Whose record it is where the record names no machine: the sender's, by its own name, in the role that the source gives it."""

from datetime import UTC, datetime

import pytest

from normalise.envelope import normalise_raw
from normalise.registry import sources
from vagt.contracts.event import Event
from vagt.contracts.raw import RawLog

ACCESS = '192.0.2.7 - - [22/Nov/2026:10:15:32 +0100] "GET / HTTP/1.1" 200 12'
SENSOR = '{"timestamp":"2026-11-22T10:15:32.000000+0100","event_type":"stats","stats":{}}'
SIGN_IN = (
    '{"category":"SignInLogs","time":"2026-11-22T09:00:00Z","properties":{"id":"a","userPrincipalName":"anne@example.org"}}'
)


def event_of(source: str, text: str, protocol: str = "file", peer: str = "web01") -> Event:
    raw = RawLog("751", source, text.encode(), datetime(2026, 11, 22, 12, tzinfo=UTC), protocol, peer, "p:1")
    (event,) = normalise_raw(raw, sources()[source], False, UTC, "2026-11-22T12:00:01.000Z", str)
    return event


@pytest.mark.parametrize("protocol", ["file", "http", "kafka"])
def test_a_servers_file_is_of_the_machine_that_it_lies_on(protocol: str) -> None:
    event = event_of("nginx.server", ACCESS, protocol)
    assert event["host"] == {"name": "web01", "hostname": "web01"}
    assert event["related"]["hosts"] == ["web01"]


def test_what_a_sensor_saw_was_observed_by_it() -> None:
    event = event_of("suricata.eve", SENSOR)
    assert event["observer"]["name"] == "web01" and "host" not in event


def test_a_record_that_names_a_machine_keeps_it() -> None:
    assert event_of("nginx.server", f"<190>Nov 22 10:15:32 web02 nginx: {ACCESS}")["host"]["name"] == "web02"


@pytest.mark.parametrize(
    ("protocol", "peer"), [("http", "192.0.2.9"), ("kafka", ""), ("syslog+udp", "192.0.2.9"), ("replay", "x")]
)
def test_an_address_that_may_be_a_relays_is_nobodys_name(protocol: str, peer: str) -> None:
    event = event_of("nginx.server", ACCESS, protocol, peer)
    assert "host" not in event and "observer" not in event


def test_a_clouds_record_is_not_of_the_machine_that_fetched_it() -> None:
    assert "host" not in event_of("azure.signinlogs", SIGN_IN, "http")
