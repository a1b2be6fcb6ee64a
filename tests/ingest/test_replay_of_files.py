"""Files replayed: plain and gzip, text and NDJSON, the same positions each time, and fast."""

import gzip
from collections.abc import Callable
from pathlib import Path

import pytest

from ingest.acceptor import Acceptor
from ingest.replay import read_logs, replay_files
from tests.bounded import bounded
from tests.ingest.hands import NOON, raw_logs, records
from vagt.bus.embedded import EmbeddedBus
from vagt.contracts.raw import RawLog
from vagt.errors import UsageError
from vagt.topics import DEAD


def read(path: Path, continuation: str | None = None) -> list[RawLog]:
    logs = [one for logs, _ in read_logs(path, "linux.auth", "751", lambda: NOON, continuation) for one in logs]
    return [one for one in logs if isinstance(one, RawLog)]


def test_each_line_is_a_log_at_its_offset(tmp_path: Path) -> None:
    path = tmp_path / "auth.log"
    path.write_bytes(b"one\n\r\n\ntwo\r\nthree")
    found = read(path)
    assert [one.body for one in found] == [b"one", b"two", b"three"]
    assert [one.position.rpartition(":")[2] for one in found] == ["0", "7", "12"]
    assert {(one.protocol, one.peer, one.received) for one in found} == {("replay", "auth.log", NOON)}


def test_gzip_and_plain_give_the_same_positions(tmp_path: Path) -> None:
    data = b"".join(b"line %d\n" % number for number in range(100_000))
    plain, packed = tmp_path / "a.log", tmp_path / "a.log.gz"
    plain.write_bytes(data)
    packed.write_bytes(gzip.compress(data, 1))
    first, second = read(plain), read(packed)
    assert [(one.position, one.body) for one in first] == [(one.position, one.body) for one in second]
    assert len({one.position for one in first}) == 100_000


def test_continued_lines_are_one_log_even_over_a_chunks_end(tmp_path: Path) -> None:
    path = tmp_path / "a.log"
    path.write_bytes(b"".join(b"event %d\n  more\n" % number for number in range(80_000)))
    found = read(path, r"\s")
    assert len(found) == 80_000
    assert {one.body.count(b"\n") for one in found} == {1}


@pytest.mark.parametrize("size", [(1 << 20) + 1, 3 << 20, 10 << 20])
def test_a_line_over_the_limit_becomes_a_dead_letter_and_the_next_is_read(
    make_acceptor: Callable[..., Acceptor], bus: EmbeddedBus, tmp_path: Path, size: int
) -> None:
    path = tmp_path / "a.log"
    path.write_bytes(b"before\n" + b"x" * size + b"\nafter\n")
    done = replay_files([path], "linux.auth", "751", make_acceptor(bus).accept, lambda: NOON)
    assert done.logs == 3
    assert sorted(one.body for one in raw_logs(bus)) == [b"after", b"before"]
    assert [record.headers["length"] for record in records(bus, DEAD)] == [str(size)]
    assert all(one.position.rpartition(":")[2] in ("0", str(size + 8)) for one in raw_logs(bus))


def test_a_replay_tells_its_progress_and_ends_when_all_is_durable(
    make_acceptor: Callable[..., Acceptor], bus: EmbeddedBus, tmp_path: Path
) -> None:
    for name in ("a.log", "b.log"):
        (tmp_path / name).write_bytes(b"".join(b"%s line %d\n" % (name.encode(), number) for number in range(20_000)))
    told: list[tuple[int, int]] = []
    done = replay_files(
        [tmp_path / "a.log", tmp_path / "b.log"],
        None,
        "751",
        make_acceptor(bus).accept,
        lambda: NOON,
        lambda logs, size: told.append((logs, size)),
    )
    assert (done.files, done.logs) == (2, 40_000)
    assert done.bytes == sum(path.stat().st_size for path in tmp_path.glob("?.log"))
    assert told[-1] == (done.logs, done.bytes)
    assert told == sorted(told)
    assert len({(one.position, one.body) for one in raw_logs(bus)}) == 40_000


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    broken = tmp_path / "broken.gz"
    broken.write_bytes(gzip.compress(b"x" * 100_000)[:-20])
    for path in (tmp_path / "absent.log", broken):
        with pytest.raises(UsageError, match=path.name):
            read(path)


def test_an_empty_file_has_no_logs(tmp_path: Path) -> None:
    (tmp_path / "a.log").write_bytes(b"")
    assert read(tmp_path / "a.log") == []


def test_reading_keeps_up_with_a_fast_pipeline(tmp_path: Path) -> None:
    path = tmp_path / "a.log"
    path.write_bytes(
        b"Nov 22 12:00:00 web01 sshd[4711]: Accepted publickey for anna from 192.0.2.7 port 50022 ssh2\n" * 200_000
    )
    with bounded():  # what goes back over the file takes hours
        assert sum(len(logs) for logs, _ in read_logs(path, "linux.auth", "751", lambda: NOON)) == 200_000
