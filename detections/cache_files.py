"""Files that keep what was made of rules: where they lie, which code they hold for, how they are written and cleared away."""

import time
from functools import cache
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from tempfile import NamedTemporaryFile

from vagt.contracts import finding

_CODE = Path(__file__).parent
_LEFT_SECONDS = 3600
_LIBRARIES = ("pysigma", "pyyaml", "google-re2", "orjson")


def cache_folder(data_dir: Path) -> Path:
    """Where workers and commands of these data keep what they have made of rules."""
    return data_dir / "cache" / "detections"


@cache
def code_version() -> str:
    """Changes with all code that decides what a rule becomes, ours and that of the libraries."""
    whole = sha256()
    for path in sorted([*_CODE.rglob("*.py"), Path(finding.__file__)]):
        whole.update(path.name.encode() + b"\0" + path.read_bytes())
    for name in _LIBRARIES:
        whole.update(f"{name} {version(name)}\0".encode())
    return whole.hexdigest()


def put_file(file: Path, content: bytes) -> None:
    """Write a file that readers see whole or not at all; for this user only. Raises OSError."""
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with NamedTemporaryFile(dir=file.parent, prefix=".new-", delete=False) as written:
        try:
            written.write(content)
            written.close()
            Path(written.name).replace(file)
        except BaseException:
            Path(written.name).unlink(missing_ok=True)
            raise


def keep_newest(folder: Path, pattern: str, count: int, size: int) -> None:
    """Delete the files of the pattern beyond the newest `count`, or beyond `size` bytes in all, and what a writer that was
    killed has left. Raises OSError."""
    files = [(one.stat(), one) for one in folder.glob(pattern)]
    files.sort(key=lambda one: one[0].st_mtime_ns, reverse=True)
    total = 0
    for number, (status, path) in enumerate(files):
        total += status.st_size
        if number >= count or total > size:
            path.unlink(missing_ok=True)
    for path in folder.glob(".new-*"):
        if time.time() - path.stat().st_mtime > _LEFT_SECONDS:
            path.unlink(missing_ok=True)
