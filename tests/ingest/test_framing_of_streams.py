"""RFC 6587: octet counting and newline framing, whole and in pieces."""

import itertools
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.framing import FrameDecoder
from ingest.letters import LongBody

LIMIT = 1000
MESSAGES = st.lists(st.binary(min_size=1, max_size=60).map(lambda body: b"<13>" + body), min_size=1, max_size=8)
LINES = st.lists(
    st.binary(max_size=60).map(lambda body: b"<13>" + body.translate(None, b"\n\r\0") + b"."), min_size=1, max_size=8
)


def decoder(framing: str = "auto") -> FrameDecoder:
    return FrameDecoder(LIMIT, 5000, framing)  # type: ignore[arg-type]


def feed_in_pieces(one: FrameDecoder, data: bytes, cuts: list[int]) -> list[bytes]:
    edges = sorted({0, len(data), *(cut % (len(data) + 1) for cut in cuts)})
    found = []
    for low, high in itertools.pairwise(edges):
        found += one.feed(data[low:high])
    last = one.finish()
    return [body for body in [*found, last] if isinstance(body, bytes)]


@given(MESSAGES, st.lists(st.integers(0, 10_000), max_size=6))
def test_counted_frames_come_whole_however_the_stream_is_cut(messages: list[bytes], cuts: list[int]) -> None:
    data = b"".join(b"%d %s" % (len(body), body) for body in messages)
    assert feed_in_pieces(decoder(), data, cuts) == [body.rstrip(b"\r\n\0") for body in messages]


@given(LINES, st.lists(st.integers(0, 10_000), max_size=6), st.sampled_from([b"\n", b"\r\n"]))
def test_lines_come_whole_however_the_stream_is_cut(lines: list[bytes], cuts: list[int], end: bytes) -> None:
    assert feed_in_pieces(decoder(), end.join(lines), cuts) == lines


@given(st.binary(max_size=300), st.lists(st.integers(0, 300), max_size=4))
def test_noise_never_raises_and_never_grows_the_buffer_past_the_limit(noise: bytes, cuts: list[int]) -> None:
    one = FrameDecoder(32, 200)
    edges = sorted({0, len(noise), *(cut % (len(noise) + 1) for cut in cuts)})
    for low, high in itertools.pairwise(edges):
        if one.fault is None:
            one.feed(noise[low:high])
            assert one.fault is not None or len(one._buffer) <= 32 + 12


def test_a_counted_message_keeps_the_line_ends_within_it() -> None:
    body = b"<13>first\nsecond\n"
    assert decoder().feed(b"%d %s" % (len(body), body)) == [b"<13>first\nsecond"]


def test_line_ends_between_counted_frames_are_passed_over() -> None:
    assert decoder().feed(b"6 <13>ab\n6 <13>cd\n") == [b"<13>ab", b"<13>cd"]


def test_a_line_that_begins_with_digits_is_no_octet_count() -> None:
    one = decoder()
    assert one.feed(b"2026 was dry\n<13>next\n") == [b"2026 was dry", b"<13>next"]
    assert one.framing == "newline"


def test_a_count_cut_in_two_is_waited_for() -> None:
    one = decoder()
    assert one.feed(b"1") == []
    assert one.feed(b"0 ") == []
    assert one.feed(b"<13>abcdef") == [b"<13>abcdef"]


def test_framing_that_is_lost_is_a_fault_after_the_whole_messages() -> None:
    one = decoder()
    assert one.feed(b"6 <13>abnot a count at all") == [b"<13>ab"]
    assert one.fault is not None
    assert one.fault.reason == "framing"


def test_an_announced_length_that_nobody_can_mean_is_a_fault() -> None:
    one = decoder()
    assert one.feed(b"9999999999 <13>") == []
    assert one.fault is not None
    assert one.fault.reason == "too_long"


def test_half_a_counted_frame_at_the_end_is_a_fault() -> None:
    one = decoder()
    one.feed(b"20 <13>half")
    assert one.finish() is None
    assert one.fault is not None
    assert one.fault.reason == "truncated"


@pytest.mark.parametrize("framing", ["octet", "newline"])
def test_a_long_message_is_known_by_its_hash_and_the_next_one_comes_whole(framing: str) -> None:
    body = b"<13>" + b"x" * 3000
    data = b"%d %s6 <13>ab" % (len(body), body) if framing == "octet" else body + b"\n<13>ab\n"
    one = decoder(framing)
    found = [frame for at in range(0, len(data), 100) for frame in one.feed(data[at : at + 100])]
    assert isinstance(found[0], LongBody)
    assert (found[0].length, found[0].digest.hexdigest()) == (len(body), sha256(body).hexdigest())
    assert found[1:] == [b"<13>ab"]


def test_a_line_without_end_is_cut_off() -> None:
    one = decoder()
    found = [frame for _ in range(60) if one.fault is None for frame in one.feed(b"y" * 100)]
    assert one.fault is not None
    assert one.fault.reason == "too_long"
    assert [frame.length for frame in found if isinstance(frame, LongBody)] == [5100]
