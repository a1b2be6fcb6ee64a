"""Merging, retention, verification, export, and a disk that is full."""

import gzip
import resource
import subprocess
import sys
import tracemalloc
from base64 import b64decode
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import orjson
import pyarrow.parquet as pq
import pytest
from sqlalchemy import select

import store.storage
from store.app import build_store
from store.archiver import Archiver
from store.commands import apply_retention, export_municipality
from store.layout import day_of, to_micros
from store.maintenance import merge_next, merge_segments, mergeable, sweep
from store.manifest import current_segments
from store.queries import ArchiveSearch
from store.seen import SeenIds
from store.segment import Segment
from store.storage import open_storage
from store.verify import verify_archive
from tests.store.archive_events import NOON, HandClock, event_record, event_records, files_of, make_event, make_finding
from vagt.context import Context
from vagt.contracts.scope import Scope, system_scope
from vagt.contracts.search import EventQuery
from vagt.contracts.stage import Record, TopicPartition
from vagt.errors import DependencyError, ForbiddenError, NotFoundError, SettingsError, UsageError
from vagt.settings.store import RetentionOverride, RetentionSettings, StoreSettings
from vagt.state.outbox import outbox

SCOPE = system_scope("test")


def archive(context: Context, batches: list[list[Record]]) -> None:
    """Each batch becomes a segment."""
    archiver = Archiver(context)
    for batch in batches:
        archiver.step(batch)
        archiver.flush()


def segments(context: Context, kind: str = "events") -> list[Segment]:
    with context.state.read() as connection:
        return current_segments(connection, kind)


def all_ids(context: Context) -> list[str]:
    page = ArchiveSearch(context).search_events(SCOPE, EventQuery(), limit=1000)
    return sorted(event["event"]["id"] for event in page.items)


def test_small_segments_become_one_and_nothing_is_lost(make_context: Callable[..., Context], clock: HandClock) -> None:
    context = make_context(merge_segments=4, replaced_seconds=60)
    archive(context, [event_records(range(start, start + 10)) for start in range(0, 50, 10)])
    before = all_ids(context)
    storage = open_storage(context.settings)
    merged = merge_next(context.state, storage, context.settings.store, clock.now, is_busy=False)
    assert merged is not None
    assert segments(context) == [merged]
    assert (merged.rows, merged.offsets) == (50, {"events-0": [0, 49]})
    assert all_ids(context) == before
    assert len(files_of(context)) == 6, "readers that began before still find the old files"
    assert sweep(context.state, storage, context.settings.store, clock.move(61)) == 5
    assert len(files_of(context)) == 1
    assert verify_archive(SCOPE, context).is_sound


def test_merging_drops_ids_that_stand_twice(make_context: Callable[..., Context], clock: HandClock) -> None:
    context = make_context(dedupe_ids=2, merge_segments=2)
    again = [event_record(make_event(number), 10 + number) for number in range(10)]
    archive(context, [event_records(range(10)), again])
    assert sum(one.rows for one in segments(context)) > 10, "the memory of ids was too small, as it was made to be"
    merged = merge_next(context.state, open_storage(context.settings), context.settings.store, clock.now, is_busy=False)
    assert merged is not None
    assert merged.rows == 10


def test_two_workers_that_merge_the_same_segments_leave_one(make_context: Callable[..., Context], clock: HandClock) -> None:
    context = make_context()
    archive(context, [event_records(range(start, start + 5)) for start in (0, 5, 10)])
    old = segments(context)
    storage = open_storage(context.settings)
    assert merge_segments(context.state, storage, old, 3, clock.now) is not None
    assert merge_segments(context.state, storage, old, 3, clock.now) is None
    assert len(segments(context)) == 1
    assert len(files_of(context)) == 4


def test_a_damaged_segment_is_not_merged_away(make_context: Callable[..., Context], clock: HandClock) -> None:
    context = make_context()
    archive(context, [event_records(range(start, start + 5)) for start in (0, 5, 10)])
    storage = open_storage(context.settings)
    old = segments(context)
    storage.put(old[0].path, b"damaged")
    assert merge_segments(context.state, storage, old, 3, clock.now) is not None
    assert old[0].path in {one.path for one in segments(context)}
    assert sorted(one.rows for one in segments(context)) == [5, 10]


def test_segments_are_merged_with_those_of_like_size_until_the_day_is_over(context: Context) -> None:
    archive(context, [event_records(range(100)), *(event_records(range(start, start + 2)) for start in range(100, 120, 2))])
    today = day_of(to_micros(NOON))
    small = mergeable(segments(context), StoreSettings(merge_segments=8), today, is_busy=False)
    assert [one.rows for one in small] == [2] * 10
    assert mergeable(segments(context), StoreSettings(merge_segments=11), today, is_busy=False) == []
    assert mergeable(segments(context), StoreSettings(merge_segments=8), today, is_busy=True) == []
    assert len(mergeable(segments(context), StoreSettings(merge_segments=8), "2026-11-21", is_busy=False)) == 11
    assert mergeable(segments(context), StoreSettings(merge_rows=2), today, is_busy=False) == []


def test_the_stage_merges_and_forgets_between_batches(make_context: Callable[..., Context], clock: HandClock) -> None:
    context = make_context(merge_segments=2, idle_seconds=0, retention=RetentionSettings(events_days=30))
    stage = build_store(context)
    assert stage.tick is not None
    for start in (0, 10):
        stage.step(event_records(range(start, start + 10)))
        stage.tick(clock.move(10))
    assert [one.rows for one in segments(context)] == [20]
    stage.tick(clock.move(32 * 86400))
    assert segments(context) == []


def test_retention_deletes_whole_days_and_says_so(make_context: Callable[..., Context], clock: HandClock) -> None:
    override = {"101": RetentionOverride(events_days=5)}
    context = make_context(retention=RetentionSettings(events_days=30, findings_days=60, tenants=override))
    old, recent = NOON - timedelta(days=31), NOON - timedelta(days=29)
    events = [make_event(1, "751", old), make_event(2, "751", recent), make_event(3, "101", recent), make_event(4, "101")]
    archive(context, [[event_record(event, offset)] for offset, event in enumerate(events)])
    archive(context, [[event_record(make_finding(1), 0, "findings")]])
    removed = apply_retention(SCOPE, context, clock.now)
    assert sorted((one.tenant, one.day) for one in removed) == [("101", "2026-10-22"), ("751", "2026-10-20")]
    assert sorted((one.tenant, one.day) for one in segments(context)) == [("101", "2026-11-20"), ("751", "2026-10-22")]
    assert {one.path for one in removed}.isdisjoint(files_of(context))
    with context.state.read() as connection:
        rows = connection.execute(select(outbox).order_by(outbox.c.id)).all()
    changes = [orjson.loads(row.value) for row in rows]
    assert {(row.room, row.topic) for row in rows} == {("store", "audit")}
    assert [(change["tenant"], change["action"], change["before"]["rows"]) for change in changes] == [
        ("101", "deleted", 1),
        ("751", "deleted", 1),
    ]
    assert len(changes[0]["before"]["manifest_sha256"]) == 64
    assert apply_retention(SCOPE, context, clock.now) == []


def test_retention_days_are_counted_from_the_day_of_receipt(make_context: Callable[..., Context], clock: HandClock) -> None:
    context = make_context(retention=RetentionSettings(events_days=1))
    archive(context, [[event_record(make_event(1, received=NOON), 0)]])
    clock.now = NOON.replace(day=21, hour=23, minute=59)
    assert apply_retention(SCOPE, context, clock.now) == []
    assert len(apply_retention(SCOPE, context, clock.move(120))) == 1


def test_verification_names_what_was_changed_or_removed(context: Context) -> None:
    archive(context, [event_records(range(start, start + 5)) for start in (0, 5, 10)])
    assert verify_archive(SCOPE, context).segments == 3
    first, second, _ = segments(context)
    storage = open_storage(context.settings)
    with storage.open(first.path) as file:
        content = bytearray(file.read())
    content[100] ^= 1
    storage.put(first.path, bytes(content))
    storage.remove(second.path)
    result = verify_archive(SCOPE, context)
    assert not result.is_sound
    assert [first.path in result.problems[0], second.path in result.problems[1]] == [True, True]
    assert verify_archive(Scope("x", frozenset({"municipality"}), frozenset({"101"})), context).segments == 0


@pytest.mark.parametrize("form", ["ndjson", "parquet"])
def test_an_export_holds_everything_of_one_municipality_and_can_be_checked(
    make_context: Callable[..., Context], tmp_path: Path, form: str
) -> None:
    context = make_context()
    letter = Record("dead", 0, 0, b"751,x", b"\xff\x00", {"tenant": "751", "reason": "r"}, int(NOON.timestamp() * 1000))
    archive(context, [event_records(range(30)), event_records(range(30, 40), "101"), [letter]])
    archive(context, [[event_record(make_finding(1), 0, "findings")]])
    out = tmp_path / "export"
    until = NOON + timedelta(days=1)
    export = export_municipality(SCOPE, context, "751", out, NOON, until, form)  # type: ignore[arg-type]
    assert (export.rows, export.problems) == ({"events": 30, "findings": 1, "dead": 1}, [])
    assert subprocess.run(["sha256sum", "-c", "--quiet", "SHA256SUMS"], cwd=out, check=False).returncode == 0
    if form == "ndjson":
        lines = gzip.decompress((out / "events" / "2026-11-20.ndjson.gz").read_bytes()).splitlines()
        documents = [orjson.loads(line) for line in lines]
        dead = orjson.loads(gzip.decompress((out / "dead" / f"{day_of(to_micros(NOON))}.ndjson.gz").read_bytes()))
        assert b64decode(dead["body_base64"]) == b"\xff\x00"
    else:
        table = pq.ParquetFile(out / "events" / "2026-11-20.parquet").read()
        documents = [orjson.loads(text) for text in table["document"].to_pylist()]
    assert sorted(orjson.dumps(one, option=orjson.OPT_SORT_KEYS) for one in documents) == sorted(
        orjson.dumps(make_event(number), option=orjson.OPT_SORT_KEYS) for number in range(30)
    )
    assert "Aarhus" in (out / "README.da.md").read_text()
    assert "Aarhus" in (out / "README.en.md").read_text()
    with context.state.read() as connection:
        change = orjson.loads(connection.execute(select(outbox.c.value)).scalar_one())
    assert (change["action"], change["tenant"], change["after"]["sha256"]) == ("exported", "751", export.sha256)


def test_an_export_names_what_it_could_not_read(context: Context, tmp_path: Path) -> None:
    archive(context, [event_records(range(start, start + 5)) for start in (0, 5)])
    victim = segments(context)[0]
    open_storage(context.settings).put(victim.path, b"damaged")
    export = export_municipality(SCOPE, context, "751", tmp_path / "out", NOON, NOON + timedelta(days=1))
    assert export.rows["events"] == 5
    assert victim.path in export.problems[0]
    assert victim.path in (tmp_path / "out" / "manifest.json").read_text()


def test_an_export_is_refused_where_it_must_be(context: Context, tmp_path: Path) -> None:
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "file").touch()
    other = Scope("x", frozenset({"municipality"}), frozenset({"101"}))
    analyst = Scope("y", frozenset({"analyst"}), None)
    until = NOON + timedelta(days=1)
    for error, ask in (
        (UsageError, lambda: export_municipality(SCOPE, context, "751", tmp_path / "full", NOON, until)),
        (UsageError, lambda: export_municipality(SCOPE, context, "751", tmp_path / "new", until, NOON)),
        (NotFoundError, lambda: export_municipality(other, context, "751", tmp_path / "new", NOON, until)),
        (ForbiddenError, lambda: export_municipality(analyst, context, "751", tmp_path / "new", NOON, until)),
        (SettingsError, lambda: export_municipality(SCOPE, context, "999", tmp_path / "new", NOON, until)),
        (ForbiddenError, lambda: apply_retention(analyst, context, NOON)),
    ):
        with pytest.raises(error):
            ask()
    assert not (tmp_path / "new").exists()


FULL_DISK = """
import resource, sys
from pathlib import Path
from store.layout import Group
from store.segment import table_of, write_segment
from store.storage import DiskStorage
from store.document import pack_document
from tests.store.archive_events import make_event
from vagt.errors import DependencyError
import signal

signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
rows = [pack_document(make_event(number), "751", 0) for number in range(500)]
resource.setrlimit(resource.RLIMIT_FSIZE, (4096, resource.RLIM_INFINITY))
try:
    write_segment(DiskStorage(Path(sys.argv[1])), Group("events", "751", "2026-11-20"), table_of("events", rows), {}, 0, 3)
except DependencyError as error:
    print(error)
"""


def test_a_file_that_the_disk_does_not_take_is_told_and_removed(tmp_path: Path) -> None:
    assert resource.RLIMIT_FSIZE is not None
    root = Path(__file__).resolve().parent.parent.parent
    done = subprocess.run(
        [sys.executable, "-c", FULL_DISK, str(tmp_path)],
        cwd=root,
        capture_output=True,
        text=True,
        check=True,
        env={"PYTHONPATH": "."},
    )
    assert "cannot be written" in done.stdout
    assert "free space" in done.stdout
    assert list(tmp_path.rglob("*.parquet")) == []


def test_a_full_disk_keeps_the_rows_until_there_is_room(
    make_context: Callable[..., Context], monkeypatch: pytest.MonkeyPatch
) -> None:
    context = make_context(archive={})
    archiver = Archiver(context)
    events = [*event_records(range(5)), event_record(make_event(9, "101"), 5)]
    with monkeypatch.context() as patched:
        written = 0
        sync = store.storage._sync

        def full(folder: Path) -> None:
            nonlocal written
            written += 1
            if written % 2 == 0:
                raise OSError(28, "No space left on device")
            sync(folder)

        patched.setattr(store.storage, "_sync", full)
        for _ in range(3):
            archiver.step(events)
            with pytest.raises(DependencyError, match="No space left"):
                archiver.flush()
            assert files_of(context) == []
    archiver.step(events)
    assert archiver.flush().commit == {TopicPartition("events", 0): 6}
    assert len(all_ids(context)) == 6


def test_an_archive_in_a_bucket_without_the_extra_says_what_to_install(
    make_context: Callable[..., Context], monkeypatch: pytest.MonkeyPatch
) -> None:
    section = {"url": "s3://archive", "region": "eu-north-1", "key_file": "key", "secret_file": "secret"}
    context = make_context(archive=section)
    monkeypatch.setattr(store.storage, "find_spec", lambda name: None)
    with pytest.raises(SettingsError, match=r"extra `s3`: pip install 'vagt\[s3\]'"):
        build_store(context)


def test_the_memory_of_ids_is_bounded() -> None:
    tracemalloc.start()
    seen = SeenIds(30, 200_000)
    assert all(seen.is_new(number.to_bytes(16, "big"), number // 100) for number in range(300_000))
    size, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert len(seen) <= 200_000
    assert size < 30 * 1024 * 1024
    assert not seen.is_new((299_999).to_bytes(16, "big"), 0)


def test_ids_are_forgotten_after_the_window() -> None:
    seen = SeenIds(30, 1000)
    minute = 60_000
    assert seen.is_new(b"a", 0)
    assert not seen.is_new(b"a", 29 * minute)
    assert seen.is_new(b"b", 31 * minute)
    assert not seen.is_new(b"a", 45 * minute)
    assert seen.is_new(b"c", 62 * minute)
    assert seen.is_new(b"a", 62 * minute)
