"""The systemd journal through `journalctl --output=json`: each entry, byte for byte, as a raw log; its cursor is the position.

The cursor is stored once the bus or the spool has the entries, so a killed process reads some again, at the same cursors.
"""

import os
import select as readiness
import shutil
import socket
import subprocess
import threading
from collections.abc import Sequence

import orjson
import structlog
from sqlalchemy import delete, insert, select

from ingest import metrics
from ingest.letters import Log
from ingest.syslog import Door
from ingest.tables import journal_cursors as table
from vagt.contracts.raw import RawLog
from vagt.errors import DependencyError, RejectedError
from vagt.settings.ingest import AUDIT_SOURCE, JournalInput
from vagt.state.database import State

_AUTH_FACILITIES = frozenset({"4", "10"})  # auth and authpriv (RFC 5424, table 1)
_AUTH_PROGRAMS = frozenset(
    """sshd sshd-session sshd-auth sudo su login systemd-logind polkitd pkexec useradd userdel usermod groupadd groupdel
    groupmod gpasswd passwd chpasswd chage chfn chsh newgrp dropbear""".split()
)
_READ_BYTES = 1 << 18
_MAX_ENTRY = 64 << 20
_POLL_SECONDS = 0.5
_RESTART_SECONDS = 5.0
log = structlog.get_logger()


def source_of(entry: dict[str, object]) -> str:
    """`linux.auditd` for audit records, `linux.auth` for what authentication programs say, else `syslog.generic`."""
    if entry.get("_TRANSPORT") == "audit" and "_AUDIT_ID" in entry:
        return AUDIT_SOURCE
    name = str(entry.get("SYSLOG_IDENTIFIER") or entry.get("_COMM") or "")
    is_auth = str(entry.get("SYSLOG_FACILITY", "")) in _AUTH_FACILITIES or name in _AUTH_PROGRAMS
    return "linux.auth" if is_auth else "syslog.generic"


def journal_command(journal: JournalInput, cursor: str | None) -> list[str]:
    """journalctl's command line: everything after `cursor`, or since the setting's time, then what comes."""
    command = [shutil.which("journalctl") or "journalctl", "--output=json", "--all", "--follow", "--no-pager", "--quiet"]
    if journal.directory is not None:
        command.append(f"--directory={journal.directory}")
    return [*command, f"--after-cursor={cursor}" if cursor else f"--since={journal.since}", "--lines=all"]


def journal_fault(journal: JournalInput) -> str | None:
    """Why the journal cannot be read, with the way out; None where it can."""
    program = shutil.which("journalctl")
    if program is None:
        return "journalctl is not installed: this machine has no systemd journal"
    command = [program, "--lines=1", "--no-pager"]  # with JSON output it would not say why there is nothing
    if journal.directory is not None:
        command.append(f"--directory={journal.directory}")
    try:
        found = subprocess.run(command, capture_output=True, timeout=20, check=False)  # noqa: S603 - our own command line
    except (OSError, subprocess.TimeoutExpired) as error:
        return f"journalctl does not answer: {error}"
    told = found.stderr.decode("utf-8", "replace")
    if "not seeing messages" in told or "insufficient permissions" in told or "Permission denied" in told:
        return "the journal needs the group systemd-journal or adm: sudo usermod -aG systemd-journal $USER, then log in again"
    if "No journal files were found" in told or "No journal files were opened" in told:
        return "this machine has no journal files (systemd-journald does not run here)"
    return None if found.returncode == 0 else f"journalctl: {told.strip() or f'exit code {found.returncode}'}"


class JournalFollower:
    """Follows one journal in the thread that calls `run`."""

    def __init__(self, door: Door, journal: JournalInput, state: State, unit: str) -> None:
        self._door = door
        self._journal = journal
        self._state = state
        self._tenant = journal.tenant or unit
        self._name = str(journal.directory or "")
        self._host = socket.gethostname()

    def run(self, stop: threading.Event) -> None:
        """Follow until `stop`; a journalctl that ends is started again after its last stored cursor."""
        while not stop.is_set():
            try:
                self._follow(stop)
            except (DependencyError, OSError) as error:
                log.warning("journal_waits", reason=str(error))
            stop.wait(_RESTART_SECONDS)

    def _follow(self, stop: threading.Event) -> None:
        command = journal_command(self._journal, self._cursor())
        with subprocess.Popen(command, stdout=subprocess.PIPE) as process:  # noqa: S603 - our own command line
            try:
                self._read(process, stop)
            finally:
                process.terminate()
        if not stop.is_set():
            log.warning("journalctl_ended", code=process.returncode)

    def _read(self, process: "subprocess.Popen[bytes]", stop: threading.Event) -> None:
        if process.stdout is None:
            return
        descriptor = process.stdout.fileno()
        os.set_blocking(descriptor, False)
        buffer = bytearray()
        is_skipping = False
        while not stop.is_set():
            if not readiness.select([descriptor], [], [], _POLL_SECONDS)[0]:
                continue
            data = os.read(descriptor, _READ_BYTES)
            if not data:
                return
            buffer += data
            end = buffer.rfind(b"\n")
            if end >= 0:
                lines = bytes(buffer[:end]).split(b"\n")
                del buffer[: end + 1]
                self._take(lines[1:] if is_skipping else lines, stop)
                is_skipping = False
            elif len(buffer) > _MAX_ENTRY:
                metrics.count_drop(self._tenant, None, "too_long", 0 if is_skipping else 1)
                is_skipping = True
                buffer.clear()

    def _take(self, lines: Sequence[bytes], stop: threading.Event) -> None:
        """Hand over `lines`, and store the last one's cursor once they are durable."""
        logs, cursor = self.logs_of(lines)
        if not logs:
            return
        while not stop.is_set():
            try:
                self._door.accept(logs).result()
            except RejectedError:
                stop.wait(self._door.settings.retry_seconds)
            else:
                self._store(cursor)
                return

    def logs_of(self, lines: Sequence[bytes]) -> tuple[list[Log], str]:
        """The logs of journalctl's lines, and the last one's cursor."""
        now = self._door.clock()
        logs: list[Log] = []
        cursor = ""
        for line in lines:
            try:
                entry = orjson.loads(line)
                cursor = entry["__CURSOR"]
            except (orjson.JSONDecodeError, KeyError, TypeError):
                metrics.count_drop(self._tenant, None, "no_cursor")
                continue
            host = entry.get("_HOSTNAME")
            peer = host if isinstance(host, str) else self._host
            logs.append(RawLog(self._tenant, source_of(entry), line, now, "journal", peer, cursor))
        return logs, cursor

    def _cursor(self) -> str | None:
        where = (table.c.tenant == self._tenant) & (table.c.journal == self._name)
        with self._state.read() as connection:
            return connection.execute(select(table.c.cursor).where(where)).scalar_one_or_none()

    def _store(self, cursor: str) -> None:
        where = (table.c.tenant == self._tenant) & (table.c.journal == self._name)
        values = {
            "tenant": self._tenant,
            "journal": self._name,
            "cursor": cursor,
            "updated": int(self._door.clock().timestamp() * 1000),
        }
        with self._state.write("ingest") as connection:
            connection.execute(delete(table).where(where))
            connection.execute(insert(table).values(**values))
