"""A bundle as a file in a folder: written under another name, made durable, then renamed, so that no reader sees half of it."""

import os
from contextlib import suppress
from pathlib import Path

from vagt.errors import DependencyError


def drop_file(folder: Path, name: str, content: bytes) -> dict[str, str | int]:
    """Write `folder/name`; the same name and content again changes nothing. Gives the receipt. Raises DependencyError."""
    path = folder / name
    draft = folder / f".{name}.{os.getpid()}.part"
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
        _sync(folder)
    except OSError as error:
        with suppress(OSError):
            draft.unlink()
        raise DependencyError(f"cannot write {path}: {error.strerror}") from error
    return {"file": str(path), "bytes": len(content)}


def _sync(folder: Path) -> None:
    """A rename is durable only when its folder is."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
