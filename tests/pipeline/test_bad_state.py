"""Bad ground under the pipeline: a full disk, damaged files, a held lock, wrong settings. Each is named, the rest goes on."""

import gzip
import os
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest
import yaml

from ingest.replay import read_logs
from store.queries import ArchiveSearch
from tests.pipeline.conftest import Pipeline
from tests.pipeline.doors import Doors, good_line
from tests.servers.ports import free_port
from vagt.bus.embedded import EmbeddedBus
from vagt.cli.setup import make_context
from vagt.clock import system_clock
from vagt.contracts.scope import system_scope
from vagt.contracts.search import EventQuery
from vagt.contracts.stage import Message
from vagt.errors import UsageError
from vagt.settings import load_settings
from vagt.settings.bus import BusSettings

Make = Callable[[dict[str, Any]], Pipeline]
PATIENCE_SECONDS = 60
GARBAGE = b"this is no database any more " * 600
NO_INPUT: dict[str, Any] = {"syslog": [], "http": {"enabled": False}, "journal": {"enabled": False}, "own_logs": False}
NO_RULES: dict[str, Any] = {"builtin": False}


def archived(running: Pipeline) -> tuple[Counter[tuple[str, int]], list[Any]]:
    """How often the archive holds each (host, process id), and the problems of the search."""
    search = ArchiveSearch(make_context(load_settings(running.config, {})))
    seen: Counter[tuple[str, int]] = Counter()
    problems: list[Any] = []
    cursor = None
    while True:
        page = search.search_events(system_scope("test"), EventQuery(), cursor, 1000)
        seen.update((event["host"]["name"], event["process"]["pid"]) for event in page.items if "process" in event)
        problems += page.problems
        cursor = page.cursor
        if cursor is None:
            return seen, problems


@pytest.fixture
def small_disk(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Path]:
    """A file system of 48 MiB of its own, mounted where the parameter says."""
    if os.geteuid() != 0:
        pytest.skip("needs root to mount a small tmpfs")
    place: Path = tmp_path / request.param
    place.mkdir(parents=True)
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=48m", "tmpfs", str(place)], capture_output=True, check=False)
    if mounted.returncode:
        pytest.skip(f"cannot mount a small tmpfs: {mounted.stderr.decode().strip()}")
    try:
        yield place
    finally:
        subprocess.run(["umount", "-l", str(place)], check=True)


def fill(disk: Path) -> Path:
    """A file that takes all that is free."""
    filler = disk / "filler"
    with filler.open("wb", buffering=0) as file:
        for size in (1 << 20, 4096):
            try:
                while file.write(b"x" * size) == size:
                    pass
            except OSError:
                continue
    return filler


class Shipper:
    """Numbered lines to a file, over TCP and over HTTP; over HTTP each under its own id, until it is acknowledged."""

    def __init__(self, doors: Doors) -> None:
        self.doors = doors
        self.sent = 0
        self.answers: list[int] = []

    def send(self, count: int, session: socket.socket) -> None:
        for _ in range(count):
            self.sent += 1
            self.doors.write("good.log", good_line("file", self.sent) + b"\n")
            session.sendall(good_line("tcp", self.sent) + b"\n")
            self._post(self.sent)

    def _post(self, number: int) -> None:
        document = orjson.dumps({"create": {"_index": "logs", "_id": str(number)}}) + b"\n"
        document += orjson.dumps({"message": good_line("http", number).decode()}) + b"\n"
        deadline = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < deadline:
            self.answers.append(self.doors.post("/_bulk", document).status_code)
            if self.answers[-1] == 200:
                return
            assert self.answers[-1] == 429
            time.sleep(0.1)
        raise AssertionError(f"document {number} was never acknowledged")


@pytest.mark.parametrize("small_disk", ["data", "data/bus"], indirect=True, ids=["all data", "only the bus"])
def test_a_full_disk_holds_senders_back_or_fills_the_spool_and_nothing_is_lost_or_doubled(
    small_disk: Path, pipeline: Make, tmp_path: Path
) -> None:
    shipper = Shipper(Doors(tmp_path))
    running = pipeline({"ingest": shipper.doors.settings(retry_seconds=0.5), "detections": NO_RULES})
    running.start()
    bus = running.bus()

    def is_felt() -> bool:
        if small_disk == running.data:
            return shipper.answers.count(429) >= 3
        return any((running.data / "ingest" / "spool").glob("*.spool")) and shipper.sent == 100

    with shipper.doors.session("tcp") as session:
        shipper.send(50, session)
        running.wait_for(lambda: sum(bus.next_offsets("events").values()) >= 150, PATIENCE_SECONDS, "the first events")
        filler = fill(small_disk)
        sender = threading.Thread(target=shipper.send, args=(50, session))
        sender.start()
        running.wait_for(is_felt, PATIENCE_SECONDS, "senders to be held back, or the spool to be used")
        said = running.log.read_text()
        assert "bus_away" in said and "full" in said
        filler.unlink()
        sender.join()
        running.wait_for(lambda: sum(bus.next_offsets("events").values()) >= 300, PATIENCE_SECONDS, "all events")
    bus.close()
    running.wait_until_drained()
    running.stop()
    said = running.log.read_text()
    assert "Traceback" not in said and "worker_died" not in said
    if small_disk != running.data:
        assert set(shipper.answers) == {200}, "with a spool nobody waits"
    seen, problems = archived(running)
    assert problems == []
    for way in ("file", "tcp", "http"):
        arrived = {pid: count for (host, pid), count in seen.items() if host == f"good-{way}"}
        assert arrived == dict.fromkeys(range(1, 101), 1), way


def two_files(folder: Path) -> dict[str, Any]:
    files = [
        {"patterns": [str(folder / f"{tenant}.log")], "tenant": tenant, "source": "linux.auth"} for tenant in ("751", "730")
    ]
    return {**NO_INPUT, "files": files}


def append(path: Path, host: str, *numbers: int, body: str = "Connection closed by 192.0.2.7 port 4 [preauth]") -> None:
    with path.open("ab") as file:
        file.writelines(good_line("file", number, body).replace(b"good-file", host.encode()) + b"\n" for number in numbers)


def test_damaged_topics_and_segments_are_named_and_the_rest_goes_on(pipeline: Make, tmp_path: Path) -> None:
    ours, theirs = tmp_path / "751.log", tmp_path / "730.log"
    running = pipeline({"ingest": two_files(tmp_path), "detections": NO_RULES, "normalise": {"max_record_bytes": 4096}})
    append(ours, "first", *range(1, 101))
    append(ours, "long", 1, body="x" * 5000)
    append(theirs, "first-730", *range(1, 51))
    running.start()
    bus = running.bus()
    running.wait_for(lambda: sum(bus.next_offsets("events").values()) >= 150, PATIENCE_SECONDS, "the first events")
    segments = running.data / "archive" / "events" / "tenant=751"
    running.wait_for(lambda: any(segments.rglob("*.parquet")), PATIENCE_SECONDS, "the first segment")
    append(ours, "second", *range(1, 11))
    running.wait_for(lambda: sum(bus.next_offsets("events").values()) >= 160, PATIENCE_SECONDS, "the second events")
    running.wait_until_drained()

    second = subprocess.run(running_command(running), capture_output=True, text=True, timeout=PATIENCE_SECONDS, check=False)
    assert second.returncode == 2 and "already runs on" in second.stderr
    metrics = running.client().get("/metrics").text
    assert 'vagt_ingest_accepted_logs_total{protocol="file"' in metrics, "the second one has taken nothing from the first"
    running.stop()
    bus.close()

    topic = running.data / "bus" / "raw.730.linux_auth.db"
    topic = topic if topic.exists() else running.data / "bus" / "raw.730.linux.auth.db"
    topic.write_bytes(GARBAGE)
    segment = max(segments.rglob("*.parquet"), key=lambda path: path.stat().st_size)
    segment.write_bytes(segment.read_bytes()[:200] + GARBAGE)
    running.config.write_text(yaml.safe_dump({**running.settings, "normalise": {}}))

    running.start()
    append(ours, "third", *range(1, 11))
    append(theirs, "third-730", *range(1, 11))
    bus = running.bus()
    running.wait_for(lambda: sum(bus.next_offsets("events").values()) >= 180, PATIENCE_SECONDS, "events after the restart")
    replayed = [running.vagt("dead", "replay", "--reason", "over the limit") for _ in range(2)]
    assert [orjson.loads(one.stdout) for one in replayed] == [{"replayed": 1}] * 2
    running.wait_for(lambda: sum(bus.next_offsets("events").values()) >= 182, PATIENCE_SECONDS, "the replayed letter")
    running.wait_until_drained()
    answer = running.client().get("/api/v1/events", params={"tenant": "751", "limit": 500, "purpose": "operation"}).json()
    bus.close()
    running.stop()

    said = running.log.read_text()
    assert "topic_damaged" in said and str(topic) in said and "Traceback" not in said
    assert list(topic.parent.glob(f"{topic.name}.damaged-*")), "the damaged file is kept"
    seen, problems = archived(running)
    assert len(problems) == 1 and segment.name in str(problems[0])
    assert answer["incomplete"] is True and len(answer["items"]) >= 20
    hosts = Counter(host for host, _ in seen)
    assert (hosts["third"], hosts["third-730"], hosts["first-730"], hosts["long"]) == (10, 10, 50, 1)
    assert hosts["first"] == 0 or hosts["second"] == 0, "the damaged segment's events cannot be read"
    assert set(seen.values()) == {1}


def running_command(running: Pipeline) -> list[str]:
    return [sys.executable, "-m", "vagt", "run", "--config", str(running.config)]


def write(bus: EmbeddedBus, topic: str, *values: bytes) -> None:
    producer = bus.producer()
    for value in values:
        producer.send(Message(topic, value, value))
    producer.flush()
    producer.close()


def test_a_damaged_topic_stands_still_while_others_go_on_and_begins_anew_behind_all_offsets(tmp_path: Path) -> None:
    bus = EmbeddedBus(tmp_path, BusSettings(fsync=False))
    write(bus, "raw.751.a", b"1", b"2")
    write(bus, "raw.730.a", b"3", b"4")
    consumer = bus.consumer("readers", ["raw.*"])
    records = consumer.poll(10, 5)
    consumer.commit({record.place: record.offset + 1 for record in records})
    consumer.close()
    bus.close()
    shutil.copy(tmp_path / "raw.730.a.db", tmp_path / "sound")
    (tmp_path / "raw.730.a.db").write_bytes(GARBAGE)
    for end in ("-wal", "-shm"):
        (tmp_path / f"raw.730.a.db{end}").unlink(missing_ok=True)

    write(bus, "raw.751.a", b"5")
    consumer = bus.consumer("readers", ["raw.*"])
    assert [record.value for record in consumer.poll(10, 5)] == [b"5"]
    consumer.close()
    bus.expire(time.time_ns() // 1_000_000)
    [aside] = bus.put_damaged_aside()
    assert aside.read_bytes() == GARBAGE
    write(bus, "raw.730.a", b"6", b"7", b"8")
    consumer = bus.consumer("readers", ["raw.*"])
    found = {record.value for _ in range(3) for record in consumer.poll(10, 1)}
    assert found == {b"5", b"6", b"7", b"8"}
    consumer.close()
    assert bus.put_damaged_aside() == []
    bus.close()


def settings_file(folder: Path, **sections: Any) -> Path:
    path = folder / "vagt.yaml"
    path.write_text(
        yaml.safe_dump({"data_dir": str(folder / "data"), "ingest": NO_INPUT, "api": {"port": free_port()}} | sections)
    )
    return path


def vagt(*arguments: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run([sys.executable, "-m", "vagt", *arguments], capture_output=True, text=True, timeout=60, check=False)


def ended(result: "subprocess.CompletedProcess[str]", code: int, *words: str) -> None:
    """The command ended with `code` and said all of `words`, and showed nothing of its inside."""
    said = result.stdout + result.stderr
    assert result.returncode == code, said
    assert "Traceback" not in said
    assert [word for word in words if word not in said] == [], said


@pytest.mark.parametrize("fault", ["garbage", "torn", "folder"])
def test_a_damaged_state_database_is_named_with_the_way_out(tmp_path: Path, fault: str) -> None:
    config = settings_file(tmp_path)
    state = tmp_path / "data" / "state.db"
    state.parent.mkdir()
    if fault == "folder":
        state.mkdir()
    elif fault == "garbage":
        state.write_bytes(GARBAGE)
    else:
        ended(vagt("findings", "list", "--config", str(config)), 0)
        content = bytearray(state.read_bytes())
        content[4096 : 40 * 4096] = bytes(39 * 4096)
        state.write_bytes(content)
    way_out = () if fault == "folder" else ("damaged", "restore it from the last backup")
    ended(vagt("run", "--config", str(config)), 75, str(state), *way_out)
    ended(vagt("incidents", "list", "--config", str(config)), 75, str(state), *way_out)


@pytest.mark.parametrize(
    ("sections", "words"),
    [
        ({"ingest": {**NO_INPUT, "sylog": []}}, ["ingest.sylog", "unknown setting", "vagt.yaml"]),
        ({"surprise": 1}, ["surprise", "unknown setting"]),
        ({"ingest": {**NO_INPUT, "syslog": [{"protocol": "udp", "port": 0, "tenant": "999"}]}}, ["ingest.syslog.0", "'999'"]),
        ({"unit": {"municipalities": ["999"]}}, ["unit.municipalities", "'999'"]),
        ({"ingest": {**NO_INPUT, "syslog": [{"protocol": "tls", "port": 0}]}}, ["ingest.syslog.0", "needs tls.certificate"]),
    ],
    ids=["unknown key", "unknown section", "unknown tenant", "unknown municipality", "no certificate"],
)
def test_wrong_settings_are_named_and_end_with_78(tmp_path: Path, sections: dict[str, Any], words: list[str]) -> None:
    ended(vagt("run", "--config", str(settings_file(tmp_path, **sections))), 78, *words)


def test_a_port_that_is_taken_names_its_setting(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        listener = {"protocol": "tcp", "port": port}
        config = settings_file(tmp_path, ingest={**NO_INPUT, "syslog": [listener]})
        ended(vagt("run", "--config", str(config)), 78, "ingest.syslog.0.port", str(port), "another program has it")
        config = settings_file(tmp_path, api={"port": port})
        ended(vagt("run", "--config", str(config)), 78, "api.port")


@pytest.mark.parametrize("place", ["file/below", "/proc/nobody/may"])
def test_a_data_folder_that_cannot_be_written_is_named(tmp_path: Path, place: str) -> None:
    (tmp_path / "file").touch()
    data = tmp_path / place
    ended(vagt("run", "--config", str(settings_file(tmp_path)), "--data", str(data)), 78, str(data), "--data")


def test_files_that_cannot_be_replayed_are_named(tmp_path: Path) -> None:
    config = settings_file(tmp_path)
    whole = gzip.compress(os.urandom(1 << 16).hex().encode() + b"\n")
    (tmp_path / "empty.log").touch()
    (tmp_path / "cut.gz").write_bytes(whole[: len(whole) // 2])
    (tmp_path / "torn.gz").write_bytes(whole[:5000] + bytes(1000) + whole[6000:])
    for name, words in {
        "missing.log": ["does not", "exist"],
        "empty.log": ["is empty"],
        "": ["directory"],
        "cut.gz": ["cannot read", "cut.gz", "ended before"],
    }.items():
        ended(vagt("replay", str(tmp_path / name), "--tenant", "751", "--config", str(config)), 2, *words)
    with pytest.raises(UsageError, match=r"cannot read .*torn\.gz"):
        list(read_logs(tmp_path / "torn.gz", None, "751", system_clock))
