"""Hot reload: files change, the new set is read beside the old one, and a good one is handed over between two batches.

What has changed is read once it has stood still from one look to the next: a file half written, or a checkout half done, is
no rule set. A set that may not replace the one in use is a failure, which stands until the files give a good one.
"""

import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar

from detections.loaded import Loaded, unusable
from detections.watching import Stamp, Watch
from vagt.errors import SettingsError

T = TypeVar("T")
Stamps = Mapping[Path, Stamp | None]
_LOOK_SHARE = 50  # looking takes at most a fiftieth of the worker's time
Start = Callable[[Callable[[], None]], None]  # runs a function, now or beside the caller


def in_background(work: Callable[[], None]) -> None:
    """Run `work` in a thread that holds up no ending worker."""
    threading.Thread(target=work, name="rules", daemon=True).start()


@dataclass(frozen=True, slots=True)
class Reloading:
    """How a worker reloads: what runs the reading, and how many seconds lie between two looks at the files (0: none)."""

    start: Start = in_background
    seconds: float = 5.0


@dataclass(frozen=True, slots=True)
class _Read(Generic[T]):
    """What reading has come to. `found` None: the bytes are those of the set in use. `is_settled`: none changed meanwhile."""

    digest: str
    found: tuple[Loaded, T] | None
    is_settled: bool = True


class Reloader(Generic[T]):
    """Of one worker, called by its thread. `read()` gives the set as the files have it now, `prepare` what the worker makes of
    it; both run beside the worker. `failure`: why the files' set cannot replace the one in use; None: it can, or has."""

    def __init__(
        self,
        current: Loaded,
        watch: Watch,
        stamps: Stamps,
        read: Callable[[], Loaded],
        prepare: Callable[[Loaded], T],
        how: Reloading,
    ) -> None:
        """`stamps` are those from before `current` was read."""
        self._current = current
        self._watch = watch
        self._read = read
        self._prepare = prepare
        self._how = how
        self._known = stamps  # of what was read last, good or not
        self._seen = stamps  # at the last look
        self._digest = ""  # of the set in use, once its files were read a second time
        self._reading: tuple[Stamps, Future[_Read[T]]] | None = None
        self._next_look = 0.0
        self.failure: str | None = None

    def look(self) -> tuple[Loaded, T] | None:
        """A good set other than the one in use, once it is there, again and again until the worker says that it is `taken`.
        Else looks at the files, and begins to read where they have changed."""
        if self._reading is not None:
            stamps, reading = self._reading
            return self._finished(stamps, reading) if reading.done() else None
        started = time.monotonic()
        if started < self._next_look:
            return None
        stamps = self._watch.stamps()
        if self._how.seconds:
            self._next_look = started + max(self._how.seconds, _LOOK_SHARE * (time.monotonic() - started))
        is_still, self._seen = stamps == self._seen, stamps
        if is_still and stamps != self._known:
            self._begin(stamps)
        return None

    def taken(self) -> None:
        """The worker runs the set that it was handed."""
        if self._reading is not None:
            stamps, reading = self._reading
            read = reading.result()
            if read.found is not None:
                self._in_use(stamps, read.digest, read.found[0])

    def _begin(self, stamps: Stamps) -> None:
        reading: Future[_Read[T]] = Future()
        self._reading = stamps, reading

        def work() -> None:
            try:
                reading.set_result(self._read_all(stamps))
            except Exception as error:  # noqa: BLE001 - whatever it is, the set in use goes on: the worker's thread tells it
                reading.set_exception(error)

        self._how.start(work)

    def _read_all(self, stamps: Stamps) -> _Read[T]:
        digest = self._watch.digest()
        if digest == self._digest:
            return _Read(digest, None)
        loaded = self._read()
        return _Read(digest, (loaded, self._prepare(loaded)), is_settled=self._watch.stamps() == stamps)

    def _finished(self, stamps: Stamps, reading: "Future[_Read[T]]") -> tuple[Loaded, T] | None:
        if (error := reading.exception()) is not None:
            reason = str(error) if isinstance(error, SettingsError) else f"{type(error).__name__}: {error}"
            self._refuse(stamps, reason)
            return None
        read = reading.result()
        if not read.is_settled:
            self._reading = None
        elif read.found is None:
            self._in_use(stamps, read.digest, self._current)
        elif read.found[0].hash == self._current.hash:
            self._in_use(stamps, read.digest, read.found[0])
        elif (problem := unusable(self._current.ruleset, read.found[0].ruleset)) is not None:
            self._refuse(stamps, problem)
        else:
            return read.found
        return None

    def _refuse(self, stamps: Stamps, reason: str) -> None:
        self._known, self._reading, self.failure = stamps, None, reason

    def _in_use(self, stamps: Stamps, digest: str, loaded: Loaded) -> None:
        self._known, self._reading, self.failure = stamps, None, None
        self._digest, self._current = digest, loaded
