"""Questions to the archive: filters, paging, tenants, and files that are missing or damaged."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from threading import Thread
from typing import Any

import orjson
import pytest

from store.archiver import Archiver
from store.layout import archive_folder
from store.queries import ArchiveSearch
from tests.store.archive_events import NOON, event_record, event_records, make_event, make_finding
from vagt.bus.dead import dead_letter
from vagt.context import Context
from vagt.contracts.event import Event
from vagt.contracts.scope import Scope, system_scope
from vagt.contracts.search import COUNT_FIELDS, Count, DeadQuery, EventQuery, FindingQuery, Page
from vagt.contracts.stage import Record
from vagt.errors import NotFoundError, UsageError

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


def test_events_come_newest_first_and_whole(search: ArchiveSearch) -> None:
    page = search.search_events(ALL, EventQuery(), limit=5)
    assert numbers(page) == [119, 118, 117, 116, 115]
    assert page.items[0] == make_event(119, "101")


def test_pages_follow_each_other_without_gap_or_double(search: ArchiveSearch) -> None:
    found: list[int] = []
    page = search.search_events(ALL, EventQuery(), limit=7)
    while True:
        found += numbers(page)
        if page.cursor is None:
            break
        page = search.search_events(ALL, EventQuery(), page.cursor, 7)
    assert found == list(range(119, -1, -1))


def test_a_cursor_is_stable_while_events_arrive(search: ArchiveSearch, context: Context) -> None:
    first = search.search_events(ALL, EventQuery(), limit=10)
    archive(context, [make_event(number) for number in range(200, 230)], first=200)
    second = search.search_events(ALL, EventQuery(), first.cursor, 10)
    assert numbers(second) == list(range(109, 99, -1))


def test_events_of_the_same_time_are_paged_by_id(context: Context) -> None:
    same = [make_event(number) | {"@timestamp": "2026-11-20T12:00:00.000Z"} for number in range(9)]
    archive(context, same)
    search = ArchiveSearch(context)
    found: list[int] = []
    cursor = None
    for _ in range(3):
        page = search.search_events(ALL, EventQuery(), cursor, 3)
        found += numbers(page)
        cursor = page.cursor
    assert sorted(found) == list(range(9))
    assert cursor is None


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        (EventQuery(user="U3"), [number for number in range(120) if number % 7 == 3]),
        (EventQuery(host="fw1", tenants=frozenset({"101"})), [number for number in range(100, 120) if number % 3 == 1]),
        (EventQuery(source_ip="192.0.2.17"), [17]),
        (EventQuery(destination_ip="198.51.100.7", action="flow-created"), list(range(0, 120, 2))),
        (EventQuery(code="302013", outcome="failure"), []),
        (EventQuery(dataset="cisco.asa", user="u1", action="firewall-rule"), [n for n in range(120) if n % 7 == 1 and n % 2]),
        (EventQuery(since=NOON + timedelta(milliseconds=10), until=NOON + timedelta(milliseconds=13)), [10, 11, 12]),
        (EventQuery(since=NOON, until=NOON + timedelta(seconds=1), text="CONNECTION 11 for"), [11]),
        (EventQuery(user="u3' OR '1'='1"), []),
        (EventQuery(id="not an id of ours"), []),
        (EventQuery(id=make_event(42)["event"]["id"]), [42]),
    ],
    ids=lambda value: str(value)[:60] if isinstance(value, EventQuery) else "",
)
def test_every_filter_holds(search: ArchiveSearch, query: EventQuery, expected: list[int]) -> None:
    assert sorted(numbers(search.search_events(ALL, query, limit=200))) == expected


@pytest.mark.parametrize(
    "ask",
    [
        lambda search: search.search_events(ALL, EventQuery(text="x")),
        lambda search: search.search_events(ALL, EventQuery(text="x", since=NOON, until=NOON + timedelta(days=32))),
        lambda search: search.search_events(ALL, EventQuery(source_ip="no address")),
        lambda search: search.search_events(ALL, EventQuery(since=NOON.replace(tzinfo=None))),
        lambda search: search.search_events(ALL, EventQuery(), "no cursor"),
        lambda search: search.search_events(ALL, EventQuery(), "W10"),
        lambda search: search.search_events(ALL, EventQuery(), limit=0),
        lambda search: search.count_by(ALL, "1; DROP TABLE x", EventQuery()),
    ],
    ids=["text without range", "text over long range", "address", "zone", "cursor", "empty cursor", "limit", "field"],
)
def test_a_question_that_cannot_be_answered_says_so(search: ArchiveSearch, ask: Callable[[ArchiveSearch], Any]) -> None:
    with pytest.raises(UsageError):
        ask(search)


def test_a_scope_sees_its_own_tenant_only(search: ArchiveSearch) -> None:
    page = search.search_events(AARHUS, EventQuery(), limit=200)
    assert {event["organization"]["id"] for event in page.items} == {"751"}
    assert len(page.items) == 100
    for ask in (
        lambda: search.search_events(AARHUS, EventQuery(tenants=frozenset({"101"}))),
        lambda: search.search_events(AARHUS, EventQuery(tenants=frozenset({"751", "101"}))),
        lambda: search.get_event(AARHUS, make_event(105, "101")["event"]["id"]),
        lambda: search.days_with_events(AARHUS, "101", NOON, NOON + timedelta(days=1)),
        lambda: search.segments(AARHUS, tenant="101"),
        lambda: search.search_findings(AARHUS, FindingQuery(tenants=frozenset({"101"}))),
        lambda: search.search_dead(AARHUS, DeadQuery(tenants=frozenset({"101"}))),
        lambda: search.count_by(AARHUS, "user", EventQuery(tenants=frozenset({"101"}))),
    ):
        with pytest.raises(NotFoundError):
            ask()
    assert search.count_by(AARHUS, "tenant", EventQuery()).counts == [Count("751", 100)]
    assert {segment.tenant for segment in search.segments(AARHUS)} == {"751"}
    nobody = replace(AARHUS, tenants=frozenset())
    assert search.search_events(nobody, EventQuery()).items == []


def test_a_scope_opens_no_file_of_another_tenant(search: ArchiveSearch, context: Context) -> None:
    for file in (archive_folder(context.data_dir) / "events" / "tenant=101").rglob("*.parquet"):
        file.write_bytes(b"would be named as damaged")
    page = search.search_events(AARHUS, EventQuery(), limit=200)
    assert (len(page.items), page.problems) == (100, [])


def test_one_event_is_found_by_its_id(search: ArchiveSearch) -> None:
    wanted = make_event(105, "101")
    assert search.get_event(ALL, wanted["event"]["id"]) == wanted
    assert search.get_event(ALL, wanted["event"]["id"], "101") == wanted
    with pytest.raises(NotFoundError):
        search.get_event(ALL, wanted["event"]["id"], "751")


@pytest.mark.parametrize("damage", ["missing", "truncated", "garbled", "not parquet"])
def test_a_damaged_segment_is_named_and_the_rest_is_answered(search: ArchiveSearch, context: Context, damage: str) -> None:
    victim = next(one for one in search.segments(ALL, "events", "751") if one.time_min % 2000 == 0)
    file = archive_folder(context.data_dir) / victim.path
    content = file.read_bytes()
    if damage == "missing":
        file.unlink()
    elif damage == "truncated":
        file.write_bytes(content[: len(content) // 2])
    elif damage == "garbled":
        file.write_bytes(content[:4] + bytes(byte ^ 0x5A for byte in content[4:-400]) + content[-400:])
    else:
        file.write_bytes(b"nothing" * 100)
    page = search.search_events(ALL, EventQuery(), limit=200)
    assert sorted(numbers(page)) == [*range(1, 100, 2), *range(100, 120)]
    assert len(page.problems) == 1
    assert victim.path in page.problems[0]
    counts = search.count_by(ALL, "user", EventQuery())
    assert len(counts.problems) <= 1


def test_counts_by_every_field(search: ArchiveSearch) -> None:
    for field in COUNT_FIELDS:
        assert sum(count.events for count in search.count_by(ALL, field, EventQuery(), 200).counts) == 120, field
    users = search.count_by(ALL, "user", EventQuery(tenants=frozenset({"101"})), 2).counts
    assert users == [Count("u0", 3), Count("u2", 3)]
    assert search.count_by(ALL, "hour", EventQuery()).counts == [Count("2026-11-20T12:00:00.000Z", 120)]


def test_days_with_events_tell_which_sources_reported(context: Context) -> None:
    days = [NOON, NOON, NOON - timedelta(days=1), NOON - timedelta(days=9)]
    archive(context, [make_event(number, "751", day) for number, day in enumerate(days)])
    found = ArchiveSearch(context).days_with_events(AARHUS, "751", NOON - timedelta(days=3), NOON + timedelta(days=1))
    assert found == {"cisco.asa": {"2026-11-19": 1, "2026-11-20": 2}}


def test_findings_are_searched_by_rule_level_and_entity(context: Context) -> None:
    archive(context, [make_finding(number, level="high" if number < 3 else "low") for number in range(6)], "findings")
    archive(context, [make_finding(9, "101")], "findings", 6)
    search = ArchiveSearch(context)
    page = search.search_findings(ALL, FindingQuery(rule="rule-1", level="high", entity="user:u1"), limit=10)
    assert [finding["event"]["id"] for finding in page.items] == [
        make_finding(9, "101")["event"]["id"],
        make_finding(1)["event"]["id"],
    ]
    assert page.items[1] == make_finding(1)
    assert len(search.search_findings(AARHUS, FindingQuery(), limit=10).items) == 6


def test_dead_letters_come_back_with_their_bytes_and_headers(context: Context) -> None:
    raw = Record(
        "raw.751.linux.auth", 1, 42, b"", b"\x00\xff not a log", {"received": "2026-11-20T11:00:00.000Z", "peer": "h1"}, 0
    )
    letters = [
        dead_letter("normalise", f"no sense in it {number}", raw._replace(offset=number), "751", None) for number in (1, 2)
    ]
    records = [
        Record("dead", 0, offset, letter.key, letter.value, dict(letter.headers), 1_795_000_000_000 + offset)
        for offset, letter in enumerate([*letters, letters[0]])
    ]
    archiver = Archiver(context)
    archiver.step(records)
    archiver.flush()
    page = ArchiveSearch(context).search_dead(AARHUS, DeadQuery(stage="normalise", text="SENSE in it 1"))
    (letter,) = page.items
    assert letter["body"] == b"\x00\xff not a log"
    assert (letter["topic"], letter["partition"], letter["offset"]) == ("raw.751.linux.auth", 1, 1)
    assert letter["received"] == "2026-11-20T11:00:00.000Z"
    assert letter["headers"]["peer"] == "h1"
    assert len(ArchiveSearch(context).search_dead(AARHUS, DeadQuery()).items) == 2


def test_threads_may_search_at_the_same_time(search: ArchiveSearch) -> None:
    answers: list[bytes] = []

    def ask() -> None:
        query = EventQuery(user="u3")
        answers.extend(orjson.dumps(search.search_events(ALL, query, limit=50).items) for _ in range(3))

    threads = [Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(answers) == 12
    assert len(set(answers)) == 1


def test_an_archive_without_segments_answers_with_nothing(context: Context) -> None:
    assert ArchiveSearch(context).search_events(ALL, EventQuery()).items == []
    assert event_records(range(0)) == []
