"""Whatever is altered, removed, added, reordered or cut in a signed ledger is found."""

import zlib
from datetime import timedelta
from pathlib import Path

import orjson
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, delete, insert, select, text, update

from evidence.app import build_evidence
from evidence.entries import REMOVAL, Entry, chain
from evidence.heads import HEADS, PUBLIC_KEY, parse_public_key
from evidence.tables import ledger_controls, ledger_entries
from evidence.verify import Verification, verify
from tests.evidence.records import change_record, finding_record
from vagt.context import Context
from vagt.errors import SettingsError

SIZE = 12
TABLE = ledger_entries.c
TEXTS = ("at", "occurred", "kind", "record", "subject", "action", "tenant", "controls", "digest", "previous", "hash")


@pytest.fixture
def signed(context: Context) -> Context:
    """A ledger of twelve entries, signed in the middle and at its end."""
    stage = build_evidence(context)
    assert stage.tick is not None
    topics = ("incidents", "deliveries", "audit")
    stage.step([finding_record(number, controls=("ir2690:3.4", "iso27001:A.8.15")) for number in range(1, 7)])
    stage.tick(context.clock() + timedelta(minutes=5))
    stage.step([change_record(topics[number % 3], number, f"s{number}") for number in range(6)])
    stage.tick(context.clock() + timedelta(minutes=10))
    assert verify(context.state, context.data_dir).ok
    return context


class UndoneError(Exception):
    """Ends the transaction of one example, so that the next finds the ledger whole."""


class OneConnection:
    """A state whose every read is on the connection that tampered."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection

    def read(self) -> "OneConnection":
        return self

    def __enter__(self) -> Connection:
        return self.connection

    def __exit__(self, *_: object) -> None:
        return


def _after(context: Context, tamper: object) -> Verification:
    """What `verify` says after `tamper(connection)`, all of it rolled back."""
    with pytest.raises(UndoneError), context.state.write("evidence") as connection:
        tamper(connection)  # type: ignore[operator]
        found = verify(OneConnection(connection), context.data_dir)  # type: ignore[arg-type]
        raise UndoneError
    return found


QUICK = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@QUICK
@given(st.integers(1, SIZE), st.sampled_from(TEXTS), st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=8))
def test_any_changed_value_is_found(signed: Context, seq: int, column: str, value: str) -> None:
    def change(connection: Connection) -> None:
        old = connection.execute(select(TABLE[column]).where(TABLE.seq == seq)).scalar()
        connection.execute(
            update(ledger_entries).where(TABLE.seq == seq).values({column: value + "x" if old == value else value})
        )

    assert not _after(signed, change).ok


@QUICK
@given(st.integers(1, SIZE), st.integers(0, 10_000), st.integers(1, 255))
def test_any_changed_byte_of_a_record_is_found(signed: Context, seq: int, place: int, flip: int) -> None:
    def change(connection: Connection) -> None:
        body = bytearray(zlib.decompress(connection.execute(select(TABLE.body).where(TABLE.seq == seq)).scalar_one()))
        body[place % len(body)] ^= flip
        connection.execute(update(ledger_entries).where(TABLE.seq == seq).values(body=zlib.compress(bytes(body))))

    assert not _after(signed, change).ok


@QUICK
@given(st.sets(st.integers(1, SIZE), min_size=1))
def test_any_removed_entries_are_found(signed: Context, gone: set[int]) -> None:
    found = _after(signed, lambda connection: connection.execute(delete(ledger_entries).where(TABLE.seq.in_(gone))))
    assert not found.ok


@QUICK
@given(st.integers(0, SIZE - 1))
def test_a_cut_tail_is_found_even_when_its_tags_go_with_it(signed: Context, kept: int) -> None:
    def cut(connection: Connection) -> None:
        connection.execute(delete(ledger_entries).where(TABLE.seq > kept))
        connection.execute(delete(ledger_controls).where(ledger_controls.c.seq > kept))

    found = _after(signed, cut)
    assert "its tail is cut off" in found.faults[-1].what


@QUICK
@given(st.integers(1, SIZE), st.integers(1, SIZE))
def test_two_swapped_entries_are_found(signed: Context, one: int, other: int) -> None:
    def swap(connection: Connection) -> None:
        for old, new in ((one, 1000), (other, one), (1000, other)):
            connection.execute(update(ledger_entries).where(TABLE.seq == old).values(seq=new))

    assert _after(signed, swap).ok == (one == other)


@QUICK
@given(st.integers(1, SIZE), st.sampled_from(["removed", "added", "moved"]))
def test_a_changed_index_of_controls_is_found(signed: Context, seq: int, how: str) -> None:
    tags = ledger_controls.c

    def change(connection: Connection) -> None:
        if how == "added":
            connection.execute(insert(ledger_controls).values(control="nis2:23.4.a", seq=seq))
        elif how == "removed":
            connection.execute(delete(ledger_controls).where(tags.control == "ir2690:3.4", tags.seq == min(seq, 6)))
        else:
            connection.execute(
                update(ledger_controls).where(tags.control == "ir2690:3.4", tags.seq == min(seq, 6)).values(seq=99)
            )

    assert not _after(signed, change).ok


def test_a_rewritten_chain_is_found_by_the_heads(signed: Context) -> None:
    """Whoever recomputes every hash still lacks the key that signed them."""

    def rewrite(connection: Connection) -> None:
        previous = "0" * 64
        for row in connection.execute(select(ledger_entries).order_by(TABLE.seq)).all():
            values = {name: getattr(row, name) for name in Entry._fields} | {"tenant": "730"}
            digest = chain(previous, Entry(**values).leaf())
            new = {"tenant": "730", "previous": previous, "hash": digest}
            connection.execute(update(ledger_entries).where(TABLE.seq == row.seq).values(new))
            previous = digest

    assert [fault.what for fault in _after(signed, rewrite).faults] == [
        "is not the one that head 2 signs",
        "is not the one that head 3 signs",
    ]


def test_a_record_taken_before_its_time_is_found(signed: Context) -> None:
    found = _after(
        signed, lambda connection: connection.execute(update(ledger_entries).where(TABLE.seq == 3).values(body=None))
    )
    assert [(fault.place, fault.what) for fault in found.faults] == [("entry 3", "its record is gone before its time")]


def test_an_entry_that_claims_a_removal_must_stand_in_the_chain(signed: Context) -> None:
    def forge(connection: Connection) -> None:
        connection.execute(update(ledger_entries).values(body=None))
        forged = {"kind": REMOVAL[0], "action": REMOVAL[1], "subject": "99"}
        connection.execute(update(ledger_entries).where(TABLE.seq == SIZE).values(forged))

    assert not _after(signed, forge).ok


@pytest.mark.parametrize(
    "damage",
    [
        lambda lines: [*lines[:1], *lines[2:]],
        lambda lines: [lines[1], lines[0], lines[2]],
        lambda lines: [*lines[:2], lines[2].replace(b'"seq":12', b'"seq":11')],
        lambda lines: [*lines[:2], b"{}", lines[2]],
        lambda lines: [*lines[:2], b"\xff" * 40, lines[2]],
        lambda lines: [],
    ],
    ids=["one removed", "two swapped", "one altered", "one added", "noise", "all removed"],
)
def test_damaged_heads_are_found(signed: Context, damage: object) -> None:
    path = signed.data_dir / HEADS
    lines = path.read_bytes().splitlines()
    path.write_bytes(b"".join(line + b"\n" for line in damage(lines)))  # type: ignore[operator]
    assert not verify(signed.state, signed.data_dir).ok


def test_heads_signed_with_another_key_do_not_satisfy_an_auditor_who_kept_the_first(signed: Context, tmp_path: Path) -> None:
    kept = parse_public_key((tmp_path / PUBLIC_KEY).read_text())
    forger = Ed25519PrivateKey.generate()
    (tmp_path / PUBLIC_KEY).write_text(forger.public_key().public_bytes_raw().hex())
    lines = []
    for line in (tmp_path / HEADS).read_bytes().splitlines()[:1]:
        head = {name: value for name, value in orjson.loads(line).items() if name != "signature"}
        signature = forger.sign(orjson.dumps(head, option=orjson.OPT_SORT_KEYS)).hex()
        lines.append(orjson.dumps(head | {"signature": signature}, option=orjson.OPT_SORT_KEYS) + b"\n")
    (tmp_path / HEADS).write_bytes(b"".join(lines))
    assert verify(signed.state, tmp_path).ok
    assert not verify(signed.state, tmp_path, kept).ok


def test_a_public_key_that_is_none_is_a_wrong_setting() -> None:
    with pytest.raises(SettingsError, match="64 hex digits"):
        parse_public_key("not a key")


def test_a_missing_table_row_at_the_start_is_told_in_words(signed: Context) -> None:
    found = _after(signed, lambda connection: connection.execute(text("DELETE FROM ledger_entries WHERE seq = 1")))
    assert "what stood between is removed" in found.faults[0].what
