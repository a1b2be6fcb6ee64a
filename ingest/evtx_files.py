"""EVTX files, Windows' own event logs and what its Event Viewer exports: a record is a log, in JSON (the `evtx` crate's shape).

A log's position is made of its content, which names computer, channel and record: records that two exports have are one event.
"""

from collections.abc import Iterator
from pathlib import Path

from evtx import PyEvtxParser

from ingest.letters import Log
from vagt.clock import Clock
from vagt.contracts.raw import RawLog
from vagt.errors import UsageError
from vagt.ids import content_id

MAGIC = b"ElfFile\0"
SOURCE = "windows.eventlog"
_BATCH = 500
_MOST_DAMAGED = 1000  # records in a row: the rest of the file is no log


def read_evtx(path: Path, source: str | None, tenant: str, clock: Clock) -> Iterator[tuple[list[Log], int]]:
    """(logs, their bytes) a batch at a time. A damaged record costs itself: the others are read, and then UsageError says it.

    Raises UsageError for a file whose header cannot be read.
    """
    try:
        records = PyEvtxParser(str(path)).records_json()
    except (OSError, RuntimeError) as error:
        raise UsageError(f"cannot read {path} as an event log: {str(error)[:200]}") from None
    logs: list[Log] = []
    damaged = in_a_row = size = 0
    while in_a_row < _MOST_DAMAGED:
        try:
            record = next(records, None)
        except (OSError, RuntimeError, ValueError):
            damaged += 1
            in_a_row += 1
            continue
        if record is None:
            break
        in_a_row = 0
        body = record["data"].encode("utf-8", "replace")
        logs.append(RawLog(tenant, source or SOURCE, body, clock(), "replay", path.name, f"evtx:{content_id(body)}"))
        size += len(body)
        if len(logs) == _BATCH:
            yield logs, size
            logs, size = [], 0
    if logs:
        yield logs, size
    if damaged:
        raise UsageError(f"{path}: {damaged} records or chunks are damaged and were left out; all others are kept")
