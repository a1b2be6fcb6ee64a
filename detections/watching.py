"""Whether files that make a rule set have changed: a cheap look at their stamps, and a hash of their bytes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from detections.documents import rule_files
from vagt.errors import SettingsError

Stamp = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Watch:
    """`folders`: of rules; `files`: others that a set is made of, such as the settings, whose lists switch rules."""

    folders: Sequence[Path]
    files: Sequence[Path] = ()

    def stamps(self) -> Mapping[Path, Stamp | None]:
        """By file: what changes when it is written or replaced; None for one that is not there. A folder that is not there
        counts as a file."""
        return {path: _stamp(path) for path in self._files()}

    def digest(self) -> str:
        """SHA-256 over names and bytes of all files: other stamps on the same content are no change."""
        whole = sha256()
        for path in self._files():
            try:
                content = path.read_bytes()
            except OSError:
                content = b"not readable"
            whole.update(f"{path}\0{len(content)}\0".encode())
            whole.update(content)
        return whole.hexdigest()

    def _files(self) -> list[Path]:
        found = list(self.files)
        for folder in self.folders:
            try:
                found += rule_files([folder])
            except (SettingsError, OSError):
                found.append(folder)
        return found


def _stamp(path: Path) -> Stamp | None:
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_mtime_ns, status.st_ctime_ns, status.st_size, status.st_ino
