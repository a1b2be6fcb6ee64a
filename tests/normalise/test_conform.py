"""Typing: what fits is kept, what can be read is converted, what cannot moves to `vagt.unmapped`."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import normalise.conform as module
from normalise.conform import conform, shared_part, valid_ip
from vagt.contracts.event import leaves, set_field
from vagt.ecs import ecs_schema

GOOD = [
    ("source.port", "22", 22),
    ("source.port", 22.0, 22),
    ("source.port", 0, 0),
    ("event.category", "network", ["network"]),
    ("event.kind", "alert", "alert"),
    ("host.ip", "192.0.2.1", ["192.0.2.1"]),
    ("source.ip", "2001:db8::1", "2001:db8::1"),
    ("source.ip", ["192.0.2.1", "192.0.2.2"], ["192.0.2.1", "192.0.2.2"]),
    ("user.id", 7, "7"),
    ("file.attributes", ["a", 7], ["a", "7"]),
    ("event.risk_score", "1.5", 1.5),
    ("dns.answers", [{"ttl": 1}], [{"ttl": 1}]),
    ("@timestamp", "2026-11-22T10:00:00.000Z", "2026-11-22T10:00:00.000Z"),
    ("event.start", "2026-11-22T10:00:00+01:00", "2026-11-22T10:00:00+01:00"),
    ("process.interactive", "True", True),
]


@pytest.mark.parametrize(("name", "value", "expected"), GOOD, ids=[f"{name}={value!r}" for name, value, _ in GOOD])
def test_a_value_that_can_be_read_gets_its_type(name: str, value: Any, expected: Any) -> None:
    event: dict[str, Any] = {}
    set_field(event, name, value)
    assert conform(event) == 0
    assert dict(leaves(event)) == {name: expected}


BAD = [
    ("source.port", "ssh"),
    ("source.port", True),
    ("source.port", 2**63),
    ("source.port", -(2**63) - 1),
    ("source.port", "9" * 5000),
    ("source.ip", "300.1.1.1"),
    ("source.ip", "fe80::1%eth0"),
    ("source.ip", ["192.0.2.1", "x"]),
    ("event.kind", "unheard"),
    ("event.category", ["network", "unheard"]),
    ("event.category", ["network", {"a": 1}]),
    ("event.risk_score", "nan"),
    ("event.start", "yesterday"),
    ("source", "192.0.2.1"),
    ("event.start", 17),
    ("user.name", {"first": "a"}),
]


@pytest.mark.parametrize(("name", "value"), BAD, ids=[f"{name}={str(value)[:30]!r}" for name, value in BAD])
def test_a_value_that_cannot_be_read_moves_and_is_counted(name: str, value: Any) -> None:
    event: dict[str, Any] = {"event": {"code": "1"}}
    set_field(event, name, value)
    assert conform(event) == 1
    assert event["vagt"]["unmapped"] == {name: value if isinstance(value, str) else repr(value)}
    assert name not in dict(leaves(event))
    assert event["event"]["code"] == "1"


def test_empty_values_and_objects_are_dropped_without_a_word() -> None:
    event: dict[str, Any] = {"source": {"ip": "", "port": None, "nat": {}}, "user": {"name": "a"}, "tags": []}
    assert conform(event) == 0
    assert event == {"user": {"name": "a"}}


def test_fields_of_vendors_are_left_alone() -> None:
    event: dict[str, Any] = {"cisco": {"asa": {"x": "", "y": None}}, "labels": {"a": "b"}}
    assert conform(event) == 0
    assert event == {"cisco": {"asa": {"x": "", "y": None}}, "labels": {"a": "b"}}


NAMES = st.sampled_from(sorted(ecs_schema().types))
SCALARS = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=8), st.sampled_from(["192.0.2.1", "22", "network"])
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=4), inner, max_size=3)),
    max_leaves=5,
)


@settings(max_examples=400, deadline=None)
@given(st.lists(st.tuples(NAMES, VALUES), max_size=6))
def test_after_one_walk_a_second_changes_nothing(pairs: list[tuple[str, Any]]) -> None:
    event: dict[str, Any] = {}
    for name, value in pairs:
        set_field(event, name, value)
    conform(event)
    before = repr(event)
    assert conform(event) == 0
    assert repr(event) == before


def test_a_shared_part_is_made_and_typed_once() -> None:
    made: list[str] = []

    def build(name: str) -> dict[str, Any]:
        made.append(name)
        return {"name": name, "ip": "192.0.2.1", "os": {}}

    first = shared_part("observer", build, "fw-shared")
    assert first == {"name": "fw-shared", "ip": ["192.0.2.1"]}
    assert shared_part("observer", build, "fw-shared") is first
    assert made == ["fw-shared"]
    event = {"observer": first}
    assert conform(event) == 0
    assert event["observer"] is first


def test_a_part_that_does_not_fit_is_not_shared() -> None:
    def build(port: str) -> dict[str, Any]:
        return {"port": port, "address": "x"}

    first = shared_part("source", build, "ssh")
    assert shared_part("source", build, "ssh") is not first


def test_the_number_of_shared_parts_is_bounded() -> None:
    for number in range(module._MOST_PARTS + 10):
        shared_part("observer", lambda name: {"name": name}, f"fw{number}")
    assert len(module._PARTS) <= module._MOST_PARTS
    assert len(module._SHARED) <= module._MOST_PARTS


def test_caches_keep_no_long_texts() -> None:
    long = "2001:db8::" + "0" * 60
    assert not valid_ip(long)
    assert valid_ip("2001:db8::7")
    assert "2001:db8::7" in module._ADDRESSES and long not in module._ADDRESSES
    before = len(module._PARTS)
    assert shared_part("observer", lambda name: {"name": name}, "x" * 1000) == {"name": "x" * 1000}
    assert len(module._PARTS) == before


@pytest.mark.parametrize(
    "text", ["", "x", "192.0.2.1\0", "192.0.2.01x", "1" * 46, "fe80::1%eth0", "::ffff:192.0.2.1 ", "\ud800:1"]
)
def test_what_only_looks_like_an_address_is_none(text: str) -> None:
    assert not valid_ip(text)
