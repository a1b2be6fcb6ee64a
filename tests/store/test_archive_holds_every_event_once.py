"""Segments and offsets are one: whatever stops the worker, every event is in the archive once."""

import signal
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

import store.archiver
from store.app import build_store
from store.archiver import Archiver
from store.maintenance import sweep
from store.manifest import current_segments, read_offsets
from store.queries import ArchiveSearch
from store.storage import open_storage
from tests.store.archive_events import NOON, HandClock, event_record, event_records, files_of, make_event, make_finding
from tests.store.archive_worker import archived_ids, ids_of, is_done, publish, start_worker
from tests.unkind_bus import UnkindBus, run_until_drained
from vagt.bus.embedded import EmbeddedBus
from vagt.context import Context
from vagt.contracts.scope import system_scope
from vagt.contracts.search import DeadQuery
from vagt.contracts.stage import Outputs, Record, TopicPartition
from vagt.errors import DependencyError
from vagt.settings.bus import BusSettings

PLACE = TopicPartition("events", 0)
SCOPE = system_scope("test")


def manifest_offset(context: Context, place: TopicPartition = PLACE) -> int | None:
    with context.state.read() as connection:
        return read_offsets(connection, [place]).get(place)


def test_a_full_buffer_is_written_and_its_offsets_are_what_the_bus_is_told(make_context: Callable[..., Context]) -> None:
    context = make_context(flush_rows=10)
    archiver = Archiver(context)
    assert archiver.step(event_records(range(9))) == Outputs(commit={})
    assert archiver.step(event_records(range(9, 12))) == Outputs(commit={PLACE: 12})
    assert manifest_offset(context) == 12
    assert archived_ids(context) == ids_of(event_records(range(12)))


def test_an_old_buffer_is_written_while_records_arrive(make_context: Callable[..., Context], clock: HandClock) -> None:
    archiver = Archiver(make_context(flush_seconds=5))
    assert archiver.step(event_records(range(2))).commit == {}
    clock.move(4.9)
    assert archiver.step(event_records(range(2, 3))).commit == {}
    assert archiver.tick(clock.now).commit == {}
    clock.move(0.2)
    assert archiver.step(event_records(range(3, 4))).commit == {PLACE: 4}


def test_an_idle_buffer_is_written_by_the_tick(make_context: Callable[..., Context], clock: HandClock) -> None:
    context = make_context(idle_seconds=1)
    archiver = Archiver(context)
    archiver.step(event_records(range(2)))
    assert archiver.tick(clock.move(0.5)).commit == {}
    assert archiver.tick(clock.move(0.6)).commit == {PLACE: 2}
    assert archived_ids(context) == ids_of(event_records(range(2)))


def test_a_finding_waits_no_longer_than_findings_may(make_context: Callable[..., Context], clock: HandClock) -> None:
    archiver = Archiver(make_context(findings_seconds=2, flush_seconds=60, idle_seconds=60))
    archiver.step([event_record(make_finding(1), 0, "findings")])
    assert archiver.tick(clock.move(1.9)).commit == {}
    assert archiver.tick(clock.move(0.2)).commit == {TopicPartition("findings", 0): 1}


def test_records_read_again_are_archived_once(context: Context) -> None:
    archiver = Archiver(context)
    archiver.step(event_records(range(5)))
    archiver.step(event_records(range(5)))
    archiver.flush()
    archiver.step(event_records(range(5)))
    assert archived_ids(context) == ids_of(event_records(range(5)))


def test_an_event_that_comes_twice_at_two_offsets_is_archived_once_across_a_restart(context: Context) -> None:
    first = Archiver(context)
    first.on_assigned([PLACE])
    first.step(event_records(range(5)))
    first.flush()
    again = [event_record(make_event(number), number + 5) for number in range(5)]
    second = Archiver(context)
    assert second.on_assigned([PLACE]) == {PLACE: 5}
    second.step(again)
    second.flush()
    assert archived_ids(context) == ids_of(again)
    assert manifest_offset(context) == 10, "what was dropped as seen counts as read"


def test_a_crash_between_file_and_commit_leaves_an_orphan_that_no_reader_sees(
    make_context: Callable[..., Context], monkeypatch: pytest.MonkeyPatch, clock: HandClock
) -> None:
    context = make_context(orphan_seconds=0)
    archiver = Archiver(context)
    archiver.step(event_records(range(5)))

    def crash(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(store.archiver, "advance_offsets", crash)
        with pytest.raises(KeyboardInterrupt):
            archiver.flush()
    assert len(files_of(context)) == 1
    assert archived_ids(context) == []
    assert sweep(context.state, open_storage(context.settings), context.settings.store, clock.now) == 1
    assert files_of(context) == []
    restarted = Archiver(context)
    assert restarted.on_assigned([PLACE]) == {}
    restarted.step(event_records(range(5)))
    restarted.flush()
    assert archived_ids(context) == ids_of(event_records(range(5)))


def test_a_crash_between_the_manifest_and_the_bus_repeats_nothing(context: Context, clock: HandClock) -> None:
    archiver = Archiver(context)
    archiver.step(event_records(range(5)))
    archiver.flush()  # and the answer never reaches the bus
    restarted = Archiver(context)
    assert restarted.on_assigned([PLACE]) == {PLACE: 5}
    assert restarted.tick(clock.now).commit == {PLACE: 5}, "the bus is told what the manifest has"
    restarted.step(event_records(range(7)))
    restarted.flush()
    assert archived_ids(context) == ids_of(event_records(range(7)))


def test_a_commit_whose_answer_is_lost_is_recognised(context: Context, monkeypatch: pytest.MonkeyPatch) -> None:
    archiver = Archiver(context)
    archiver.step(event_records(range(5)))
    commit = Archiver._commit

    def lose_the_answer(self: Archiver, pending: object) -> None:
        commit(self, pending)  # type: ignore[arg-type]
        raise DependencyError("connection reset")

    with monkeypatch.context() as patched:
        patched.setattr(Archiver, "_commit", lose_the_answer)
        with pytest.raises(DependencyError):
            archiver.flush()
    assert archiver.flush().commit == {PLACE: 5}
    assert archived_ids(context) == ids_of(event_records(range(5)))


def test_a_state_database_that_is_away_makes_no_further_files(context: Context, monkeypatch: pytest.MonkeyPatch) -> None:
    archiver = Archiver(context)
    archiver.step(event_records(range(5)))

    def away(*_: object) -> None:
        raise DependencyError("database is locked")

    with monkeypatch.context() as patched:
        patched.setattr(store.archiver, "advance_offsets", away)
        for _ in range(3):
            with pytest.raises(DependencyError):
                archiver.flush()
    assert len(files_of(context)) == 1
    archiver.flush()
    assert archived_ids(context) == ids_of(event_records(range(5)))


def test_files_that_were_swept_away_before_their_commit_are_written_again(
    context: Context, monkeypatch: pytest.MonkeyPatch, clock: HandClock
) -> None:
    archiver = Archiver(context)
    archiver.step(event_records(range(5)))

    def away(*_: object) -> None:
        raise DependencyError("database is locked")

    with monkeypatch.context() as patched:
        patched.setattr(store.archiver, "advance_offsets", away)
        with pytest.raises(DependencyError):
            archiver.flush()
    clock.move(context.settings.store.orphan_seconds)
    (swept,) = files_of(context)
    open_storage(context.settings).remove(swept)
    with pytest.raises(DependencyError, match="vanished"):
        archiver.flush()
    assert archiver.flush().commit == {PLACE: 5}
    assert archived_ids(context) == ids_of(event_records(range(5)))


def test_a_partition_that_moves_away_takes_out_its_own_rows_only(context: Context) -> None:
    other = TopicPartition("events", 1)
    archiver = Archiver(context)
    archiver.on_assigned([PLACE, other])
    archiver.step(event_records(range(5)) + event_records(range(10, 15), partition=1))
    archiver.on_revoked([PLACE])
    assert archiver.flush().commit == {other: 15}
    successor = Archiver(context)
    successor.step(event_records(range(5)))
    successor.flush()
    assert archived_ids(context) == ids_of(event_records(range(5)) + event_records(range(10, 15)))


def test_a_worker_that_lost_its_partition_without_knowing_doubles_nothing(context: Context) -> None:
    sleeper, owner = Archiver(context), Archiver(context)
    sleeper.step(event_records(range(5)))
    owner.step(event_records(range(8)))
    owner.flush()
    assert sleeper.flush().commit == {}
    sleeper.step(event_records(range(5, 10)))
    assert sleeper.flush().commit == {PLACE: 10}
    assert archived_ids(context) == ids_of(event_records(range(10)))


def test_a_late_commit_of_the_last_owner_loses_nothing_of_the_next(context: Context) -> None:
    last, following = Archiver(context), Archiver(context)
    last.step(event_records(range(5)))
    following.step(event_records(range(8)))
    last.flush()
    assert following.flush().commit == {PLACE: 8}
    assert archived_ids(context) == ids_of(event_records(range(8)))
    assert len(files_of(context)) == 2


def test_tenants_and_days_have_segments_of_their_own(context: Context) -> None:
    archiver = Archiver(context)
    events = [make_event(1, "751"), make_event(2, "101"), make_event(3, "751", NOON - timedelta(days=1))]
    archiver.step([event_record(event, offset) for offset, event in enumerate(events)])
    archiver.flush()
    with context.state.read() as connection:
        groups = sorted((one.tenant, one.day, one.rows) for one in current_segments(connection, "events"))
    assert groups == [("101", "2026-11-20", 1), ("751", "2026-11-19", 1), ("751", "2026-11-20", 1)]
    assert "events/tenant=751/day=2026-11-19" in {path.rpartition("/")[0] for path in files_of(context)}


@pytest.mark.parametrize(
    "value", [b"", b"{", b"[]", b"{}", b'{"organization":{"id":"../x"}}', b'{"organization":5}', b"\xff" * 40]
)
def test_what_is_no_event_is_kept_as_a_dead_letter_of_the_unit(context: Context, value: bytes) -> None:
    archiver = Archiver(context)
    archiver.step([Record("events", 0, 0, b"\xff", value, {}, 1_795_000_000_000), *event_records(range(1, 3))])
    assert archiver.flush().commit == {PLACE: 3}
    (letter,) = ArchiveSearch(context).search_dead(SCOPE, DeadQuery()).items
    assert letter["tenant"] == "unit"
    assert letter["body"] == value
    assert letter["stage"] == "store"
    assert "no" in letter["reason"]
    assert archived_ids(context) == ids_of(event_records(range(1, 3)))


@pytest.mark.parametrize("seed", [1, 2])
def test_an_unkind_bus_loses_and_doubles_nothing(
    make_context: Callable[..., Context], tmp_path: Path, clock: HandClock, seed: int
) -> None:
    context = make_context(flush_rows=20, idle_seconds=0)
    bus = UnkindBus(tmp_path / "bus", seed=seed)
    expected = publish(bus, range(120))
    run_until_drained(bus, lambda: build_store(context), clock, context.state, ["events"])
    bus.close()
    assert archived_ids(context) == expected


def test_kill_9_at_any_moment_loses_and_doubles_nothing(make_context: Callable[..., Context], tmp_path: Path) -> None:
    context = make_context(flush_rows=300, idle_seconds=0.1, merge_segments=4)
    bus = EmbeddedBus(tmp_path / "bus", BusSettings(fsync=False))
    expected = publish(bus, range(4000))
    for pause in (0.05, 0.25, 0.5, 60.0):
        with start_worker(context) as worker:
            deadline = time.monotonic() + pause
            while time.monotonic() < deadline and not is_done(bus):
                time.sleep(0.02)
            worker.send_signal(signal.SIGKILL)
    assert is_done(bus)
    bus.close()
    assert archived_ids(context) == expected
