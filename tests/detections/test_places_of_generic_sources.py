"""Events of sources of any vendor or program are shown the rules of the field by what they say, not by who made them."""

from datetime import UTC, datetime
from typing import Any

import pytest

from detections.ecs_places import ecs_key, ecs_places
from detections.places import Route
from normalise.envelope import normalise_raw
from normalise.registry import sources
from vagt.contracts.raw import RawLog

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
LINES = [
    ("cef.generic", "CEF:0|a|b|1|c|blocked|5|act=block src=192.0.2.1 dst=10.0.0.1 dpt=22 proto=TCP", "firewall"),
    ("leef.generic", "LEEF:1.0|a|b|1|deny|src=192.0.2.1\tdst=10.0.0.1\taction=deny\tproto=TCP", "firewall"),
    ("keyvalue.generic", "action=deny srcip=192.0.2.1 dstip=10.0.0.1 proto=6 dstport=22", "firewall"),
    ("json.generic", '{"action":"deny","src_ip":"192.0.2.1","dst_ip":"10.0.0.1","proto":"tcp"}', "firewall"),
    ("coredns.server", '[INFO] 10.0.0.1:4000 - 7 "A IN a.example. udp 41 false 512" NOERROR qr 68 0.1s', "dns"),
]


@pytest.mark.parametrize(("source", "line", "category"), LINES, ids=[source for source, _, _ in LINES])
def test_an_event_is_shown_the_rules_of_its_category(source: str, line: str, category: str) -> None:
    raw = RawLog("751", source, line.encode(), NOON, "file", "host", "f:0")
    (event,) = normalise_raw(raw, sources()[source], False, UTC, "2026-11-22T12:00:01.000Z", str)
    key: Any = ecs_key(event)
    assert any(place.admits(Route("sigma", None, category, None)) for place in ecs_places(key))
