"""Records of the audit log: those of one event are one log, wherever reading stops and goes on; nothing is lost or doubled."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.audit_records import join_records, read_record
from ingest.followed import FollowedFile, Joining
from ingest.lines import PLAIN, Line, split_lines
from ingest.positions import Mark, head_hash
from ingest.replay import read_logs
from tests.ingest.hands import NOON
from vagt.settings.ingest import FileInput

LIMIT = 1 << 20


def record(kind: str, serial: int, second: int = 1795427702, node: str = "") -> bytes:
    return f"{node}type={kind} msg=audit({second}.100:{serial}): field={serial}\n".encode()


def lines_of(data: bytes, offset: int = 0) -> list[Line]:
    return split_lines(data, offset, PLAIN)


def joined(data: bytes, *, is_whole: bool = True) -> list[bytes]:
    return [line.body for line in join_records(lines_of(data), is_whole=is_whole)[0]]


def body(*records: bytes) -> bytes:
    return b"\n".join(one.rstrip(b"\n") for one in records)


def test_interleaved_events_are_told_apart_and_come_in_the_order_of_their_first_lines() -> None:
    one, two = [[record(kind, serial) for kind in ("SYSCALL", "PATH", "PROCTITLE")] for serial in (1, 2)]
    data = b"".join([one[0], two[0], two[1], one[1], two[2], one[2]])
    assert joined(data) == [body(*one), body(*two)]
    assert [line.start for line in join_records(lines_of(data), is_whole=True)[0]] == [0, len(one[0])]


def test_an_event_that_may_go_on_is_held_with_all_that_follows_it() -> None:
    data = record("USER_LOGIN", 1) + record("SYSCALL", 2) + record("USER_LOGIN", 3)
    logs, held = join_records(lines_of(data), is_whole=False)
    assert [line.body for line in logs] == [body(record("USER_LOGIN", 1))]
    assert held == len(record("USER_LOGIN", 1))


@pytest.mark.parametrize("last", ["PROCTITLE", "EOE"])
def test_the_kernels_last_record_ends_an_event(last: str) -> None:
    data = record("SYSCALL", 1) + record(last, 1)
    assert join_records(lines_of(data), is_whole=False)[1] is None
    assert joined(data, is_whole=False) == [body(record("SYSCALL", 1), record(last, 1))]


def test_an_event_ends_when_one_came_that_is_two_seconds_younger() -> None:
    data = record("SYSCALL", 1, 1000) + record("CWD", 1, 1000) + record("SYSCALL", 2, 1001) + record("SYSCALL", 3, 1002)
    logs, held = join_records(lines_of(data), is_whole=False)
    assert logs == [] and held == 0  # the second lies before the place where the first ends
    logs, held = join_records(lines_of(data + record("SYSCALL", 4, 1004)), is_whole=False)
    assert [line.body for line in logs] == [
        body(record("SYSCALL", 1, 1000), record("CWD", 1, 1000)),
        body(record("SYSCALL", 2, 1001)),
        body(record("SYSCALL", 3, 1002)),
    ]
    assert held == len(data)


def test_clocks_of_other_machines_end_nothing() -> None:
    data = (
        record("SYSCALL", 1, 1000, "node=a ") + record("SYSCALL", 1, 2000, "node=b ") + record("PROCTITLE", 1, 1000, "node=a ")
    )
    assert len(joined(data)) == 2


def test_what_is_no_record_is_a_log_of_its_own() -> None:
    assert joined(b"garbage\n" + record("SYSCALL", 1) + b"more\n") == [b"garbage", body(record("SYSCALL", 1)), b"more"]
    assert read_record(b"type=SYSCALL msg=audit(x:1): ") is None


def test_an_event_without_end_is_bounded() -> None:
    data = b"".join(record("PATH", 1) for _ in range(10_000))
    logs, held = join_records(lines_of(data), is_whole=False)
    assert held is None or held > len(data) - (1 << 20)
    assert max(log.body.count(b"\n") for log in logs) < 512
    assert b"\n".join(log.body for log in logs) == data[: held or len(data)].rstrip(b"\n")


_KINDS = st.sampled_from(["SYSCALL", "PATH", "CWD", "PROCTITLE", "USER_LOGIN", "EOE", "AVC"])
_RECORDS = st.builds(record, _KINDS, st.integers(1, 4), st.integers(1000, 1006)) | st.just(b"no record\n")


@settings(max_examples=400, deadline=None)
@given(st.lists(_RECORDS, min_size=1, max_size=40), st.lists(st.integers(1, 40), max_size=6))
def test_wherever_reading_stops_the_logs_are_the_same(records: list[bytes], stops: list[int]) -> None:
    """Read as the file grows, each time from where nothing is held back, as a killed process does too."""
    offset, found = 0, []
    for stop in [*sorted(stops), len(records)]:
        data = b"".join(records[:stop])
        logs, held = join_records(lines_of(data[offset:], offset), is_whole=False)
        found += logs
        offset = len(data) if held is None else held
    data = b"".join(records)
    found += join_records(lines_of(data[offset:], offset), is_whole=True)[0]
    assert found == join_records(lines_of(data), is_whole=True)[0]
    assert sorted(line for log in found for line in log.body.split(b"\n")) == sorted(one.rstrip(b"\n") for one in records)


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_silence_ends_the_last_event_of_a_file_and_until_then_its_offset_stays(tmp_path: Path) -> None:
    path, clock = tmp_path / "audit.log", Clock()
    path.write_bytes(record("SYSCALL", 1) + record("PATH", 1))
    head = path.read_bytes()
    file = FollowedFile(path, Mark("751", "f", str(path), len(head), head_hash(head), 0, 0, 0), monotonic=clock)
    joining = Joining(records=True, quiet_seconds=2)
    assert file.read(LIMIT, LIMIT, joining) == ([], 0)
    clock.now = 1.0
    with path.open("ab") as more:
        more.write(record("CWD", 1))
    assert file.read(LIMIT, LIMIT, joining) == ([], 0)
    clock.now = 4.0
    batch = file.read(LIMIT, LIMIT, joining)
    assert batch.logs == [(0, body(record("SYSCALL", 1), record("PATH", 1), record("CWD", 1)))]
    assert batch.offset == path.stat().st_size
    file.close()


def test_a_clock_set_back_parts_no_event_differently_where_reading_stops() -> None:
    first = record("USER_LOGIN", 1, 1010)  # none is open behind it: reading may go on here
    rest = record("SYSCALL", 2, 1010) + record("SYSCALL", 3, 1001) + record("SYSCALL", 4, 1004) + record("PATH", 3, 1001)
    whole = joined(first + rest)
    assert whole == joined(first) + joined(rest)


def test_a_long_line_behind_an_open_event_does_not_end_the_reading(tmp_path: Path) -> None:
    path = tmp_path / "audit.log"
    long = b"x" * (600 << 10) + b"\n"
    path.write_bytes(record("SYSCALL", 1) + long + record("USER_LOGIN", 2))
    head = path.read_bytes()[:20]
    file = FollowedFile(path, Mark("751", "f", str(path), 20, head_hash(head), 0, 0, 0), monotonic=Clock())
    found: list[tuple[int, Any]] = []
    for _ in range(4):
        batch = file.read(LIMIT, LIMIT, Joining(records=True))
        found += batch.logs
        file.move(batch.offset)
    assert [one for _, one in found] == [body(record("SYSCALL", 1)), long.rstrip(b"\n"), body(record("USER_LOGIN", 2))]
    file.close()


def test_a_record_before_a_line_over_the_limit_is_replayed_whole(tmp_path: Path) -> None:
    path = tmp_path / "audit.log"
    path.write_bytes(record("SYSCALL", 1) + b"x" * (5 << 20) + b"\n" + record("USER_LOGIN", 2))
    logs = [log for some, _ in read_logs(path, "linux.auditd", "751", lambda: NOON) for log in some]
    assert [getattr(log, "length", None) for log in logs] == [None, 5 << 20, None]


def test_records_that_together_are_over_the_limit_are_parted_and_none_is_cut(tmp_path: Path) -> None:
    path = tmp_path / "audit.log"
    path.write_bytes(b"".join(record("PATH", 1) for _ in range(100)))
    head, clock = path.read_bytes()[:20], Clock()
    file = FollowedFile(path, Mark("751", "f", str(path), 20, head_hash(head), 0, 0, 0), monotonic=clock)
    file.read(1024, LIMIT, Joining(records=True))
    clock.now = 4.0
    batch = file.read(1024, LIMIT, Joining(records=True))
    bodies = [one for _, one in batch.logs if isinstance(one, bytes)]
    assert max(map(len, bodies)) <= 1024
    assert b"\n".join(bodies) == path.read_bytes().rstrip(b"\n")
    file.close()


def test_half_a_record_is_waited_for(tmp_path: Path) -> None:
    path, clock = tmp_path / "audit.log", Clock()
    path.write_bytes(record("SYSCALL", 1) + b"type=PATH msg=audit(17954")
    head = path.read_bytes()
    file = FollowedFile(path, Mark("751", "f", str(path), 10, head_hash(head[:10]), 0, 0, 0), monotonic=clock)
    file.read(LIMIT, LIMIT, Joining(records=True))
    clock.now = 100.0
    assert file.read(LIMIT, LIMIT, Joining(records=True)) == ([], 0)
    file.close()


def test_a_file_of_audit_records_is_replayed_at_the_positions_that_following_gives(tmp_path: Path) -> None:
    path = tmp_path / "audit.log"
    path.write_bytes(b"".join(record(kind, serial) for serial in range(20_000) for kind in ("SYSCALL", "PROCTITLE")))
    logs = [log for some, _ in read_logs(path, "linux.auditd", "751", lambda: NOON) for log in some]
    bodies = [getattr(log, "body", b"") for log in logs]
    assert len(logs) == 20_000
    assert all(one.count(b"\n") == 1 for one in bodies)
    assert b"\n".join(bodies) == path.read_bytes().rstrip(b"\n")


JOINS: list[tuple[dict[str, Any], bool]] = [
    ({"source": "linux.auditd"}, True),
    ({"source": "linux.auditd", "join": "none"}, False),
    ({"source": "linux.auth"}, False),
    ({"join": "auditd"}, True),
]


@pytest.mark.parametrize(("wanted", "joins"), JOINS, ids=[str(wanted) for wanted, _ in JOINS])
def test_the_source_or_the_setting_says_whether_records_are_joined(wanted: dict[str, Any], joins: bool) -> None:
    assert FileInput.model_validate({"patterns": ["/x"]} | wanted).joins_records is joins


def test_two_ways_to_join_are_refused() -> None:
    with pytest.raises(ValueError, match="do not go together"):
        FileInput(patterns=("/x",), join="auditd", continuation=" ")
