"""The logs that this machine has itself, and which of them may be read: what `make run` watches where no files are named."""

import getpass
import grp
import os
import stat
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from ingest.journal import journal_fault
from vagt.settings.ingest import FileInput, JournalInput

_FILES = {
    "/var/log/auth.log": "linux.auth",
    "/var/log/secure": "linux.auth",
    "/var/log/syslog": "syslog.generic",
    "/var/log/messages": "syslog.generic",
    "/var/log/daemon.log": "syslog.generic",
    "/var/log/kern.log": "syslog.generic",
    "/var/log/suricata/eve.json": "suricata.eve",
    "/var/log/audit/audit.log": "linux.auditd",
}
_NOT_IN_THE_JOURNAL = ("suricata.eve", "linux.auditd")


@dataclass(frozen=True, slots=True)
class OwnLogs:
    """What to read, and (log, reason with the way out) for each that may not be read."""

    files: tuple[FileInput, ...]
    journal: JournalInput | None
    refused: tuple[tuple[str, str], ...]

    @property
    def is_empty(self) -> bool:
        """Whether this machine has nothing to read."""
        return not self.files and self.journal is None


def own_logs(
    wanted: JournalInput, root: Path = Path("/"), fault_of_journal: Callable[[JournalInput], str | None] = journal_fault
) -> OwnLogs:
    """This machine's readable logs. With a journal the text files that syslog makes of the same entries are left out."""
    fault = "ingest.journal.enabled is false" if wanted.enabled is False else fault_of_journal(wanted)
    refused: list[tuple[str, str]] = [("systemd journal", fault)] if fault is not None else []
    found: list[FileInput] = []
    for name, source in _FILES.items():
        path = root / name.lstrip("/")
        if not path.is_file() or (fault is None and source not in _NOT_IN_THE_JOURNAL):
            continue
        reason = unreadable(path)
        if reason is None:
            found.append(FileInput(patterns=(str(path),), source=source))
        else:
            refused.append((str(path), reason))
    return OwnLogs(tuple(found), wanted if fault is None else None, tuple(refused))


def unreadable(path: Path) -> str | None:
    """Why `path` may not be read and what to do, None where it may."""
    if os.access(path, os.R_OK):
        return None
    try:
        status = path.stat()
        group = grp.getgrgid(status.st_gid).gr_name
    except (OSError, KeyError):
        return f"{path} cannot be looked at; run as a user who may read {path.parent}"
    if status.st_mode & stat.S_IRGRP and group != "root":
        return f"{path} needs the group {group}: sudo usermod -aG {group} {getpass.getuser()}, then log in again"
    return f"{path} is readable by its owner alone: sudo setfacl -m u:{getpass.getuser()}:r {path}"
