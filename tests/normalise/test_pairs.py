"""Pairs: the quick way of reading them gives what the pattern gives."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from normalise.pairs import by_pattern, cut_at_blanks, read_pairs

WORDS = st.sampled_from(
    ['"', "=", " ", "a", "key", '="', '" ', "<30>", "x=1", 'y="b c"', "(", "é", "\t", "\n", '""', "z=", ' n=5 s="t"', "@", "·"]
)


@settings(max_examples=1000, deadline=None)
@given(st.one_of(st.lists(WORDS, max_size=12).map("".join), st.text(max_size=40)))
def test_cutting_at_blanks_gives_what_the_pattern_gives(text: str) -> None:
    if "\\" not in text:
        assert cut_at_blanks(text) in (None, by_pattern(text))


@pytest.mark.parametrize(
    "text",
    [
        'device="SFW" date=2026-11-22 name="a b" empty="" bare= n=1 last="x"',
        "a=1 b=2",
        'word a="1" word b=2 word',
        '<30>device="SFW" n=1',
    ],
)
def test_what_devices_write_is_read_the_quick_way(text: str) -> None:
    assert cut_at_blanks(text) == by_pattern(text)


def test_escapes_leading_blanks_and_missing_blanks_are_read() -> None:
    assert read_pairs(r'a="x \"y\" z" b=1') == {"a": 'x "y" z', "b": "1"}
    assert read_pairs('a=" x" b="y"c="z"') == {"a": " x", "b": "y", "c": "z"}
