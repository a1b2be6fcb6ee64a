"""A topic's file while another process is still making it."""

import sqlite3
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from vagt.bus.topic_file import TopicFile, connect
from vagt.errors import DependencyError


def test_a_topic_that_is_being_made_is_waited_for(tmp_path: Path) -> None:
    path = tmp_path / "events.db"
    connect(path, fsync=False).close()  # the file is there, its tables are not

    def make_late() -> None:
        time.sleep(0.2)
        TopicFile(path, "events", fsync=False, partitions=3).close()

    maker = threading.Thread(target=make_late)
    maker.start()
    reader = TopicFile(path, "events", fsync=False)
    assert reader.partitions == 3
    reader.close()
    maker.join()


def test_a_topic_that_nobody_finishes_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("vagt.bus.topic_file._MADE_WITHIN_SECONDS", 0.05)
    path = tmp_path / "events.db"
    sqlite3.connect(path).close()
    with pytest.raises(DependencyError, match=r"events\.db"):
        TopicFile(path, "events", fsync=False)


def test_a_file_that_several_make_at_once_is_usable_for_each(tmp_path: Path) -> None:
    for nth in range(300):  # on the old code, one in a hundred said "database is locked" to one of the four
        path = tmp_path / f"{nth}.db"
        together = threading.Barrier(4)

        def make(path: Path = path, together: threading.Barrier = together) -> str:
            together.wait()
            connection = connect(path, fsync=False)
            mode = str(connection.execute("PRAGMA journal_mode").fetchone()[0])
            connection.close()
            return mode

        with ThreadPoolExecutor(4) as makers:
            assert [made.result() for made in [makers.submit(make) for _ in range(4)]] == ["wal"] * 4
