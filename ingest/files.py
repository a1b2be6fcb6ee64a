"""Files followed: new lines as raw logs, through rotation (renamed, or copied and truncated) and truncation.

A log's position is the file's identity and the byte offset. Offsets are stored once the bus or the spool has the logs, so
a killed process reads some lines again, at the same positions.
"""

import glob
import socket
import threading
from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from os import stat_result
from pathlib import Path

import structlog

from ingest.followed import Batch, FollowedFile, Joining
from ingest.letters import Body, Log, LongBody, long_log
from ingest.own_logs import unreadable
from ingest.positions import HEAD_BYTES, Mark, Positions
from ingest.syslog import Door
from vagt.contracts.raw import RawLog
from vagt.errors import DependencyError, RejectedError
from vagt.settings.ingest import FileInput
from vagt.state.database import State

_POLL_SECONDS = 0.25
_SCAN_SECONDS = 2.0
_NO_LINES = frozenset((".gz", ".evtx"))  # what `vagt replay` reads
log = structlog.get_logger()


@dataclass(slots=True)
class _Open:
    """A followed file and the input that it came by."""

    wanted: FileInput
    tenant: str
    file: FollowedFile


class FilesFollower:
    """All file inputs, in the thread that calls `run`."""

    def __init__(self, door: Door, inputs: Sequence[FileInput], state: State, unit: str) -> None:
        self._door = door
        self._inputs = [(one, one.tenant or unit) for one in inputs]
        self._state = state
        self._host = socket.gethostname()
        self._open: dict[tuple[str, int, int], _Open] = {}
        self._told: set[str] = set()
        self._is_replaced = False
        self._positions: Positions

    def run(self, stop: threading.Event) -> None:
        """Follow until `stop`. What is away (bus, state) is waited for."""
        scanned = 0.0
        clock = self._door.clock
        ready = False
        while not stop.is_set():
            try:
                if not ready:
                    self.start()
                    ready = True
                    scanned = clock().timestamp()
                elif abs(clock().timestamp() - scanned) > _SCAN_SECONDS:
                    self.scan()
                    scanned = clock().timestamp()
                if not self.turn():
                    stop.wait(_POLL_SECONDS)
            except DependencyError as error:
                log.warning("files_wait", reason=str(error))
                stop.wait(self._door.settings.retry_seconds)
        for one in self._open.values():
            one.file.close()

    def start(self) -> None:
        """Open what is there, at the offsets that are stored."""
        self._positions = Positions(self._state)
        for wanted, _ in self._inputs:
            if not matching(wanted.patterns):
                log.warning(
                    "no_file_yet", patterns=wanted.patterns, hint="none that this user can see; looked for again and again"
                )
        self.scan()
        self._resume_rotated()
        self._positions.forget_old([one.file.mark for one in self._open.values()], self._now_ms())

    def turn(self) -> bool:
        """Read once from every file, and store the offsets once all is durable; whether there was anything."""
        batches: list[tuple[_Open, Batch, Future[None] | None]] = []
        self._is_replaced = False
        for key, one in list(self._open.items()):
            batch = self._read(key, one)
            if batch is not None and batch.offset != one.file.offset:
                logs = self._logs(one, batch)
                batches.append((one, batch, self._door.accept(logs) if logs else None))
        moved: list[Mark] = []
        for one, batch, done in batches:
            try:
                if done is not None:
                    done.result()
            except RejectedError as error:
                log.debug("files_held_back", reason=error.reason)
                continue
            one.file.move(batch.offset)
            moved.append(one.file.mark)
        if moved:
            self._positions.save(moved, self._now_ms())
        return bool(moved) or self._is_replaced

    def _now_ms(self) -> int:
        return int(self._door.clock().timestamp() * 1000)

    def _read(self, key: tuple[str, int, int], one: _Open) -> Batch | None:
        settings = self._door.settings
        try:
            if one.file.is_replaced():
                self._is_replaced = True
                self._open.pop(key).file.close()
                if not one.file.is_old:
                    self._finish_rotated(one.wanted, one.file.mark)
                    self._follow(one.wanted, one.tenant, one.file.path)
                return None
            wanted = one.wanted
            joining = Joining(wanted.continuation, wanted.joins_records, wanted.continuation_seconds)
            batch = one.file.read(settings.max_log_bytes, settings.max_discard_bytes, joining)
        except OSError as error:
            self._tell(one.file.path, error)
            return None
        if one.file.is_done() and batch.offset == one.file.offset:
            self._open.pop(key).file.close()
        return batch

    def _logs(self, one: _Open, batch: Batch) -> list[Log]:
        now = self._door.clock()
        identity = one.file.mark.identity
        source = one.wanted.source

        def make(start: int, body: Body) -> Log:
            content = b"" if isinstance(body, LongBody) else body
            raw = RawLog(one.tenant, source, content, now, "file", self._host, f"{identity}:{start}")
            return long_log(raw, body) if isinstance(body, LongBody) else raw

        return [make(start, body) for start, body in batch.logs]

    def scan(self) -> None:
        """Find new and rotated files."""
        for one in self._open.values():
            status = _status(one.file.path)
            if status is None or (status.st_dev, status.st_ino) != (one.file.mark.device, one.file.mark.inode):
                one.file.leave()
        for wanted, tenant in self._inputs:
            for path in sorted(matching(wanted.patterns)):
                self._follow(wanted, tenant, Path(path))

    def _follow(self, wanted: FileInput, tenant: str, path: Path) -> None:
        """Open `path` unless it is open, is empty, or holds what another open file holds."""
        status = _status(path)
        if status is None or not status.st_size or not path.is_file() or path.suffix.lower() in _NO_LINES:
            return
        key = (tenant, status.st_dev, status.st_ino)
        if key in self._open:
            known = self._open[key].file
            if known.path != path and _status(known.path) is None:
                known.path = path
            return
        try:
            self._begin(wanted, tenant, path, status)
        except OSError as error:
            self._tell(path, error)

    def _begin(self, wanted: FileInput, tenant: str, path: Path, status: stat_result) -> None:
        with path.open("rb") as file:
            head = file.read(HEAD_BYTES)
        if b"\n" not in head and len(head) < HEAD_BYTES:
            return  # half a first line: too little to know the file by
        mark = self._positions.find(tenant, head, status)
        if mark is not None and any(one.file.mark is mark for one in self._open.values()):
            return  # a copy of a file that is being read
        is_new = mark is None
        if mark is None:
            mark = self._positions.add(tenant, str(path), head, 0, status.st_dev, status.st_ino, self._now_ms())
        mark.path, mark.device, mark.inode = str(path), status.st_dev, status.st_ino
        followed = FollowedFile(path, mark)
        if is_new and wanted.start == "end" and not self._was_here(tenant, path):
            followed.start_at_end()
            self._positions.save([mark], self._now_ms())
        self._open[tenant, status.st_dev, status.st_ino] = _Open(wanted, tenant, followed)
        log.info("file_followed", file=str(path), offset=mark.offset)

    def _was_here(self, tenant: str, path: Path) -> bool:
        """Whether a file of that name was read before: then this is its successor, and read from its beginning."""
        return sum(mark.tenant == tenant and mark.path == str(path) for mark in self._positions.marks) > 1

    def _resume_rotated(self) -> None:
        """Files that were rotated while vagt was not running: read what is left of them."""
        in_use = {id(one.file.mark) for one in self._open.values()}
        for wanted, tenant in self._inputs:
            names = matching(wanted.patterns)
            for mark in [mark for mark in self._positions.marks if mark.tenant == tenant and id(mark) not in in_use]:
                if mark.path in names:
                    self._finish_rotated(wanted, mark)

    def _finish_rotated(self, wanted: FileInput, mark: Mark) -> None:
        """Look beside `mark.path` for the file under its new name, or for its copy, with more than was read of it."""
        path = Path(mark.path)
        for sibling in sorted(path.parent.glob(glob.escape(path.name) + "?*"), key=_age):
            status = _status(sibling)
            if status is None or status.st_size <= mark.offset or not sibling.is_file() or sibling.suffix.lower() in _NO_LINES:
                continue
            try:
                with sibling.open("rb") as file:
                    if not mark.fits(file.read(HEAD_BYTES)):
                        continue
                mark.path, mark.device, mark.inode = str(sibling), status.st_dev, status.st_ino
                key = (mark.tenant, status.st_dev, status.st_ino)
                self._open[key] = _Open(wanted, mark.tenant, FollowedFile(sibling, mark, is_old=True))
            except OSError as error:
                self._tell(sibling, error)
                continue
            log.info("file_rotated", file=str(sibling), left=status.st_size - mark.offset)
            return

    def _tell(self, path: Path, error: OSError) -> None:
        """Say once why a file is not read."""
        if str(path) not in self._told:
            self._told.add(str(path))
            log.warning("file_not_read", file=str(path), reason=unreadable(path) or error.strerror)


def matching(patterns: Sequence[str]) -> set[str]:
    """The paths that any of `patterns` names now."""
    return {name for pattern in patterns for name in glob.iglob(pattern, recursive=True)}  # noqa: PTH207 - absolute patterns


def _status(path: Path) -> stat_result | None:
    try:
        return path.stat()
    except OSError:
        return None


def _age(path: Path) -> float:
    status = _status(path)
    return -status.st_mtime if status else 0.0
