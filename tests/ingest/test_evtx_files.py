"""EVTX files are replayed record by record; what is damaged costs itself."""

from pathlib import Path

import orjson
import pytest

from ingest.evtx_files import MAGIC
from ingest.replay import read_logs
from tests.ingest.hands import NOON
from vagt.contracts.raw import RawLog
from vagt.errors import UsageError


def read(path: Path, source: str | None = None) -> list[RawLog]:
    return [one for logs, _ in read_logs(path, source, "751", lambda: NOON) for one in logs if isinstance(one, RawLog)]


@pytest.fixture
def exported(corpus: Path) -> list[Path]:
    """Event logs that Windows exported."""
    return sorted((corpus / "corpus/winlogbeat").rglob("*.evtx"))


@pytest.mark.corpus
def test_every_record_of_an_export_is_a_log_of_windows_eventlog(exported: list[Path]) -> None:
    assert len(exported) > 50
    for path in exported:
        found = read(path)
        assert found, path.name
        assert {one.source for one in found} == {"windows.eventlog"}
        assert {one.protocol for one in found} == {"replay"}
        assert all("System" in orjson.loads(one.body)["Event"] for one in found)


@pytest.mark.corpus
def test_a_record_has_the_same_position_whatever_the_files_name(exported: list[Path], tmp_path: Path) -> None:
    copy = tmp_path / "the same"
    copy.write_bytes(exported[0].read_bytes())
    first, second = read(exported[0]), read(copy)
    assert [(one.position, one.body) for one in first] == [(one.position, one.body) for one in second]
    assert len({one.position for one in first}) == len(first)


@pytest.mark.corpus
def test_a_source_that_is_named_is_kept(exported: list[Path]) -> None:
    assert {one.source for one in read(exported[0], "unknown")} == {"unknown"}


@pytest.mark.corpus
def test_a_damaged_chunk_is_said_and_ends(exported: list[Path], tmp_path: Path) -> None:
    damaged = tmp_path / "damaged.evtx"
    content = bytearray(exported[0].read_bytes())
    content[4096 + 600 : 4096 + 700] = b"\xff" * 100
    damaged.write_bytes(content)
    with pytest.raises(UsageError, match=r"damaged\.evtx: \d+ records or chunks are damaged"):
        read(damaged)


@pytest.mark.parametrize("rest", [b"", b"\0" * 8, b"\xff" * 5000], ids=["nothing", "cut", "noise"])
def test_a_file_that_only_begins_like_one_is_refused_by_name(rest: bytes, tmp_path: Path) -> None:
    path = tmp_path / "half.evtx"
    path.write_bytes(MAGIC + rest)
    with pytest.raises(UsageError, match=r"half\.evtx"):
        read(path)
