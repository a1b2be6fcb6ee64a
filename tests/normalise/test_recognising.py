"""Recognising a record without a name: the same answer as asking every source in turn, and bounded on any input."""

from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from normalise.recognising import LOOKED_AT, Recogniser
from normalise.registry import source_for, sources
from normalise.source import Source
from tests.normalise.test_golden_samples import FILES, records
from vagt.errors import NormaliseError

MARKS = (b"a", b"ab", b"abc", b"bcd", b"%ASA-", b"%")


def source(number: int, marks: Iterable[bytes]) -> Source:
    return Source(id=f"some.s{number}", title="", parse=lambda raw, zone: [], marks=tuple(marks))


@given(st.lists(st.sets(st.sampled_from(MARKS)), max_size=8), st.text("abcd%AS-").map(str.encode))
def test_candidates_are_those_of_which_a_mark_stands_in_the_record(marks: list[set[bytes]], body: bytes) -> None:
    every = [source(number, sorted(some)) for number, some in enumerate(marks)]
    expected = [one.id for one in every if any(mark in body for mark in one.marks)]
    assert [one.id for one in Recogniser(every).candidates(body)] == expected


def test_a_mark_far_behind_is_not_looked_for() -> None:
    recogniser = Recogniser([source(1, [b"abc"])])
    assert list(recogniser.candidates(b"x" * (LOOKED_AT - 3) + b"abc"))
    assert not list(recogniser.candidates(b"x" * LOOKED_AT + b"abc"))


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.parent.name}/{path.name}")
def test_the_answer_is_that_of_asking_every_source_in_turn(path: object) -> None:
    for raw in records(path):  # type: ignore[arg-type]
        asked = next(
            (one for one in sources().values() if any(mark in raw.body for mark in one.marks) and one.recognise(raw.body)), None
        )
        try:
            found = source_for(None, raw.body)[0]
        except NormaliseError:
            found = None
        assert found is asked
