"""Hostile records on every source: nothing but NormaliseError, documents that keep to ECS, and no more out than came in."""

import subprocess
import sys
from collections.abc import Iterable
from datetime import UTC, datetime
from importlib.util import find_spec
from pathlib import Path

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from normalise.conform import conform
from normalise.envelope import normalise_raw
from normalise.registry import source_for, sources
from normalise.source import Source
from normalise.text import is_noise
from tests.normalise.mutations import damaged
from tests.normalise.nasty import nasty, spoiled
from tests.normalise.test_golden_samples import FILES, RECEIVED, ZONE, check_shared_parts, faults, source_of
from vagt.contracts.event import Event
from vagt.contracts.raw import RawLog
from vagt.errors import NormaliseError

ROOT = Path(__file__).resolve().parents[2]
LARGEST_SHARE = 40  # a document has names for what a record has in columns
EVERY = sources().values()
NAMES = [source.id for source in EVERY]
# whose every event has the vendor's object, however damaged its record
OWN_OBJECT = frozenset(
    "aruba.clearpass aruba.wireless citrix.adc juniper.srx sonicwall.firewall sophos.xg stormshield.sns "
    "watchguard.firebox".split()
)


def try_on(source: Source, body: bytes) -> list[Event]:
    """The events that the record gives; checks them."""
    source.recognise(body)
    raw = RawLog("751", source.id, body, RECEIVED, "syslog+udp", "192.0.2.1", "p")
    try:
        events = normalise_raw(raw, source, False, ZONE, "2026-11-22T12:00:01.000Z", str)
    except (NormaliseError, RecursionError):  # what the step makes a dead letter of
        return []
    size = 0
    for event in events:
        assert list(faults(event)) == []
        assert event["event"]["dataset"] == source.id
        assert datetime.fromisoformat(event["@timestamp"]).tzinfo is UTC
        try:
            written = orjson.dumps(event)
        except orjson.JSONEncodeError:  # a dead letter too
            continue
        size += len(written) - len(orjson.dumps(event["event"]["original"]))
        assert conform(orjson.loads(written)) == 0
    assert size <= LARGEST_SHARE * len(body) + 8192 * len(events)
    return events


def bad(records: Iterable[bytes]) -> Iterable[bytes]:
    """What normalise gives to a parser at all."""
    return (body for body in records if body.strip() and not is_noise(body))


@pytest.mark.parametrize("source", EVERY, ids=NAMES)
def test_nasty_records_break_no_source(source: Source) -> None:
    for body in bad(body for _, body in nasty()):
        try_on(source, body)


@pytest.mark.parametrize("source", EVERY, ids=NAMES)
def test_spoiled_samples_break_no_source(source: Source) -> None:
    lines = [line for path in FILES if source_of(path) is source for line in path.read_bytes().split(b"\n") if line.strip()]
    given = sum(len(try_on(source, line)) for line in bad(lines))
    assert given >= len(lines) / 2
    for line in lines[:: max(1, len(lines) // 25)]:
        for body in bad(spoiled(line)):
            try_on(source, body)
    check_shared_parts()


@pytest.mark.parametrize("source", EVERY, ids=NAMES)
@settings(max_examples=500)
@given(data=st.data())
def test_no_damage_to_a_sample_breaks_its_source(source: Source, data: st.DataObject) -> None:
    vendor = source.id.partition(".")[0]
    for body in bad([data.draw(damaged(source))]):
        for event in try_on(source, body):
            assert source.id not in OWN_OBJECT or vendor in event
            assert source.id != "f5.bigip" or vendor in event or event["event"]["category"]
            assert source.id != "barracuda.firewall" or event["event"]["category"]


@pytest.mark.parametrize(("name", "body"), list(nasty()), ids=[name for name, _ in nasty()])
def test_a_nasty_record_without_a_name_is_some_sources_or_a_dead_letter(name: str, body: bytes) -> None:
    try:
        source, is_detected = source_for(None, body)
    except NormaliseError as error:
        assert str(error)
    else:
        assert is_detected
        try_on(source, body)


@pytest.mark.skipif(find_spec("atheris") is None, reason="atheris has no wheel for this platform")
def test_a_short_run_of_the_fuzzer_finds_nothing(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "benchmarks.fuzz", "--runs", "6000", "--seconds", "120", "--keep", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    assert list(tmp_path.iterdir()) == []
