"""The sample day: read without error, seen by the built-in rules, and written once a day."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from detections.cases import findings_of
from detections.engine import Engine
from detections.loading import load_rules
from normalise.envelope import normalise_raw
from normalise.registry import source_for
from vagt.bus.embedded import EmbeddedBus
from vagt.cli.sample_day import STAMPS, replay_sample_day, sample_logs
from vagt.clock import from_iso, to_iso
from vagt.context import Context
from vagt.contracts.event import Event
from vagt.contracts.raw import raw_from_headers
from vagt.errors import SettingsError
from vagt.settings import Settings
from vagt.settings.unit import UnitSettings
from vagt.state.database import open_state
from vagt.tenants import SAMPLE, load_tenants

NOW = datetime(2026, 11, 22, 9, 15, 30, 123456, tzinfo=UTC)


@cache
def events() -> tuple[Sequence[Event], ...]:
    """The events of each log, in the order of the day."""
    found = []
    for raw in sample_logs(NOW):
        source, detected = source_for(raw.source, raw.body)
        zone = ZoneInfo("Europe/Copenhagen")
        found.append(normalise_raw(raw, source, detected, zone, to_iso(NOW), lambda tenant: tenant))
    return tuple(found)


def test_the_day_ends_now_and_is_in_order() -> None:
    logs = list(sample_logs(NOW))
    times = [raw.received for raw in logs]
    assert times == sorted(times)
    assert times[-1] == NOW.replace(microsecond=0)
    assert timedelta(hours=12) < times[-1] - times[0] < timedelta(days=1)
    assert 150 <= len(logs) <= 310
    assert {raw.source for raw in logs} == set(STAMPS)


def test_every_log_is_marked_as_a_sample() -> None:
    logs = list(sample_logs(NOW))
    assert {(raw.tenant, raw.protocol) for raw in logs} == {(SAMPLE, "replay")}
    assert all(raw.position.startswith(f"sample:2026-11-22:{raw.source}:") for raw in logs)
    assert len({raw.position for raw in logs}) == len(logs)


def test_every_log_is_one_event_of_its_source_at_its_time() -> None:
    for raw, made in zip(sample_logs(NOW), events(), strict=True):
        assert len(made) == 1
        assert made[0]["event"]["dataset"] == raw.source
        assert from_iso(made[0]["@timestamp"]) == raw.received


def test_the_built_in_rules_see_the_story_and_leave_the_ordinary_alone() -> None:
    ruleset = load_rules([])
    engine = Engine(ruleset)
    matching = [made for made in events() if any(engine.match(event) for event in made)]
    findings = findings_of([event for made in events() for event in made], ruleset, NOW)
    titles = {finding["rule"]["name"] for finding in findings}
    assert len(titles) >= 12
    assert len(matching) < 0.4 * len(events())
    assert {
        "Password guessing against SSH",
        "Password spraying against the VPN",
        "Foreign access point on the wired network",
        "Password guessing against a firewall's administration",
        "Firewall policy opened to all",
        "Windows security log cleared",
        "Severe Suricata alert about an inside machine",
        "Certificate on a firewall expires or has expired",
    } <= titles


@pytest.fixture
def context(tmp_path: Path) -> Context:
    settings = Settings(data_dir=tmp_path)
    return Context(settings, open_state(settings), load_tenants(settings.unit), lambda: NOW)


def test_the_day_is_written_to_the_bus_once_a_day(context: Context) -> None:
    bus = EmbeddedBus(context.data_dir / "bus", context.settings.bus)
    written = replay_sample_day(context, bus)
    assert written == len(list(sample_logs(NOW)))
    assert replay_sample_day(context, bus) == 0
    records = [record for topic in bus.topics() for place in bus.next_offsets(topic) for record in bus.read(place, 0, written)]
    given = {raw_from_headers(SAMPLE, record.topic[11:], record.value, record.headers) for record in records}
    assert given == set(sample_logs(NOW))
    bus.close()


def test_the_next_day_is_written_again(context: Context) -> None:
    bus = EmbeddedBus(context.data_dir / "bus", context.settings.bus)
    first = replay_sample_day(context, bus)
    tomorrow = Context(context.settings, context.state, context.tenants, lambda: NOW + timedelta(days=1))
    assert replay_sample_day(tomorrow, bus) == first
    bus.close()


def test_the_sample_tenant_is_always_known() -> None:
    tenants = load_tenants(UnitSettings(municipalities=("751",)))
    assert tenants.require(SAMPLE) == SAMPLE
    assert tenants.name(SAMPLE) == "Eksempelkommune (sample data)"


def test_a_unit_may_not_be_named_as_the_sample() -> None:
    with pytest.raises(SettingsError, match="sample data"):
        load_tenants(UnitSettings(id=SAMPLE))
