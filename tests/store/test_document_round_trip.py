"""A document that went through the archive's row is the document that went in, to the last type."""

import gzip
from itertools import islice
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from store.community_id import community_id
from store.document import id_bytes, id_text, pack_document, unpack_document
from store.layout import EVENTS, Group
from store.references import refer, restore
from store.segment import read_table, rows_of, table_of, write_segment
from store.storage import DiskStorage
from tests.store.archive_events import make_event
from vagt.contracts.event import Event

ROOT = Path(__file__).resolve().parent.parent.parent
SAMPLES = sorted((ROOT / "normalise" / "sources").glob("*/samples/*.expected.json"))


def exact(value: Any) -> bytes:
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)


def through_the_archive(folder: Path, events: list[Event], tenant: str = "751") -> list[Event]:
    """Through bytes, rows, a Parquet file and back, in the order of `events`."""
    rows = [pack_document(orjson.loads(orjson.dumps(event)), tenant, 1_795_000_000_000_000) for event in events]
    order = {row[2]: number for number, row in enumerate(rows)}
    segment = write_segment(DiskStorage(folder), Group(EVENTS, tenant, "2026-11-20"), table_of(EVENTS, rows), {}, 0, 1)
    found = {order[row["id"]]: unpack_document(row, tenant) for row in rows_of(read_table(DiskStorage(folder), segment))}
    return [found[number] for number in range(len(events))]


def test_an_ordinary_event_comes_back_exactly(tmp_path: Path) -> None:
    events = [make_event(number) for number in range(50)]
    assert [exact(event) for event in through_the_archive(tmp_path, events)] == [exact(event) for event in events]


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: f"{path.parent.parent.name}-{path.name}")
def test_every_golden_sample_comes_back_exactly(path: Path, tmp_path: Path) -> None:
    events = list(documents_of(orjson.loads(path.read_bytes())))
    for number, event in enumerate(events):
        event.setdefault("event", {})["id"] = id_text(number.to_bytes(16, "big"))
    assert [exact(event) for event in through_the_archive(tmp_path, events)] == [exact(event) for event in events]


def documents_of(golden: Any) -> list[Event]:
    """Golden files hold documents, alone or in lists."""
    if isinstance(golden, dict) and "event" in golden:
        return [golden]
    inner = golden.values() if isinstance(golden, dict) else golden if isinstance(golden, list) else ()
    return [event for one in inner for event in documents_of(one)]


KEYS = st.sampled_from(
    ["event", "host", "name", "source", "ip", "address", "related", "user", "id", "dataset", "@timestamp", "network", "a.b", ""]
)
LEAVES = (
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=20)
    | st.sampled_from(["192.0.2.7", "2001:db8::1", 'a "quoted" \\ word', '":x', "2026-11-20T12:00:00.000Z", "\0", "tcp"])
)
OBJECTS = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4), max_leaves=12
)
TIMES = st.sampled_from(
    [
        "2026-11-20T12:00:00.000Z",
        "2026-11-20T12:00:00.123456Z",
        "2026-11-20T12:00:00Z",
        "2026-11-20T13:00:00.000+01:00",
        "2026-11-20",
        "2026-11-20t12:00:00.000Z",
        "2026-11-20T12:00:00.123000Z",
        "2026-11-20T24:00:00.000Z",
        "2026-11-20T12:00:00,000Z",
        "0001-01-01T00:00:00.000Z",
        "9999-12-31T23:59:59.999999Z",
        "no time",
    ]
)
INNER = st.fixed_dictionaries(
    {},
    optional={
        "id": st.sampled_from(["a" * 26, "a" * 25 + "b", "A" * 26, "short", "æ" * 26]) | LEAVES,
        "created": TIMES | LEAVES,
        "ingested": TIMES,
        "dataset": st.sampled_from(["cisco.asa", "x", "\ud7ff"]) | LEAVES,
        "module": st.sampled_from(["cisco", "x"]),
        "original": st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=60) | LEAVES,
        "severity": st.integers(-(2**63), 2**64 - 1) | LEAVES,
        "code": LEAVES,
        "action": LEAVES,
    },
)
EVENTS_OF_ANY_KIND = st.dictionaries(KEYS, OBJECTS, max_size=6).flatmap(
    lambda base: st.fixed_dictionaries(
        {"event": INNER | OBJECTS, "organization": st.sampled_from([{"id": "751"}, {"id": "101", "name": "x"}, {}, None])},
        optional={
            "@timestamp": TIMES | LEAVES,
            "message": st.text(max_size=2) | LEAVES,
            "ecs": st.sampled_from([{"version": "9.4.0"}, {"version": "1.0"}, 5]),
            "related": st.dictionaries(st.sampled_from(["ip", "user"]), st.lists(LEAVES, max_size=3)) | OBJECTS,
        },
    ).map(lambda event: base | event)
)


@settings(max_examples=250, deadline=None)
@given(EVENTS_OF_ANY_KIND)
def test_any_document_comes_back_exactly(event: Event) -> None:
    wanted = exact(event)
    row = pack_document(orjson.loads(orjson.dumps(event)), "751", 0)
    names = table_of(EVENTS, [row]).schema.names
    assert exact(unpack_document(dict(zip(names, row, strict=True)), "751")) == wanted


@settings(max_examples=300, deadline=None)
@given(OBJECTS, st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=80))
def test_a_text_told_by_any_log_is_restored(value: Any, log: str) -> None:
    text = orjson.dumps({"value": value})
    assert restore(*refer(text, log.encode()), log.encode()) == text


@given(st.binary(min_size=16, max_size=16))
def test_an_id_of_ours_takes_16_bytes_and_comes_back(number: bytes) -> None:
    assert id_bytes(id_text(number)) == number


def text_of(row: dict[str, Any]) -> bytes:
    return (row["shape"] or b"") + bytes(row["body"])


def stored(event: Event) -> dict[str, Any]:
    row = pack_document(orjson.loads(orjson.dumps(event)), "751", 0)
    return dict(zip(table_of(EVENTS, [row]).schema.names, row, strict=True))


def test_a_community_id_is_left_out_only_where_it_can_be_given_back() -> None:
    event = make_event(1)
    event["network"]["community_id"] = community_id(event)
    assert b"community_id" not in text_of(stored(event))
    event["network"]["community_id"] = "1:another+seed="
    assert b"community_id" in text_of(stored(event))


def test_a_message_that_stands_in_the_log_is_stored_as_its_place() -> None:
    event = make_event(1, message="Built outbound TCP connection 1")
    row = stored(event)
    assert event["event"]["original"][row["message_from"] : row["message_to"]] == "Built outbound TCP connection 1"
    assert b"Built" not in row["body"]
    assert exact(unpack_document(row, "751")) == exact(event)


def test_the_community_id_is_that_of_the_specification() -> None:
    """The specification's own example: 128.232.110.120:34855 -> 66.35.250.204:80, TCP, seed 0."""
    event = {
        "network": {"transport": "tcp"},
        "source": {"ip": "128.232.110.120", "port": 34855},
        "destination": {"ip": "66.35.250.204", "port": 80},
    }
    assert community_id(event) == "1:LQU9qZlK+B5F3KDmev6m5PMibrg="


@pytest.mark.corpus
def test_recorded_documents_come_back_exactly(corpus: Path, tmp_path: Path) -> None:
    events: list[Event] = []
    with gzip.open(corpus / "corpus" / "recordings" / "otrf_windows_2.ndjson.gz", "rb") as lines:
        for number, line in enumerate(islice(lines, 300)):
            text = line.decode().rstrip("\n")
            inner = {"id": id_text(number.to_bytes(16, "big")), "original": text, "created": "2026-11-20T12:00:00.000Z"}
            events.append({"event": inner, "winlog": orjson.loads(text), "organization": {"id": "751"}})
    assert [exact(event) for event in through_the_archive(tmp_path, events)] == [exact(event) for event in events]
