"""Where the processes of one pipeline keep their metrics for each other (prometheus_client's multi-process files).

The files are mapped into memory: on a full disk the first touch of a new page would kill the process (SIGBUS). So they lie in
memory, where the machine has such a place, and `<data>/metrics` leads there.
"""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

_MEMORY = Path("/dev/shm")  # noqa: S108 - named at random there, and readable by its owner alone
_PREFIX = "vagt-metrics-"


@contextmanager
def metrics_folder(data_dir: Path) -> Iterator[Path]:
    """A new, empty folder, named in PROMETHEUS_MULTIPROC_DIR for workers; removed at the end.

    Enter it before anything imports prometheus_client, and only while the lock of `data_dir` is held.
    """
    link = data_dir / "metrics"
    _remove(link)
    try:
        place = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=_MEMORY))
        link.symlink_to(place)
    except OSError:
        link.mkdir(mode=0o700)
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(link)
    try:
        yield link
    finally:
        _remove(link)


def _remove(link: Path) -> None:
    """Also what a killed pipeline has left, but nothing outside the place where we make such folders."""
    if link.is_symlink():
        target = link.readlink()
        if target.parent == _MEMORY and target.name.startswith(_PREFIX):
            shutil.rmtree(target, ignore_errors=True)
        with suppress(OSError):
            link.unlink()
    else:
        shutil.rmtree(link, ignore_errors=True)
