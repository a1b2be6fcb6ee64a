"""GELF: levels, times, additional fields; and that hostile messages raise NormaliseError only."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from normalise.registry import source_for
from normalise.sources.gelf_generic.parser import SOURCE
from tests.normalise.reading import events, reader
from vagt.errors import NormaliseError

read = reader(SOURCE)


def message(**fields: Any) -> str:
    return json.dumps({"version": "1.1", "host": "web01", "short_message": "hello", **fields})


def test_a_message_is_recognised_by_version_and_short_message() -> None:
    assert source_for(None, message().encode()) == (SOURCE, True)
    assert not SOURCE.recognise(b'{"short_message": "hello", "version": "2"}')


@pytest.mark.parametrize(
    ("level", "name"), [(0, "emergency"), (3, "error"), ("7", "debug"), (8, None), ("x", None), (True, None)]
)
def test_a_level_is_a_syslog_severity(level: Any, name: str | None) -> None:
    assert read(message(level=level)).get("log", {}).get("level") == name


@pytest.mark.parametrize("stamp", [1795338930.25, "1795338930.25", 1795338930250])
def test_times_are_seconds_with_a_fraction(stamp: Any) -> None:
    assert read(message(timestamp=stamp))["@timestamp"] == "2026-11-22T09:15:30.250Z"


def test_additional_fields_of_common_names_are_mapped_and_others_stay() -> None:
    event = read(message(_user="bo", _Source_IP="192.0.2.1", _exception="at x", _colour="red", _size=3))
    assert event["user"]["name"] == "bo"
    assert event["source"]["ip"] == "192.0.2.1"
    assert event["error"]["stack_trace"] == "at x"
    assert event["gelf"]["generic"]["additional"] == {"colour": "red", "size": "3"}


def test_what_the_sender_says_of_tenant_and_id_stays_the_senders() -> None:
    event = read(message(_organization={"id": "999"}, **{"_event.id": "mine", "_vagt": {"finding": 1}}))
    assert event["organization"]["id"] == "751"
    assert event["event"]["id"] != "mine"
    assert "vagt" not in event


@pytest.mark.parametrize("body", ["", "{", "[]", '"x"', '{"version":"1.1"}', '{"short_message":3}'])
def test_what_is_no_gelf_is_refused(body: str) -> None:
    with pytest.raises(NormaliseError):
        events(SOURCE, body)


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats(allow_nan=False) | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3),
    max_leaves=9,
)
NAMES = st.sampled_from(
    ["timestamp", "level", "host", "file", "line", "_ip", "_host", "_url", "_time", "_md5", "_proto", "_a.b"]
)


@settings(max_examples=300, deadline=None)
@given(st.dictionaries(NAMES | st.text(max_size=9), VALUES, max_size=9), st.binary(max_size=40))
def test_hostile_input_raises_normalise_error_only(fields: dict[str, Any], noise: bytes) -> None:
    for body in (message(**fields).encode(), noise, message(**fields).encode()[:-9] + noise):
        try:
            found = events(SOURCE, body)
        except NormaliseError:
            continue
        assert [event["event"]["dataset"] for event in found] == ["gelf.generic"]
