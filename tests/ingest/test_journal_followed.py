"""The systemd journal: a real journald in a namespace of its own, read with journalctl."""

import os
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest

from ingest.journal import JournalFollower, journal_command, journal_fault, source_of
from ingest.syslog import Door
from tests.ingest.hands import NOON, wait_until
from vagt.context import Context
from vagt.contracts.raw import RawLog
from vagt.settings.ingest import JournalInput

ATTACK = "Failed password for invalid user test from 192.0.2.7 port 4711 ssh2"
JOURNALD = "/lib/systemd/systemd-journald"


@pytest.fixture
def journald() -> Iterator[tuple[socket.socket, Path]]:
    """(its native socket, the folder of its files)."""
    if os.geteuid() != 0:
        pytest.skip("needs root to run a journald of its own")
    name = f"vagttest{os.getpid()}"
    runtime = Path(f"/run/systemd/journal.{name}")
    daemon = subprocess.Popen([JOURNALD, name], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    sender = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    found: list[Path] = []
    try:
        wait_until(lambda: (runtime / "socket").exists(), "journald's socket")
        sender.connect(str(runtime / "socket"))
        say(sender, "systemd", 3, "begun")

        def folders() -> list[Path]:
            return [path for root in ("/var/log/journal", "/run/log/journal") for path in Path(root).glob(f"*.{name}")]

        wait_until(lambda: any(list(path.glob("*.journal")) for path in folders()), "journald's files")
        found = folders()
        yield sender, found[0]
    finally:
        sender.close()
        daemon.terminate()
        daemon.wait(timeout=60)
        for path in [*found, runtime]:
            shutil.rmtree(path, ignore_errors=True)


def say(sender: socket.socket, program: str, facility: int, text: str) -> None:
    sender.send(f"SYSLOG_IDENTIFIER={program}\nSYSLOG_FACILITY={facility}\nPRIORITY=6\nMESSAGE={text}\n".encode())


@pytest.mark.debian("systemd", JOURNALD)
def test_entries_come_once_with_their_cursor_and_a_restart_goes_on_after_the_last(
    journald: tuple[socket.socket, Path], run_ingest: Callable[..., Any]
) -> None:
    sender, folder = journald
    journal = {"enabled": True, "directory": str(folder), "tenant": "730"}
    say(sender, "sshd-session", 4, ATTACK)
    with run_ingest(journal=journal) as ingest:
        wait_until(
            lambda: texts(ingest.logs()) >= {"begun", ATTACK},
            "both",
        )
        say(sender, "cron", 9, "while it runs")
        wait_until(lambda: "while it runs" in texts(ingest.logs()), "the third")
    say(sender, "cron", 9, "while it does not")
    with run_ingest(journal=journal) as ingest:
        wait_until(lambda: "while it does not" in texts(ingest.logs()), "the fourth")
        logs = ingest.logs()
    by_text = {orjson.loads(one.body).get("MESSAGE"): one for one in logs}
    assert len({one.position for one in logs}) == len(logs)
    attack = by_text[ATTACK]
    assert (attack.tenant, attack.source, attack.protocol) == ("730", "linux.auth", "journal")
    assert attack.position == orjson.loads(attack.body)["__CURSOR"]
    assert by_text["while it runs"].source == "syslog.generic"


def texts(logs: list[Any]) -> set[str]:
    return {str(orjson.loads(one.body).get("MESSAGE")) for one in logs}


@pytest.mark.parametrize(
    ("entry", "source"),
    [
        ({"SYSLOG_FACILITY": "10", "SYSLOG_IDENTIFIER": "CRON"}, "linux.auth"),
        ({"SYSLOG_FACILITY": "9", "SYSLOG_IDENTIFIER": "CRON"}, "syslog.generic"),
        ({"SYSLOG_IDENTIFIER": "sudo"}, "linux.auth"),
        ({"_COMM": "sshd"}, "linux.auth"),
        ({"_TRANSPORT": "audit", "_AUDIT_ID": "7", "SYSLOG_FACILITY": "4"}, "linux.auditd"),
        ({"SYSLOG_IDENTIFIER": "kernel", "SYSLOG_FACILITY": "0"}, "syslog.generic"),
        ({}, "syslog.generic"),
    ],
)
def test_an_entrys_source_is_told_by_its_facility_or_program(entry: dict[str, object], source: str) -> None:
    assert source_of(entry) == source


def test_a_line_without_cursor_is_left_out_and_the_others_are_taken(make_context: Callable[..., Context]) -> None:
    context = make_context(clock=lambda: NOON)

    def accept(_logs: object) -> Any:
        raise AssertionError("nothing is sent here")

    follower = JournalFollower(
        Door("journal", accept, context.clock, context.settings.ingest), JournalInput(), context.state, "unit"
    )
    logs, cursor = follower.logs_of([b"{broken", b'{"__CURSOR":"s=1","MESSAGE":[104,105]}', b"[]"])
    assert [(one.position, one.received) for one in logs if isinstance(one, RawLog)] == [("s=1", NOON)]
    assert len(logs) == 1
    assert cursor == "s=1"


@pytest.mark.debian("systemd", "journalctl")
def test_a_journal_without_files_says_so(tmp_path: Path) -> None:
    fault = journal_fault(JournalInput(directory=tmp_path))
    assert fault is not None
    assert "no journal files" in fault


def test_a_machine_without_journalctl_says_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert journal_fault(JournalInput()) == "journalctl is not installed: this machine has no systemd journal"


def test_the_first_time_reads_since_the_setting_and_then_after_the_cursor() -> None:
    assert "--since=-24h" in journal_command(JournalInput(), None)
    assert "--after-cursor=s=1;i=2" in journal_command(JournalInput(), "s=1;i=2")


def test_a_journalctl_that_ends_is_started_again(
    make_context: Callable[..., Context], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("ingest.journal._RESTART_SECONDS", 0.01)
    monkeypatch.setenv("PATH", str(tmp_path))
    context = make_context()

    def accept(_logs: object) -> Any:
        raise AssertionError("nothing is sent here")

    door = Door("journal", accept, context.clock, context.settings.ingest)
    follower = JournalFollower(door, JournalInput(), context.state, "unit")
    stop = threading.Event()
    thread = threading.Thread(target=follower.run, args=(stop,))
    thread.start()
    time.sleep(0.1)
    assert thread.is_alive()
    stop.set()
    thread.join(timeout=60)
    assert not thread.is_alive()


_READER = """
import os, sys
from pathlib import Path
sys.path.insert(0, sys.argv[2])
from ingest.journal import journal_fault
from vagt.settings.ingest import JournalInput
os.setgroups([]); os.setgid(65534); os.setuid(65534)
print(journal_fault(JournalInput(directory=Path(sys.argv[1]))))
"""


@pytest.mark.debian("systemd", JOURNALD)
def test_a_journal_that_needs_a_group_says_which(journald: tuple[socket.socket, Path]) -> None:
    _, folder = journald
    for file in folder.glob("*.journal"):
        file.chmod(0o640)
        os.chown(file, 0, 0)
    project = Path(__file__).resolve().parents[2]
    told = subprocess.run(
        [sys.executable, "-c", _READER, str(folder), str(project)], capture_output=True, text=True, check=False
    )
    assert "systemd-journal or adm" in told.stdout, told
