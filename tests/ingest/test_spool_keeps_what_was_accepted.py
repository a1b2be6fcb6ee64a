"""The spool: first in, first out, through crashes, torn tails, damage and a full disk."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.spool import Spool, decode_frames, encode_frame
from vagt.contracts.stage import Message
from vagt.errors import RejectedError, SettingsError
from vagt.settings.ingest import SpoolSettings

MESSAGES = st.builds(
    Message,
    topic=st.sampled_from(["raw.751.linux.auth", "dead"]),
    key=st.binary(max_size=20),
    value=st.binary(max_size=200),
    headers=st.dictionaries(st.text(max_size=10), st.text(max_size=10), max_size=3),
    partition=st.none(),
)
SETTINGS = SpoolSettings(max_bytes=1 << 20, segment_bytes=4096)


def message(number: int) -> Message:
    return Message("raw.751.linux.auth", b"web01", b"line %d" % number, {"position": str(number)})


def drain(spool: Spool) -> list[Message]:
    found: list[Message] = []
    while len(spool):
        messages, mark = spool.peek()
        found += messages
        if messages:
            spool.advance(mark)
    return found


@given(st.lists(MESSAGES, max_size=6), st.integers(0, 400))
def test_a_torn_tail_costs_only_the_record_that_was_torn(messages: list[Message], torn: int) -> None:
    frames = [encode_frame(one) for one in messages]
    data = b"".join(frames)
    cut = data[: max(0, len(data) - torn)]
    found = [one for one, _ in decode_frames(cut)]
    whole = 0
    while whole < len(frames) and len(b"".join(frames[: whole + 1])) <= len(cut):
        whole += 1
    assert found == messages[:whole]


@given(st.binary(max_size=300))
def test_noise_is_no_frame(noise: bytes) -> None:
    for _, end in decode_frames(noise):
        assert end <= len(noise)


def test_records_come_back_in_order_over_many_segments(tmp_path: Path) -> None:
    spool = Spool(tmp_path, SETTINGS)
    messages = [message(number) for number in range(500)]
    for at in range(0, 500, 10):
        spool.append(messages[at : at + 10])
    assert len(list(tmp_path.glob("*.spool"))) > 3
    assert drain(spool) == messages
    assert list(tmp_path.glob("*.spool")) == []


def test_what_comes_after_it_was_drained_is_kept_when_it_is_opened_again(tmp_path: Path) -> None:
    spool = Spool(tmp_path, SETTINGS)
    spool.append([message(1)])
    drain(spool)
    spool.append([message(2)])
    spool.close()
    assert drain(Spool(tmp_path, SETTINGS)) == [message(2)]


def test_a_killed_process_finds_its_records_but_not_those_that_the_bus_has(tmp_path: Path) -> None:
    spool = Spool(tmp_path, SETTINGS)
    spool.append([message(1), message(2)])
    messages, mark = spool.peek()
    spool.append([message(3)])
    spool.advance(mark)
    spool.close()
    assert messages == [message(1), message(2)]
    assert drain(Spool(tmp_path, SETTINGS)) == [message(3)]


def test_a_torn_tail_is_cut_off_and_appending_goes_on(tmp_path: Path) -> None:
    spool = Spool(tmp_path, SETTINGS)
    spool.append([message(1)])
    spool.close()
    segment = next(tmp_path.glob("*.spool"))
    segment.write_bytes(segment.read_bytes() + encode_frame(message(2))[:-3])
    again = Spool(tmp_path, SETTINGS)
    again.append([message(3)])
    assert drain(again) == [message(1), message(3)]


def test_damage_within_costs_the_rest_of_its_segment_which_is_set_aside(tmp_path: Path) -> None:
    spool = Spool(tmp_path, SETTINGS)
    spool.append([message(number) for number in range(200)])
    spool.append([message(1000)])
    spool.close()
    first, *_ = sorted(tmp_path.glob("*.spool"))
    data = bytearray(first.read_bytes())
    data[len(data) // 2] ^= 0xFF
    first.write_bytes(data)
    found = drain(Spool(tmp_path, SETTINGS))
    assert found[0] == message(0)
    assert found[-1] == message(1000)
    assert [path.suffix for path in tmp_path.glob("*.damaged")] == [".damaged"]


def test_a_full_spool_refuses_and_keeps_what_it_has(tmp_path: Path) -> None:
    spool = Spool(tmp_path, SpoolSettings(max_bytes=100))
    spool.append([message(1)])
    with pytest.raises(RejectedError) as refused:
        spool.append([message(2)])
    assert refused.value.reason == "spool_full"
    assert drain(spool) == [message(1)]


def test_a_full_disk_refuses_and_leaves_no_half_record(tmp_path: Path) -> None:
    spool = Spool(tmp_path, SETTINGS)
    spool.append([message(1)])
    with Path("/dev/full").open("ab", buffering=0) as full, pytest.raises(RejectedError) as refused:
        spool._writing = full
        spool.append([message(2)])
    assert refused.value.reason == "spool_full"
    assert drain(spool) == [message(1)]


def test_two_processes_cannot_share_a_spool(tmp_path: Path) -> None:
    first = Spool(tmp_path, SETTINGS)
    with pytest.raises(SettingsError, match="another vagt"):
        Spool(tmp_path, SETTINGS)
    first.close()
    Spool(tmp_path, SETTINGS).close()
