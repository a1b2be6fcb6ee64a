"""The stage: records in, chained entries and signed heads out."""

from datetime import timedelta
from itertools import pairwise

import orjson
import pytest
from sqlalchemy import select

from evidence.app import build_evidence
from evidence.entries import Entry, chain, fact_of
from evidence.heads import HEADS, PRIVATE_KEY, PUBLIC_KEY
from evidence.ledger import append, remove_records
from evidence.queries import ledger
from evidence.tables import ledger_entries
from evidence.verify import verify
from tests.evidence.records import change_record, finding_record
from vagt.context import Context
from vagt.contracts.scope import Scope, system_scope
from vagt.contracts.stage import Record
from vagt.errors import UsageError

ALL = system_scope("test")


def _rows(context: Context) -> list[dict[str, object]]:
    with context.state.read() as connection:
        return [dict(row) for row in connection.execute(select(ledger_entries).order_by(ledger_entries.c.seq)).mappings()]


def test_each_entry_holds_the_hash_of_the_one_before_and_its_own_is_recomputable(context: Context) -> None:
    stage = build_evidence(context)
    stage.step([finding_record(1), change_record("incidents", 1, "i1")])
    stage.step([change_record("deliveries", 1, "d1"), change_record("audit", 1, "key1")])
    rows = _rows(context)
    assert [row["kind"] for row in rows] == ["finding", "incident", "delivery", "audit"]
    assert [row["seq"] for row in rows] == [1, 2, 3, 4]
    assert all(later["previous"] == earlier["hash"] for earlier, later in pairwise(rows))
    for row in rows:
        entry = Entry(**{name: row[name] for name in Entry._fields})  # type: ignore[arg-type]
        assert chain(str(row["previous"]), entry.leaf()) == row["hash"]


def test_a_record_delivered_again_is_one_entry(context: Context) -> None:
    stage = build_evidence(context)
    stage.step([finding_record(1), finding_record(1), change_record("incidents", 1, "i1")])
    stage.step([finding_record(1), change_record("incidents", 1, "i1"), finding_record(2)])
    assert [row["record"] for row in _rows(context)] == ["finding1", "incidents1", "finding2"]


@pytest.mark.parametrize("value", [b"", b"\xff\xfe", b"[1]", b"null", b"{}", b'{"event": 3, "organization": []}', b"1e999"])
@pytest.mark.parametrize("topic", ["findings", "audit"])
def test_a_record_that_is_not_what_it_should_be_is_entered_all_the_same(context: Context, topic: str, value: bytes) -> None:
    stage = build_evidence(context)
    stage.step([Record(topic, 0, 7, b"k", value, {}, 1_790_000_000_000)])
    assert len(_rows(context)) == 1
    assert verify(context.state, context.data_dir).ok


def test_the_keys_are_made_once_and_the_private_one_is_the_owners_alone(context: Context) -> None:
    build_evidence(context)
    private, public = context.data_dir / PRIVATE_KEY, context.data_dir / PUBLIC_KEY
    before = private.read_bytes(), public.read_bytes()
    build_evidence(context)
    assert (private.read_bytes(), public.read_bytes()) == before
    assert private.stat().st_mode & 0o777 == 0o600


def test_a_head_is_written_after_so_many_entries_and_after_so_long(context: Context) -> None:
    settings = context.settings.model_copy(
        update={"evidence": context.settings.evidence.model_copy(update={"head_entries": 3, "head_seconds": 60.0})}
    )
    stage = build_evidence(Context(settings, context.state, context.tenants, context.clock))
    assert stage.tick is not None

    def heads() -> list[int]:
        return [orjson.loads(line)["seq"] for line in (context.data_dir / HEADS).read_bytes().splitlines()]

    stage.step([finding_record(1), finding_record(2)])
    assert heads() == [0]
    stage.step([finding_record(3)])
    assert heads() == [0, 3]
    stage.step([finding_record(4)])
    stage.tick(context.clock() + timedelta(seconds=30))
    assert heads() == [0, 3]
    stage.tick(context.clock() + timedelta(seconds=61))
    stage.tick(context.clock() + timedelta(seconds=200))
    assert heads() == [0, 3, 4]


def test_a_line_half_written_when_the_machine_stopped_is_cut_off_and_the_heads_go_on(context: Context) -> None:
    build_evidence(context).step([finding_record(1)])
    path = context.data_dir / HEADS
    with path.open("ab") as file:
        file.write(b'{"at":"2026')
    assert verify(context.state, context.data_dir).ok
    stage = build_evidence(context)
    assert stage.tick is not None
    stage.tick(context.clock() + timedelta(hours=2))
    found = verify(context.state, context.data_dir)
    assert (found.ok, found.heads, found.unsigned) == (True, 2, 0)


def test_records_are_removed_after_their_time_and_the_ledger_tells_of_it(context: Context) -> None:
    old = context.clock() - timedelta(days=500)
    append(context.state, [fact_of(finding_record(1)), fact_of(finding_record(2))], old)
    stage = build_evidence(context)
    stage.step([finding_record(3)])
    assert stage.tick is not None
    stage.tick(context.clock() + timedelta(hours=2))
    rows = _rows(context)
    assert [row["body"] is None for row in rows] == [True, True, False, False]
    assert (rows[3]["action"], rows[3]["subject"], rows[3]["tenant"]) == ("records_removed", "2", "unit")
    found = verify(context.state, context.data_dir)
    assert (found.ok, found.removed) == (True, 2)
    assert remove_records(context.state, old + timedelta(days=1), context.clock(), "unit") == 0


def test_a_scope_sees_its_own_municipalities_entries_page_by_page(context: Context) -> None:
    stage = build_evidence(context)
    stage.step([finding_record(number, "751" if number % 2 else "730") for number in range(1, 8)])
    mine = Scope("key", frozenset({"municipality"}), frozenset({"730"}))
    first, cursor = ledger(mine, context, None, 2)
    rest, end = ledger(mine, context, cursor, 2)
    assert [entry["record"] for entry in first + rest] == ["finding2", "finding4", "finding6"]
    assert end is None
    assert len(ledger(ALL, context, None, 100)[0]) == 7


@pytest.mark.parametrize("cursor", ["", "-1", "x", "9" * 40, "١"])
def test_a_cursor_that_is_none_is_refused(context: Context, cursor: str) -> None:
    with pytest.raises(UsageError):
        ledger(ALL, context, cursor, 10)
