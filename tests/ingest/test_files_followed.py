"""Files: every line once at its position, through rotation, truncation, encodings and a killed process."""

import codecs
import gzip
import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from ingest.acceptor import Acceptor
from ingest.files import FilesFollower
from ingest.syslog import Door
from tests.databases import Section
from tests.ingest.hands import counted, raw_logs, records, wait_until
from vagt.bus.embedded import EmbeddedBus
from vagt.clock import system_clock
from vagt.context import Context
from vagt.ids import event_id
from vagt.settings.ingest import FileInput
from vagt.topics import DEAD

ROOT = Path(__file__).resolve().parents[2]
Follow = Callable[..., "Following"]


class Following:
    """A follower of `folder/*.log` whose turns the test takes."""

    def __init__(self, context: Context, acceptor: Acceptor, bus: EmbeddedBus, folder: Path, **wanted: Any) -> None:
        self.folder = folder
        self.bus = bus
        settings = context.settings.ingest
        one = FileInput.model_validate({"patterns": [str(folder / "*.log")], "tenant": "751", "source": "linux.auth"} | wanted)
        self.follower = FilesFollower(Door("files", acceptor.accept, system_clock, settings), [one], context.state, "unit")
        self.follower.start()

    def bodies(self) -> list[bytes]:
        """All bodies on the bus after everything was read, in the order of their positions' offsets within each file."""
        self.follower.scan()
        while self.follower.turn():
            self.follower.scan()
        return [one.body for one in raw_logs(self.bus)]

    def places(self) -> list[tuple[str, bytes]]:
        return sorted((one.position, one.body) for one in raw_logs(self.bus))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "logs"
    made.mkdir()
    return made


@pytest.fixture
def follow(
    make_context: Callable[..., Context], make_acceptor: Callable[..., Acceptor], bus: EmbeddedBus, folder: Path
) -> Follow:
    context = make_context()
    acceptors: list[Acceptor] = []

    def make(**wanted: Any) -> Following:
        if not acceptors:
            acceptors.append(make_acceptor(bus))
        return Following(context, acceptors[0], bus, folder, **wanted)

    return make


def append(path: Path, data: bytes) -> None:
    with path.open("ab") as file:
        file.write(data)


def test_lines_come_once_and_half_a_line_is_waited_for(follow: Follow, folder: Path) -> None:
    append(folder / "a.log", b"one\ntwo\r\n\nthr")
    following = follow()
    assert following.bodies() == [b"one", b"two"]
    append(folder / "a.log", b"ee\n")
    assert following.bodies() == [b"one", b"two", b"three"]
    assert [place.rpartition(":")[2] for place, _ in following.places()] == ["0", "10", "4"]


@pytest.mark.parametrize("name", ["a.gz", "a.evtx", "A.EVTX"])
def test_what_has_no_lines_is_left_to_replay(follow: Follow, folder: Path, name: str) -> None:
    append(folder / name, b"ElfFile\0" + b"\n\xff" * 2000)
    append(folder / "a.log", b"a line\n")
    assert follow(patterns=[str(folder / "*")]).bodies() == [b"a line"]


def test_a_restarted_follower_goes_on_where_the_bus_has_everything(follow: Follow, folder: Path) -> None:
    append(folder / "a.log", b"one\n")
    assert follow().bodies() == [b"one"]
    append(folder / "a.log", b"two\n")
    assert follow().bodies() == [b"one", b"two"]


def test_a_follower_that_lost_its_offset_gives_the_same_positions_again(follow: Follow, folder: Path) -> None:
    append(folder / "a.log", b"one\n")
    first = follow()
    append(folder / "a.log", b"two\n" * 500)  # it grows far over what it was known by
    first.follower._positions.save = lambda marks, now_ms: None  # type: ignore[method-assign]
    first.bodies()
    second = follow()
    second.bodies()
    places = second.places()
    assert len(places) == 1002
    assert len(set(places)) == 501


@pytest.mark.parametrize("is_running", [True, False], ids=["while followed", "while stopped"])
@pytest.mark.parametrize("is_matched", [True, False], ids=["new name matches", "new name does not match"])
def test_a_renamed_file_is_read_to_its_end_and_its_successor_from_the_beginning(
    follow: Follow, folder: Path, is_running: bool, is_matched: bool
) -> None:
    live, old = folder / "a.log", folder / ("a.log.1.log" if is_matched else "a.log.1")
    append(live, b"one\n")
    following = follow()
    following.bodies()
    append(live, b"two\n")
    live.rename(old)
    append(old, b"three\n")
    append(live, b"four\n")
    following = following if is_running else follow()
    assert sorted(following.bodies()) == [b"four", b"one", b"three", b"two"]
    assert len(set(following.places())) == 4


@pytest.mark.parametrize("is_running", [True, False], ids=["while followed", "while stopped"])
def test_a_file_copied_and_truncated_loses_nothing_and_doubles_nothing(follow: Follow, folder: Path, is_running: bool) -> None:
    live, copy = folder / "a.log", folder / "a.log.1"
    append(live, b"first line of the day\nsecond line\n")
    following = follow()
    following.bodies()
    append(live, b"third, not read yet\n")
    shutil.copyfile(live, copy)
    os.truncate(live, 0)
    append(live, b"new\n")
    following = following if is_running else follow()
    assert sorted(following.bodies()) == [b"first line of the day", b"new", b"second line", b"third, not read yet"]


def test_a_truncated_file_that_begins_as_before_has_new_positions(follow: Follow, folder: Path) -> None:
    live = folder / "a.log"
    append(live, b"banner\nold\nolder\n")
    following = follow()
    following.bodies()
    live.write_bytes(b"banner\nnew\n")
    assert sorted(following.bodies()) == [b"banner", b"banner", b"new", b"old", b"older"]
    assert len(set(following.places())) == 5
    append(live, b"newer\n" * 3)
    assert len(follow().bodies()) == 8


def test_two_files_that_begin_alike_are_two_files(follow: Follow, folder: Path) -> None:
    append(folder / "a.log", b"banner\n")
    following = follow()
    following.bodies()
    append(folder / "a.log", b"of a\n")
    following.bodies()
    append(folder / "b.log", b"banner\nof b\n")
    assert sorted(following.bodies()) == [b"banner", b"banner", b"of a", b"of b"]


def test_the_start_may_be_the_end(follow: Follow, folder: Path) -> None:
    append(folder / "a.log", b"long ago\n")
    following = follow(start="end")
    append(folder / "a.log", b"now\n")
    assert following.bodies() == [b"now"]
    (folder / "a.log").rename(folder / "a.log.1")
    append(folder / "a.log", b"after rotation\n")
    assert sorted(following.bodies()) == [b"after rotation", b"now"]


@pytest.mark.parametrize("name", ["utf-16-le", "utf-16-be"])
def test_utf_16_files_come_line_by_line_each_with_its_mark(follow: Follow, folder: Path, name: str) -> None:
    mark = codecs.BOM_UTF16_LE if name.endswith("le") else codecs.BOM_UTF16_BE
    lines = ["første", "Ċ਀ tricky", "sidste"]  # letters whose bytes look like line ends
    append(folder / "a.log", mark + "".join(f"{line}\r\n" for line in lines).encode(name))
    assert [body.decode("utf-16") for body in follow().bodies()] == lines
    assert all(body.startswith(mark) for body in follow().bodies())


def test_continued_lines_are_one_log_and_the_last_waits_until_it_is_whole(follow: Follow, folder: Path) -> None:
    following = follow(continuation=r"\s", continuation_seconds=0.2)
    append(folder / "a.log", b"error\n  at one\n  at two\nnext\n")
    assert following.bodies() == [b"error\n  at one\n  at two"]
    append(folder / "a.log", b"  more\n")
    wait_until(lambda: len(following.bodies()) == 2, "the quiet log")
    assert following.bodies()[1] == b"next\n  more"


def test_a_ten_megabyte_line_is_a_dead_letter_and_the_next_lines_arrive(follow: Follow, folder: Path, bus: EmbeddedBus) -> None:
    append(folder / "a.log", b"short\n" + b"x" * (10 << 20) + b"\nnext\n" + b"y" * (600 << 10) + b"\n")
    bodies = follow().bodies()
    assert [body[:5] for body in bodies] == [b"short", b"next", b"yyyyy"]
    assert len(bodies[2]) == 600 << 10
    assert [record.headers["length"] for record in records(bus, DEAD)] == [str(10 << 20)]


def test_gzip_files_are_left_to_replay(follow: Follow, folder: Path) -> None:
    (folder / "a.log.gz").write_bytes(gzip.compress(b"old\n"))
    append(folder / "a.log", b"one\n")
    assert follow(patterns=[str(folder / "*")]).bodies() == [b"one"]


def test_nothing_moves_while_nobody_accepts(follow: Follow, folder: Path, bus: EmbeddedBus) -> None:
    append(folder / "a.log", b"one\n")
    following = follow()
    accept = following.follower._door.accept
    closed = Acceptor(bus, folder.parent / "other-spool", following.follower._door.settings)
    closed.start()
    closed.close()
    following.follower._door = following.follower._door._replace(accept=closed.accept)
    assert following.follower.turn() is False
    following.follower._door = following.follower._door._replace(accept=accept)
    assert following.bodies() == [b"one"]


_WORKER = """
import json, sys, threading
from pathlib import Path
from ingest.app import serve
from vagt.bus.embedded import EmbeddedBus
from vagt.clock import system_clock
from vagt.context import Context
from vagt.settings.bus import BusSettings
from vagt.settings.root import Settings
from vagt.state.database import open_state
from vagt.tenants import load_tenants
data = Path(sys.argv[1])
files = [{"patterns": [str(data / "logs" / "*.log")], "tenant": "751", "source": sys.argv[3]}]
files[0]["continuation_seconds"] = 60  # what is open is not closed by a slow machine
ingest = {"syslog": [], "http": {"enabled": False}, "files": files}
unit, state = {"municipalities": ["751"]}, json.loads(sys.argv[2])
settings = Settings.model_validate({"data_dir": str(data), "state": state, "unit": unit, "ingest": ingest})
context = Context(settings, open_state(settings), load_tenants(settings.unit), system_clock)
serve(context, EmbeddedBus(data / "bus", BusSettings(fsync=False)), threading.Event())
"""


def _line(number: int) -> bytes:
    return b"line %d\n" % number


def _audit_event(number: int) -> bytes:
    """An event of two records; those of an odd number and of the next one lie between each other."""
    begun, ended = (f"type={kind} msg=audit(1795427702.100:%d): x=1\n".encode() for kind in ("SYSCALL", "PROCTITLE"))
    if number % 2:
        return begun % number
    return begun % number + (ended % (number - 1) if number else b"") + ended % number


@pytest.mark.parametrize(("source", "make"), [("linux.auth", _line), ("linux.auditd", _audit_event)], ids=["lines", "records"])
def test_killed_again_and_again_it_gives_every_log_the_same_event_id(
    tmp_path: Path,
    folder: Path,
    new_database: Callable[[Path], Section],
    bus: EmbeddedBus,
    source: str,
    make: Callable[[int], bytes],
) -> None:
    section = json.dumps(new_database(tmp_path))
    live = folder / "a.log"
    append(live, make(0))
    rounds, lines = 4, 5000
    total = rounds * lines + 1
    log = tmp_path / "worker.log"
    for number in range(rounds):
        before = _count(bus, source)
        with log.open("ab") as output:
            command = [sys.executable, "-c", _WORKER, str(tmp_path), section, source]
            worker = subprocess.Popen(command, cwd=ROOT, stderr=output, stdout=output)
        append(live, b"".join(make(number * lines + one) for one in range(1, lines + 1)))
        try:
            wait_until(partial(_has_more, bus, source, before, worker), "logs on the bus")
            assert worker.poll() is None, log.read_text()
            if number == rounds - 1:
                wait_until(
                    lambda: _count(bus, source) >= total and len({one.body for one in raw_logs(bus)}) == total, "all logs"
                )
        finally:
            os.kill(worker.pid, signal.SIGKILL)
            worker.wait()
    ids = {event_id(one.tenant, one.position, one.body, 0) for one in raw_logs(bus)}
    assert len(ids) == total


def _has_more(bus: EmbeddedBus, source: str, before: int, worker: "subprocess.Popen[bytes]") -> bool:
    return _count(bus, source) > before or worker.poll() is not None


def _count(bus: EmbeddedBus, source: str) -> int:
    topic = f"raw.751.{source}"
    return sum(bus.next_offsets(topic).values()) if topic in bus.topics() else 0


def test_a_running_ingest_follows_its_files_and_counts(run_ingest: Callable[..., Any], folder: Path) -> None:
    append(folder / "a.log", b"one\n")
    before = counted("vagt_ingest_accepted_logs_total", tenant="751", source="linux.auth", protocol="file")
    with run_ingest(files=[{"patterns": [str(folder / "*.log")], "tenant": "751", "source": "linux.auth"}]) as ingest:
        assert ingest.bodies(1) == [b"one"]
    assert counted("vagt_ingest_accepted_logs_total", tenant="751", source="linux.auth", protocol="file") == before + 1
