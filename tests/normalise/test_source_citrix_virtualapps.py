"""Citrix Virtual Apps and Desktops: who could not get what, sessions of the Monitor service, and whose records these are."""

import json
from typing import Any

import pytest

from normalise.registry import source_for
from normalise.sources.citrix_virtualapps.parser import SOURCE
from tests.normalise.reading import events, reader
from vagt.errors import NormaliseError

one = reader(SOURCE)


def winlog(message: str, provider: str = "Citrix Broker Service", level: str = "warning") -> str:
    """A document of Winlogbeat."""
    inner = {"event_id": "1101", "channel": "Application", "provider_name": provider}
    return json.dumps({"@timestamp": "2026-11-22T09:15:30Z", "log": {"level": level}, "message": message, "winlog": inner})


def test_a_connection_that_could_not_be_brokered_names_user_and_resource() -> None:
    event = one(
        winlog("The Citrix Broker Service failed to broker a connection for user 'K\\anne' to resource 'Fag'. No machine.")
    )
    assert event["user"] == {"name": "anne", "domain": "K"}
    assert (event["event"]["action"], event["event"]["outcome"]) == ("session-launch", "failure")
    assert event["citrix"]["virtualapps"]["resource"] == "Fag"


@pytest.mark.parametrize(
    ("message", "category", "outcome"),
    [
        ("The Citrix Broker Service is starting.", "host", None),
        ("CitrixAGBasic single sign-on failed. The credentials supplied were; user: a domain: K", "authentication", "failure"),
        ("The Citrix Desktop Service successfully registered with delivery controller ddc01.", "host", None),
    ],
)
def test_the_text_says_what_kind_of_event_it_is(message: str, category: str, outcome: str | None) -> None:
    event = one(winlog(message, level="information"))
    assert (event["event"]["category"], event["event"].get("outcome")) == ([category], outcome)


@pytest.mark.parametrize(
    ("more", "action", "outcome"),
    [
        ({"EndDate": None}, "session-start", "success"),
        ({"EndDate": "2026-11-22T09:22:37Z"}, "session-end", "success"),
        ({"FailureDate": "2026-11-22T07:22:40Z"}, "session-launch", "failure"),
    ],
)
def test_a_session_starts_ends_or_fails(more: dict[str, Any], action: str, outcome: str) -> None:
    session = {"SessionKey": "k", "StartDate": "2026-11-22T07:22:37Z", "ConnectionState": 5, "LifecycleState": 0, **more}
    event = one(json.dumps({"value": [session]}))
    assert (event["event"]["action"], event["event"]["outcome"]) == (action, outcome)
    assert event["citrix"]["virtualapps"]["connection_state"] == "active"


def test_a_connection_that_is_cut_does_not_end_its_session() -> None:
    record = {"SessionKey": "k", "LogOnStartDate": "2026-11-22T07:22:37Z", "DisconnectDate": "2026-11-22T08:22:37Z"}
    event = one(json.dumps({"value": [record]}))
    assert (event["event"]["action"], event["event"]["end"]) == ("session-disconnect", "2026-11-22T08:22:37.000Z")


@pytest.mark.parametrize(
    ("body", "source"),
    [
        (winlog("x"), "citrix.virtualapps"),
        (winlog("Citrix is mentioned", provider="MsiInstaller"), "windows.eventlog"),
        ('{"SessionKey":"k","other":1}', "json.generic"),
    ],
)
def test_only_citrix_own_records_are_recognised(body: str, source: str) -> None:
    assert source_for(None, body.encode())[0].id == source


@pytest.mark.parametrize("body", [winlog("x", provider="MsiInstaller"), '{"SessionKey":"k"}', "[]"])
def test_other_records_are_refused(body: str) -> None:
    with pytest.raises(NormaliseError):
        events(SOURCE, body)
