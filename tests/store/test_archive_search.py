"""The files behind the archive's search. What every search must answer is in tests/contracts/test_event_search.py."""

import pytest

from store.archiver import Archiver
from store.queries import ArchiveSearch
from store.storage import open_storage
from tests.store.archive_events import event_record, files_of, make_event
from vagt.context import Context
from vagt.contracts.event import Event
from vagt.contracts.scope import Scope, system_scope
from vagt.contracts.search import EventQuery, Page
from vagt.errors import NotFoundError

ALL = system_scope("test")
AARHUS = Scope("aarhus", frozenset({"municipality"}), frozenset({"751"}), "incident")


def archive(context: Context, events: list[Event], topic: str = "events", first: int = 0) -> None:
    """Write `events` as one flush."""
    archiver = Archiver(context)
    archiver.step([event_record(event, first + number, topic) for number, event in enumerate(events)])
    archiver.flush()


def numbers(page: Page) -> list[int]:
    return [int(event["cisco"]["asa"]["connection_id"]) for event in page.items]


@pytest.fixture
def search(context: Context) -> ArchiveSearch:
    """Events 0 to 99 of 751 and 100 to 119 of 101, in two flushes."""
    archive(context, [make_event(number) for number in range(0, 100, 2)])
    second = [make_event(number) for number in range(1, 100, 2)] + [make_event(number, "101") for number in range(100, 120)]
    archive(context, second, first=50)
    return ArchiveSearch(context)


def test_the_manifest_is_told_by_scope(search: ArchiveSearch) -> None:
    with pytest.raises(NotFoundError):
        search.segments(AARHUS, tenant="101")
    assert {segment.tenant for segment in search.segments(AARHUS)} == {"751"}


def test_a_scope_opens_no_file_of_another_tenant(search: ArchiveSearch, context: Context) -> None:
    for path in files_of(context):
        if path.startswith("events/tenant=101/"):
            open_storage(context.settings).put(path, b"would be named as damaged")
    page = search.search_events(AARHUS, EventQuery(), limit=200)
    assert (len(page.items), page.problems) == (100, [])


@pytest.mark.parametrize("damage", ["missing", "truncated", "garbled", "not parquet"])
def test_a_damaged_segment_is_named_and_the_rest_is_answered(search: ArchiveSearch, context: Context, damage: str) -> None:
    victim = next(one for one in search.segments(ALL, "events", "751") if one.time_min % 2000 == 0)
    storage = open_storage(context.settings)
    with storage.open(victim.path) as file:
        content = file.read()
    if damage == "missing":
        storage.remove(victim.path)
    elif damage == "truncated":
        storage.put(victim.path, content[: len(content) // 2])
    elif damage == "garbled":
        storage.put(victim.path, content[:4] + bytes(byte ^ 0x5A for byte in content[4:-400]) + content[-400:])
    else:
        storage.put(victim.path, b"nothing" * 100)
    page = search.search_events(ALL, EventQuery(), limit=200)
    assert sorted(numbers(page)) == [*range(1, 100, 2), *range(100, 120)]
    assert len(page.problems) == 1
    assert victim.path in page.problems[0]
    counts = search.count_by(ALL, "user", EventQuery())
    assert len(counts.problems) <= 1
