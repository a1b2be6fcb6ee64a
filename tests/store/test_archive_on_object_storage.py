"""The archive in a bucket of a real object store: what it does when the store is away, refuses, or holds something else.

All tests of the archive run there too: `--archive s3`.
"""

import signal
import time
from collections.abc import Callable
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest

from store.archiver import Archiver
from store.commands import export_municipality
from store.maintenance import merge_segments, sweep
from store.manifest import current_segments
from store.object_storage import ObjectStorage
from store.queries import ArchiveSearch
from store.segment import Segment
from store.storage import open_storage
from store.verify import verify_archive
from tests.servers.authority import Authority
from tests.servers.object_store import ObjectStore
from tests.store.archive_events import NOON, HandClock, event_records, files_of
from tests.store.archive_worker import SCOPE, archived_ids, ids_of, is_done, publish, start_worker
from vagt.bus.embedded import EmbeddedBus
from vagt.context import Context
from vagt.contracts.scope import Scope
from vagt.contracts.search import Count, EventQuery
from vagt.contracts.stage import TopicPartition
from vagt.errors import DependencyError
from vagt.settings.bus import BusSettings

pytestmark = pytest.mark.servers


@pytest.fixture
def bucket(object_store: ObjectStore) -> Path:
    """An empty bucket, as the folder that the server makes of it."""
    return object_store.folder / object_store.new_bucket()


@pytest.fixture
def archive_section(object_store: ObjectStore, bucket: Path) -> dict[str, str]:
    """Every context of this module has its archive there."""
    return object_store.settings(bucket.name)


def archive(context: Context, *ranges: range) -> list[Segment]:
    """Each range becomes a segment."""
    archiver = Archiver(context)
    for numbers in ranges:
        archiver.step(event_records(numbers))
        archiver.flush()
    return segments(context)


def segments(context: Context) -> list[Segment]:
    with context.state.read() as connection:
        return current_segments(connection, "events")


def objects(bucket: Path) -> list[Path]:
    return sorted(path for path in (bucket / "vagt" / "archive").rglob("*.parquet"))


def test_the_worker_and_the_object_store_are_killed_in_turn_and_nothing_is_lost_or_doubled(
    make_context: Callable[..., Context], object_store: ObjectStore, tmp_path: Path
) -> None:
    context = make_context(flush_rows=200, idle_seconds=0.1, merge_segments=4)
    bus = EmbeddedBus(tmp_path / "bus", BusSettings(fsync=False))
    expected = publish(bus, range(1000))
    for turn, patience in enumerate((0.3, 1.0, 90.0), 1):
        with start_worker(context) as worker:
            time.sleep(0.2)
            object_store.server.kill()
            try:
                expected = sorted([*expected, *publish(bus, range(1000 * turn, 1000 * turn + 1000))])
                time.sleep(0.5)
                assert not is_done(bus), "the archive took events while its store was away"
            finally:
                object_store.server.start()
            deadline = time.monotonic() + patience
            while time.monotonic() < deadline and not is_done(bus):
                time.sleep(0.05)
            worker.send_signal(signal.SIGKILL)
    assert is_done(bus)
    bus.close()
    assert archived_ids(context) == expected
    sweep(context.state, open_storage(context.settings), context.settings.store.model_copy(update={"orphan_seconds": 0}), NOON)
    named = {one.path for one in ArchiveSearch(context).segments(SCOPE)}
    assert named <= set(files_of(context))
    assert verify_archive(SCOPE, context).is_sound


def test_a_store_that_is_away_is_waited_for(context: Context, object_store: ObjectStore, tmp_path: Path) -> None:
    archive(context, range(5))
    archiver = Archiver(context)
    archiver.step(event_records(range(5, 9)))
    asks: list[Callable[[], Any]] = [
        archiver.flush,
        archiver.flush,
        lambda: ArchiveSearch(context).search_events(SCOPE, EventQuery()),
        lambda: verify_archive(SCOPE, context),
        lambda: export_municipality(SCOPE, context, "751", tmp_path / "out", NOON, NOON + timedelta(days=1)),
        lambda: Archiver(context).on_assigned([TopicPartition("events", 0)]),
    ]
    object_store.server.kill()
    try:
        for ask in asks:
            with pytest.raises(DependencyError) as raised:
                ask()
            assert object_store.endpoint in str(raised.value)
            assert "archive-" in str(raised.value)
            assert "missing" not in str(raised.value)
    finally:
        object_store.server.start()
    assert archiver.flush().commit == {TopicPartition("events", 0): 9}
    assert archived_ids(context) == ids_of(event_records(range(9)))
    assert len(files_of(context)) == 2


def test_a_wrong_secret_is_told_and_a_right_one_is_taken_without_a_restart(
    make_context: Callable[..., Context], archive_section: dict[str, str], tmp_path: Path
) -> None:
    secret = tmp_path / "secret"
    secret.write_text("not-the-secret")
    context = make_context(archive=archive_section | {"secret_file": str(secret)})
    archiver = Archiver(context)
    archiver.step(event_records(range(5)))
    with pytest.raises(DependencyError, match=r"refuses us.*store\.archive\.key_file and secret_file") as raised:
        archiver.flush()
    assert "not-the-secret" not in str(raised.value)
    secret.write_text("")
    with pytest.raises(DependencyError, match=r"store\.archive\.secret_file: .* is empty"):
        archiver.flush()
    secret.unlink()
    with pytest.raises(DependencyError, match="secret cannot be read"):
        archiver.flush()
    secret.write_text(Path(archive_section["secret_file"]).read_text())
    archiver.flush()
    assert archived_ids(context) == ids_of(event_records(range(5)))


def test_a_bucket_that_does_not_exist_is_told(
    make_context: Callable[..., Context], archive_section: dict[str, str], context: Context
) -> None:
    archive(context, range(5))
    elsewhere = make_context(archive=archive_section | {"url": "s3://no-such-bucket/x"})
    asks: list[Callable[[], Any]] = [
        lambda: Archiver(elsewhere).step(event_records(range(5, 9))),
        lambda: open_storage(elsewhere.settings).put("events/x", b"x"),
        lambda: ArchiveSearch(elsewhere).search_events(SCOPE, EventQuery()),
        lambda: verify_archive(SCOPE, elsewhere),
        lambda: files_of(elsewhere),
    ]
    for ask in asks:
        with pytest.raises(DependencyError, match="has no bucket no-such-bucket"):
            ask()


def test_a_store_of_another_authority_is_not_trusted(
    make_context: Callable[..., Context], archive_section: dict[str, str], tmp_path: Path
) -> None:
    stranger = Authority(tmp_path / "stranger")
    archiver = Archiver(make_context(archive=archive_section | {"ca_file": str(stranger.ca)}))
    archiver.step(event_records(range(5)))
    with pytest.raises(DependencyError, match=r"(?i)certificate"):
        archiver.flush()


def test_what_was_changed_on_the_way_is_refused(context: Context) -> None:
    storage = open_storage(context.settings)
    assert isinstance(storage, ObjectStorage)

    def change(request: Any, **_: object) -> None:
        request.body = BytesIO(request.body.read()[:-1] + b"!")

    storage._connected().s3.meta.events.register("before-send.s3.PutObject", change)
    archiver = Archiver(context)
    archiver.step(event_records(range(5)))
    with pytest.raises(DependencyError, match=r"(?i)sha256"):
        archiver.flush()
    assert files_of(context) == []
    assert segments(context) == []


def test_a_search_reads_nothing_but_parts_of_its_tenants_objects(context: Context, object_store: ObjectStore) -> None:
    archive(context, range(100), range(100, 150))
    archiver = Archiver(context)
    archiver.step(event_records(range(150, 160), "101"))
    archiver.flush()
    before = len(object_store.server.log.read_text())
    search = ArchiveSearch(context)
    own = Scope("aarhus", frozenset({"municipality"}), frozenset({"751"}))
    page = search.search_events(own, EventQuery(user="u3"), limit=500)
    assert len(page.items) == len([number for number in range(150) if number % 7 == 3])
    assert search.count_by(SCOPE, "tenant", EventQuery(tenants=frozenset({"751"}))).counts == [Count("751", 150)]
    requests = [line for line in object_store.server.log.read_text()[before:].splitlines() if "| vgw |" in line]
    assert requests
    assert all("| GET |" in line and "/tenant=751/" in line for line in requests), requests


def test_verification_finds_what_was_changed_in_the_bucket(context: Context, bucket: Path) -> None:
    archive(context, range(5), range(5, 10), range(10, 15), range(15, 20))
    assert verify_archive(SCOPE, context).is_sound
    flipped, longer, gone, _ = objects(bucket)
    content = bytearray(flipped.read_bytes())
    content[100] ^= 1
    flipped.write_bytes(content)
    with longer.open("ab") as file:
        file.write(b"more")
    gone.unlink()
    result = verify_archive(SCOPE, context)
    assert len(result.problems) == 3
    for changed, words in ((flipped, "SHA-256"), (longer, "SHA-256"), (gone, "no such object")):
        assert any(changed.name in problem and words in problem for problem in result.problems)


def test_a_sweep_removes_our_orphans_and_nothing_else(
    make_context: Callable[..., Context], bucket: Path, clock: HandClock
) -> None:
    context = make_context(orphan_seconds=0, replaced_seconds=60)
    storage = open_storage(context.settings)
    assert merge_segments(context.state, storage, archive(context, range(5), range(5, 10)), 3, clock.now)
    orphan = "events/tenant=751/day=2026-11-20/019abc00-0000-7000-8000-000000000000.parquet"
    storage.put(orphan, b"of a worker that was killed")
    for name in ("other.parquet", "vagt/archive/other.parquet", f"vagt2/{orphan}"):
        (bucket / name).parent.mkdir(parents=True, exist_ok=True)
        (bucket / name).write_bytes(b"somebody else's")
    assert sweep(context.state, storage, context.settings.store, clock.now) == 1
    assert sweep(context.state, storage, context.settings.store, clock.move(61)) == 2
    assert files_of(context) == [one.path for one in segments(context)]
    assert len([path for path in bucket.rglob("*") if path.is_file()]) == 4
    assert archived_ids(context) == ids_of(event_records(range(10)))
