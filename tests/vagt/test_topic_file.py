"""A topic's file while another process is still making it."""

import sqlite3
import threading
import time
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
