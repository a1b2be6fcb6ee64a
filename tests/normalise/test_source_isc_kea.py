"""Kea: leases, refusals and failures by message id, from files, syslog and the legal log."""

import pytest

from normalise.registry import source_for
from normalise.sources.isc_kea.parser import SOURCE
from tests.normalise.mutations import only, parse_with
from vagt.errors import NormaliseError

one = only(SOURCE)
LABEL = "[hwtype=1 00:00:5e:00:53:01], cid=[01:00:00:5e:00:53:01], tid=0x4b3c2a04"
ALLOC = f"DHCP4_LEASE_ALLOC {LABEL}: lease 10.30.60.9 has been allocated for 3600 seconds"


@pytest.mark.parametrize(
    "head",
    [
        "2026-11-22 10:15:30.123 INFO  [kea-dhcp4.leases/4711.140123456789] ",
        "Nov 22 10:15:30 dhcp02 kea-dhcp4[4711]: INFO  [kea-dhcp4.leases.0x7f1234] ",
        "<30>1 2026-11-22T10:15:30+01:00 dhcp02 kea-dhcp4 4711 - - INFO  [kea-dhcp4.leases/4711.140123] ",
        "INFO  [kea-dhcp4.leases] ",
    ],
)
def test_a_lease_is_read_however_it_comes(head: str) -> None:
    assert source_for(None, (head + ALLOC).encode())[0].id == "isc.kea"
    event = one(head + ALLOC)
    assert event["client"] == {"address": "10.30.60.9", "ip": "10.30.60.9", "mac": "00-00-5E-00-53-01"}
    assert (event["event"]["action"], event["event"]["outcome"]) == ("lease-allocated", "success")
    assert event["isc"]["kea"]["lease_duration"] == 3600
    assert event["process"]["name"] == "kea-dhcp4"


@pytest.mark.parametrize(
    "code", ["ALLOC_ENGINE_V4_ALLOC_FAIL", "ALLOC_ENGINE_V4_ALLOC_FAIL_NO_POOLS", "ALLOC_ENGINE_V6_ALLOC_FAIL"]
)
def test_no_address_left_is_an_action_of_its_own(code: str) -> None:
    event = one(f"2026-11-22 10:15:30.123 WARN  [kea-dhcp4.alloc-engine/1.2] {code} {LABEL}: failed to allocate an address")
    assert (event["event"]["action"], event["event"]["outcome"]) == ("no-free-leases", "failure")
    assert event["client"]["mac"] == "00-00-5E-00-53-01"


def test_an_unknown_id_is_an_event_that_says_so() -> None:
    event = one("2026-11-22 10:15:30.123 INFO  [kea-dhcp4.x/1.2] NEWTHING_HAPPENED hello")
    assert event["event"]["code"] == "NEWTHING_HAPPENED"
    assert event["vagt"]["source"]["partly"] == "message NEWTHING_HAPPENED"


def test_the_legal_log_names_client_and_relay() -> None:
    event = one(
        "2026-11-22 10:15:45 CET Address: 10.30.60.9 has been assigned for 1 hrs 0 min 0 secs to a device with hardware "
        "address: "
        "hwtype=1 00:00:5e:00:53:01, client-id: 01:00 connected via relay at address: 10.30.60.1"
    )
    assert event["@timestamp"] == "2026-11-22T09:15:45.000Z"
    assert event["event"]["action"] == "lease-assigned"
    assert event["client"]["mac"] == "00-00-5E-00-53-01"
    assert event["isc"]["kea"]["relay"] == "10.30.60.1"


@pytest.mark.parametrize(
    "line", ["", "hello", "2026-11-22 10:15:30.123 INFO  [other.x/1.2] DHCP4_X y", "2026-11-22 10:15:30 Address: x"]
)
def test_lines_of_others_are_not_claimed(line: str) -> None:
    assert not SOURCE.recognise(line.encode())
    with pytest.raises(NormaliseError):
        parse_with(SOURCE, line)
