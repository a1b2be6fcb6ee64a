"""Hyper-V: its channels are its own source where none is named, and are mapped alike where windows.eventlog is."""

import json
from typing import Any

import pytest

from normalise.registry import source_for
from normalise.sources.microsoft_hyperv.parser import SOURCE
from normalise.sources.windows_eventlog.parser import SOURCE as WINDOWS
from tests.normalise.reading import events, reader
from vagt.errors import NormaliseError

WORKER = "Microsoft-Windows-Hyper-V-Worker"


def winlog(code: str, channel: str = f"{WORKER}-Admin", level: str = "information", message: str = "") -> str:
    """A document of Winlogbeat."""
    inner = {"event_id": code, "channel": channel, "provider_name": WORKER, "user_data": {"VmName": "SQL01", "VmId": "7C4A"}}
    document: dict[str, Any] = {"@timestamp": "2026-11-22T09:15:30.000Z", "log": {"level": level}, "winlog": inner}
    return json.dumps({**document, "message": message} if message else document)


@pytest.mark.parametrize(
    ("code", "action"),
    [
        ("18500", "vm-power-on"),
        ("18596", "vm-power-on"),
        ("18518", "vm-resume"),
        ("18502", "vm-power-off"),
        ("18594", "vm-save"),
        ("18512", "vm-reset"),
        ("18528", "vm-crash"),
        ("13003", "vm-delete"),
        ("18302", "vm-import"),
        ("18303", "vm-export"),
    ],
)
def test_an_event_says_what_became_of_which_machine_in_either_source(code: str, action: str) -> None:
    for source in (SOURCE, WINDOWS):
        event = reader(source)(winlog(code))
        assert event["event"]["action"] == action
        assert event["microsoft"]["hyperv"]["vm"] == {"name": "SQL01", "id": "7C4A"}
        assert event["event"]["dataset"] == source.id


def test_an_error_is_a_failure_and_an_unknown_id_is_read_from_its_words() -> None:
    event = reader(SOURCE)(winlog("18012", level="error", message="Checkpoint operation for 'SQL01' failed."))
    assert (event["event"]["outcome"], event["event"]["action"]) == ("failure", "snapshot-change")


def test_a_crash_is_no_success_whatever_its_level() -> None:
    assert "outcome" not in reader(SOURCE)(winlog("18590"))["event"]
    assert reader(SOURCE)(winlog("18560", level="critical"))["event"]["outcome"] == "failure"


def test_an_id_that_two_providers_use_differently_has_no_action() -> None:
    event = reader(SOURCE)(winlog("18602", level="error"))
    assert (event["event"].get("action"), event["event"]["type"], event["event"]["outcome"]) == (None, ["info"], "failure")


@pytest.mark.parametrize(
    ("body", "source"),
    [
        (winlog("18502"), "microsoft.hyperv"),
        (f"[{winlog('18502')},{winlog('18500')}]", "microsoft.hyperv"),
        (winlog("10", channel="System"), "windows.eventlog"),
        (f"[{winlog('18502')},{winlog('10', channel='System')}]", "windows.eventlog"),
    ],
)
def test_only_records_that_are_all_of_its_channels_are_its_own(body: str, source: str) -> None:
    assert source_for(None, body.encode())[0].id == source


def test_an_event_of_another_channel_is_refused() -> None:
    with pytest.raises(NormaliseError):
        events(SOURCE, winlog("10", channel="System"))
