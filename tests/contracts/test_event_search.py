"""The suite of `vagt.contracts.search.EventSearch`, held by archive and Elasticsearch: filters, pages, tenants, counts."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from threading import Thread
from typing import Any

import orjson
import pytest

from tests.contracts.keepers import Keeper, MakeKeeper, archive_keepers, stream_keepers
from tests.databases import Databases
from tests.store.archive_events import NOON, make_event, make_finding
from tests.store.elastic.scene import DATASETS, golden
from vagt.bus.dead import dead_letter
from vagt.contracts.event import Event
from vagt.contracts.scope import Scope, system_scope
from vagt.contracts.search import COUNT_FIELDS, Count, DeadQuery, EventQuery, EventSearch, FindingQuery, Page
from vagt.contracts.stage import Record
from vagt.errors import NotFoundError, UsageError

ALL = system_scope("test")
PAIRS = [
    ("615", "657"),
    ("661", "665"),
    ("671", "706"),
    ("707", "710"),
    ("727", "730"),
    ("740", "741"),
    ("746", "756"),
    ("760", "766"),
]
PAIRS += [("773", "779"), ("787", "791")]


_ON_SERVERS = [pytest.param(name, marks=pytest.mark.servers) for name in ("archive in a bucket", "elasticsearch")]


@pytest.fixture(scope="module", params=["archive", *_ON_SERVERS])
def new_keeper(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, databases: Databases
) -> Iterator[MakeKeeper]:
    folder = tmp_path_factory.mktemp("keepers")
    if request.param == "archive":
        yield from archive_keepers(folder, databases, PAIRS)
    elif request.param == "archive in a bucket":
        yield from archive_keepers(folder, databases, PAIRS, request.getfixturevalue("object_store"))
    else:
        yield from stream_keepers(folder, databases, PAIRS, request.getfixturevalue("elasticsearch"))


@pytest.fixture(scope="module")
def keeper(new_keeper: MakeKeeper) -> Keeper:
    """Events 0 to 99 of mine and 100 to 119 of theirs, in two flushes."""
    made = new_keeper()
    made.keep([make_event(number, made.mine) for number in range(0, 100, 2)])
    odd = [make_event(number, made.mine) for number in range(1, 100, 2)]
    made.keep(odd + [make_event(number, made.theirs) for number in range(100, 120)])
    return made


def mine_only(keeper: Keeper) -> Scope:
    return Scope("a municipality", frozenset({"municipality"}), frozenset({keeper.mine}), "incident")


def numbers(page: Page) -> list[int]:
    return [int(event["cisco"]["asa"]["connection_id"]) for event in page.items]


def ids(page: Page) -> list[str]:
    return [event["event"]["id"] for event in page.items]


def test_events_come_newest_first_and_whole(keeper: Keeper) -> None:
    page = keeper.search.search_events(ALL, EventQuery(), limit=5)
    assert numbers(page) == [119, 118, 117, 116, 115]
    assert page.items[0] == make_event(119, keeper.theirs)
    assert page.problems == []


def test_pages_follow_each_other_without_gap_or_double(keeper: Keeper) -> None:
    found: list[int] = []
    page = keeper.search.search_events(ALL, EventQuery(), limit=7)
    while True:
        found += numbers(page)
        if page.cursor is None:
            break
        page = keeper.search.search_events(ALL, EventQuery(), page.cursor, 7)
    assert found == list(range(119, -1, -1))


def test_a_cursor_is_stable_while_events_arrive(new_keeper: MakeKeeper) -> None:
    keeper = new_keeper()
    keeper.keep([make_event(number, keeper.mine) for number in range(120)])
    first = keeper.search.search_events(ALL, EventQuery(), limit=10)
    keeper.keep([make_event(number, keeper.mine) for number in range(200, 230)])
    second = keeper.search.search_events(ALL, EventQuery(), first.cursor, 10)
    assert numbers(second) == list(range(109, 99, -1))


def test_events_of_the_same_time_are_paged_by_id(new_keeper: MakeKeeper) -> None:
    keeper = new_keeper()
    keeper.keep([make_event(number, keeper.mine) | {"@timestamp": "2026-11-20T12:00:00.000Z"} for number in range(9)])
    found: list[int] = []
    cursor = None
    for _ in range(3):
        page = keeper.search.search_events(ALL, EventQuery(), cursor, 3)
        found += numbers(page)
        cursor = page.cursor
    assert sorted(found) == list(range(9))
    assert cursor is None


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        (EventQuery(user="U3"), [number for number in range(120) if number % 7 == 3]),
        (EventQuery(source_ip="192.0.2.17"), [17]),
        (EventQuery(destination_ip="198.51.100.7", action="flow-created"), list(range(0, 120, 2))),
        (EventQuery(code="302013", outcome="failure"), []),
        (EventQuery(dataset="cisco.asa", user="u1", action="firewall-rule"), [n for n in range(120) if n % 7 == 1 and n % 2]),
        (EventQuery(dataset="CISCO.ASA"), []),
        (EventQuery(since=NOON + timedelta(milliseconds=10), until=NOON + timedelta(milliseconds=13)), [10, 11, 12]),
        (EventQuery(since=NOON, until=NOON + timedelta(seconds=1), text="CONNECTION 11 for"), [11]),
        (EventQuery(user="u3' OR '1'='1"), []),
        (EventQuery(user="u*"), []),
        (EventQuery(host="."), []),
        (EventQuery(user="å.*|u3"), []),
        (EventQuery(user="u" * 40_000), []),
        (EventQuery(host="ø[" * 600), []),
        (EventQuery(id="not an id of ours"), []),
    ],
    ids=lambda value: str(value)[:60] if isinstance(value, EventQuery) else "",
)
def test_every_filter_holds(keeper: Keeper, query: EventQuery, expected: list[int]) -> None:
    assert sorted(numbers(keeper.search.search_events(ALL, query, limit=200))) == expected


def test_a_tenant_and_an_id_filter_too(keeper: Keeper) -> None:
    of_theirs = EventQuery(host="fw1", tenants=frozenset({keeper.theirs}))
    assert sorted(numbers(keeper.search.search_events(ALL, of_theirs))) == [n for n in range(100, 120) if n % 3 == 1]
    wanted = EventQuery(id=make_event(42, keeper.mine)["event"]["id"])
    assert numbers(keeper.search.search_events(ALL, wanted)) == [42]


def test_names_are_compared_without_case_whatever_their_letters(new_keeper: MakeKeeper) -> None:
    keeper = new_keeper()
    people = ["Søren Ærø", "SØREN ÆRØ", "soren aero", "Åse (it)", "åse [it]", "root", "ROOT"]
    keeper.keep([make_event(number, keeper.mine, user={"name": name}) for number, name in enumerate(people)])

    def found(name: str) -> list[int]:
        return sorted(numbers(keeper.search.search_events(ALL, EventQuery(user=name))))

    assert found("søren ærø") == found("SøREN ÆrØ") == [0, 1]
    assert (found("ÅSE (IT)"), found("Root"), found("søren.*")) == ([3], [5, 6], [])


def test_a_host_is_the_first_of_four_names_and_an_address_the_first_of_two(new_keeper: MakeKeeper) -> None:
    keeper = new_keeper()
    hosts: list[dict[str, Any]] = [
        {"host": {"name": "a", "hostname": "b"}, "observer": {"name": "c"}},
        {"host": {"hostname": "b"}, "observer": {"name": "c", "hostname": "d"}},
        {"observer": {"name": "c", "hostname": "d"}},
        {"observer": {"hostname": "d"}},
        {"observer": {"vendor": "e"}},
    ]
    addresses: list[dict[str, Any]] = [
        {"ip": "2001:db8::1", "address": "gw"},
        {"address": "2001:db8::1"},
        {"address": "gw.example.org"},
        {"port": 1},
        {"ip": "192.0.2.9"},
    ]
    both = zip(hosts, addresses, strict=True)
    keeper.keep([make_event(number, keeper.mine, **host, source=source) for number, (host, source) in enumerate(both)])

    def found(**query: str) -> list[int]:
        return sorted(numbers(keeper.search.search_events(ALL, EventQuery(**query))))  # type: ignore[arg-type]

    assert [found(host=name) for name in "ABCDE"] == [[0], [1], [2], [3], []]
    assert found(source_ip="2001:DB8:0::1") == [0, 1]
    assert keeper.search.count_by(ALL, "host", EventQuery()).counts == [Count(name, 1) for name in ("a", "b", "c", "d", None)]
    assert keeper.search.count_by(ALL, "source_ip", EventQuery()).counts == [
        Count("2001:db8::1", 2),
        Count("192.0.2.9", 1),
        Count("gw.example.org", 1),
        Count(None, 1),
    ]
    assert len(keeper.search.count_by(ALL, "host", EventQuery(), 2).counts) == 2


@pytest.mark.parametrize(
    "ask",
    [
        lambda search: search.search_events(ALL, EventQuery(text="x")),
        lambda search: search.search_events(ALL, EventQuery(text="x", since=NOON, until=NOON + timedelta(days=32))),
        lambda search: search.search_events(ALL, EventQuery(source_ip="no address")),
        lambda search: search.search_findings(ALL, FindingQuery(source_ip="192.0.2.0/24")),
        lambda search: search.search_events(ALL, EventQuery(since=NOON.replace(tzinfo=None))),
        lambda search: search.search_events(ALL, EventQuery(since=NOON, until=NOON - timedelta(seconds=1))),
        lambda search: search.search_events(ALL, EventQuery(), "no cursor"),
        lambda search: search.search_events(ALL, EventQuery(), "W10"),
        lambda search: search.search_events(ALL, EventQuery(), limit=0),
        lambda search: search.search_events(ALL, EventQuery(), limit=1_001),
        lambda search: search.count_by(ALL, "1; DROP TABLE x", EventQuery()),
    ],
    ids=[
        "text without range",
        "text over long range",
        "address",
        "network",
        "zone",
        "range",
        "cursor",
        "empty cursor",
        "no limit",
        "limit",
        "field",
    ],
)
def test_a_question_that_cannot_be_answered_says_so(keeper: Keeper, ask: Callable[[EventSearch], Any]) -> None:
    with pytest.raises(UsageError):
        ask(keeper.search)


def test_a_scope_sees_its_own_tenant_only(keeper: Keeper) -> None:
    search, scope, theirs = keeper.search, mine_only(keeper), frozenset({keeper.theirs})
    page = search.search_events(scope, EventQuery(), limit=200)
    assert {event["organization"]["id"] for event in page.items} == {keeper.mine}
    assert len(page.items) == 100
    for ask in (
        lambda: search.search_events(scope, EventQuery(tenants=theirs)),
        lambda: search.search_events(scope, EventQuery(tenants=theirs | {keeper.mine})),
        lambda: search.search_events(scope, EventQuery(tenants=frozenset({"*"}))),
        lambda: search.get_event(scope, make_event(105, keeper.theirs)["event"]["id"]),
        lambda: search.get_event(scope, make_event(105, keeper.theirs)["event"]["id"], keeper.theirs),
        lambda: search.days_with_events(scope, keeper.theirs, NOON, NOON + timedelta(days=1)),
        lambda: search.search_findings(scope, FindingQuery(tenants=theirs)),
        lambda: search.search_dead(scope, DeadQuery(tenants=theirs)),
        lambda: search.count_by(scope, "user", EventQuery(tenants=theirs)),
    ):
        with pytest.raises(NotFoundError):
            ask()
    assert search.count_by(scope, "tenant", EventQuery()).counts == [Count(keeper.mine, 100)]
    nobody = replace(scope, tenants=frozenset())
    assert search.search_events(nobody, EventQuery()).items == []
    assert search.count_by(nobody, "tenant", EventQuery()).counts == []


def test_what_is_no_tenants_name_finds_nothing(keeper: Keeper) -> None:
    for name in ("*", f"*,logs-*-{keeper.mine}", "../_all", "7*", "", "no_such_tenant"):
        query = EventQuery(tenants=frozenset({name}))
        assert keeper.search.search_events(ALL, query).items == []
        assert keeper.search.count_by(ALL, "user", query).counts == []
        assert keeper.search.days_with_events(ALL, name, NOON, NOON + timedelta(days=1)) == {}


def test_one_event_is_found_by_its_id(keeper: Keeper) -> None:
    wanted = make_event(105, keeper.theirs)
    assert keeper.search.get_event(ALL, wanted["event"]["id"]) == wanted
    assert keeper.search.get_event(ALL, wanted["event"]["id"], keeper.theirs) == wanted
    with pytest.raises(NotFoundError):
        keeper.search.get_event(ALL, wanted["event"]["id"], keeper.mine)


def test_an_event_of_every_source_comes_back_as_normalise_wrote_it(new_keeper: MakeKeeper) -> None:
    keeper = new_keeper()
    events = [as_normalised(event) for dataset in DATASETS for event in golden(dataset, keeper.mine)]
    keeper.keep(events)
    found: dict[str, Event] = {}
    cursor = None
    while True:
        page = keeper.search.search_events(ALL, EventQuery(), cursor, 500)
        found |= {event["event"]["id"]: dict(event) for event in page.items}
        if (cursor := page.cursor) is None:
            break
    assert found == {event["event"]["id"]: event for event in events}
    sizes = {count.value: count.events for count in keeper.search.count_by(ALL, "dataset", EventQuery(), 100).counts}
    assert sizes == {dataset: sum(one["event"]["dataset"] == dataset for one in events) for dataset in DATASETS}


def as_normalised(event: Event) -> Event:
    event["data_stream"]["dataset"] = event["event"]["dataset"]
    return event


def test_counts_by_every_field(keeper: Keeper) -> None:
    for field in COUNT_FIELDS:
        assert sum(count.events for count in keeper.search.count_by(ALL, field, EventQuery(), 200).counts) == 120, field
    theirs = EventQuery(tenants=frozenset({keeper.theirs}))
    assert keeper.search.count_by(ALL, "user", theirs, 2).counts == [Count("u0", 3), Count("u2", 3)]
    assert keeper.search.count_by(ALL, "tenant", EventQuery()).counts == [Count(keeper.mine, 100), Count(keeper.theirs, 20)]
    assert keeper.search.count_by(ALL, "severity", EventQuery()).counts == [Count(6, 120)]
    assert keeper.search.count_by(ALL, "hour", EventQuery()).counts == [Count("2026-11-20T12:00:00.000Z", 120)]
    assert keeper.search.count_by(ALL, "day", EventQuery(user="u1")).counts == [Count("2026-11-20", 17)]
    text = EventQuery(since=NOON, until=NOON + timedelta(seconds=1), text="CONNECTION 11 for")
    assert keeper.search.count_by(ALL, "user", text).counts == [Count("u4", 1)]


def test_days_with_events_tell_which_sources_reported(new_keeper: MakeKeeper) -> None:
    keeper = new_keeper()
    days = [NOON, NOON, NOON - timedelta(days=1), NOON - timedelta(days=9)]
    keeper.keep([make_event(number, keeper.mine, day) for number, day in enumerate(days)])
    since, until = NOON - timedelta(days=3), NOON + timedelta(days=1)
    found = keeper.search.days_with_events(mine_only(keeper), keeper.mine, since, until)
    assert found == {"cisco.asa": {"2026-11-19": 1, "2026-11-20": 2}}
    by_day = keeper.search.count_by(ALL, "day", EventQuery(), 2).counts
    assert by_day == [Count("2026-11-11", 1), Count("2026-11-19", 1)]


def test_findings_are_searched_by_rule_level_and_entity(new_keeper: MakeKeeper) -> None:
    keeper = new_keeper()
    mine = [make_finding(number, keeper.mine, level="high" if number < 3 else "low") for number in range(6)]
    keeper.keep(mine, "findings")
    keeper.keep([make_finding(9, keeper.theirs)], "findings")
    query = FindingQuery(rule="rule-1", level="HIGH", entity="User:u1")
    page = keeper.search.search_findings(ALL, query, limit=10)
    assert ids(page) == [make_finding(9, keeper.theirs)["event"]["id"], make_finding(1, keeper.mine)["event"]["id"]]
    assert page.items[1] == mine[1]
    assert keeper.search.search_findings(ALL, FindingQuery(rule="RULE-1")).items == []
    first = keeper.search.search_findings(mine_only(keeper), FindingQuery(), limit=4)
    second = keeper.search.search_findings(mine_only(keeper), FindingQuery(), first.cursor, limit=4)
    assert ids(first) + ids(second) == [one["event"]["id"] for one in reversed(mine)]
    assert keeper.search.search_events(ALL, EventQuery()).items == []


def test_dead_letters_come_back_with_their_bytes_and_headers(keeper: Keeper) -> None:
    topic = f"raw.{keeper.mine}.linux.auth"
    raw = Record(topic, 1, 42, b"", b"\x00\xff not a log", {"received": "2026-11-20T11:00:00.000Z", "peer": "h1"}, 0)
    letters = [
        dead_letter("normalise", f"no sense in it {number}", raw._replace(offset=number), keeper.mine, None)
        for number in (1, 2)
    ]
    keeper.take(
        [
            Record("dead", 0, offset, letter.key, letter.value, dict(letter.headers), 1_795_000_000_000 + offset)
            for offset, letter in enumerate([*letters, letters[0]])
        ]
    )
    page = keeper.search.search_dead(mine_only(keeper), DeadQuery(stage="normalise", text="SENSE in it 1"))
    (letter,) = page.items
    assert letter["body"] == b"\x00\xff not a log"
    assert (letter["topic"], letter["partition"], letter["offset"]) == (topic, 1, 1)
    assert letter["received"] == "2026-11-20T11:00:00.000Z"
    assert letter["headers"]["peer"] == "h1"
    assert len(keeper.search.search_dead(mine_only(keeper), DeadQuery()).items) == 2


def test_threads_may_search_at_the_same_time(keeper: Keeper) -> None:
    answers: list[bytes] = []

    def ask() -> None:
        query = EventQuery(user="u3")
        answers.extend(orjson.dumps(keeper.search.search_events(ALL, query, limit=50).items) for _ in range(3))

    threads = [Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(answers) == 12
    assert len(set(answers)) == 1


def test_where_nothing_was_kept_nothing_is_found(new_keeper: MakeKeeper) -> None:
    search = new_keeper().search
    assert (search.search_events(ALL, EventQuery()).items, search.search_findings(ALL, FindingQuery()).items) == ([], [])
    assert all(search.count_by(ALL, field, EventQuery()).counts == [] for field in COUNT_FIELDS)
