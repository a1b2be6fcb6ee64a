"""Events of Cisco devices stand where Sigma's rules for them look: samples, and the logsources that see them."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import cast

import pytest

from detections.ecs_places import Key, ecs_key, ecs_places
from detections.places import Route
from vagt.contracts.event import Event

SOURCES = Path(__file__).parents[2] / "normalise" / "sources"
ANY = None

# folder, sample, which of its events, (product, category, service) of a rule that is to see it
SEEN: list[tuple[str, str, Callable[[Event], bool], tuple[str | None, str | None, str | None]]] = [
    ("cisco_ftd", "messages", lambda event: event["event"].get("code") == "106023", (ANY, "firewall", ANY)),
    ("cisco_ftd", "security", lambda event: "url" in event, (ANY, "proxy", ANY)),
    ("cisco_ftd", "security", lambda event: "dns" in event, (ANY, "dns", ANY)),
    ("cisco_ftd", "messages", lambda event: event["event"].get("code") == "111010", ("cisco", ANY, "aaa")),
    ("cisco_ios", "changes", lambda event: event["event"]["code"] == "CFGLOG_LOGGEDCMD", ("cisco", ANY, "aaa")),
    ("cisco_ios", "changes", lambda event: event["event"]["code"] == "INSTALL_OPERATION_INFO", ("cisco", ANY, "syslog")),
    ("cisco_ios", "ports", lambda event: event["event"]["code"] == "BADAUTH", ("cisco", ANY, "bgp")),
    ("cisco_ios", "access_lists", lambda event: event["event"]["code"] == "IPACCESSLOGP", (ANY, "firewall", ANY)),
    ("cisco_ise", "accounting", lambda event: "process" in event, ("cisco", ANY, "aaa")),
    ("cisco_ise", "audit", lambda event: event["event"].get("code") == "51000", ("cisco", ANY, ANY)),
    ("cisco_meraki", "traffic", lambda event: event["event"]["action"] == "flow-denied", (ANY, "firewall", ANY)),
    ("cisco_meraki", "traffic", lambda event: "url" in event, (ANY, "proxy", ANY)),
    ("cisco_meraki", "security", lambda event: "malware" in event["event"]["category"], (ANY, "antivirus (ecs)", ANY)),
    ("cisco_nxos", "access", lambda event: "process" in event, ("cisco", ANY, "aaa")),
    ("cisco_nxos", "messages", lambda event: event["event"]["code"].startswith("ACLLOG"), (ANY, "firewall", ANY)),
]


@pytest.mark.parametrize(("folder", "sample", "wanted", "logsource"), SEEN, ids=[f"{one[0]} {one[3]}" for one in SEEN])
def test_a_rule_of_the_field_sees_the_events_of_a_source(
    folder: str, sample: str, wanted: Callable[[Event], bool], logsource: tuple[str | None, str | None, str | None]
) -> None:
    documents = json.loads((SOURCES / folder / "samples" / f"{sample}.expected.json").read_bytes())
    events = [event for event in documents if wanted(event)]
    assert events
    route = Route("sigma", *logsource)
    for event in events:
        assert any(place.admits(route) for place in ecs_places(cast(Key, ecs_key(event)))), event["event"]


def test_a_rule_of_our_own_for_the_messages_of_an_asa_sees_those_of_an_ftd() -> None:
    event = {"event": {"dataset": "cisco.ftd", "module": "cisco", "category": ["configuration"], "code": "111008"}}
    places = ecs_places(cast(Key, ecs_key(event)))
    assert any(place.admits(Route("ecs", "cisco", None, "cisco.asa")) for place in places)
