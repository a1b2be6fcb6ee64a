"""A store worker in a process of its own, events for it, and what the archive then holds."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import orjson

from store.queries import ArchiveSearch
from store.storage import open_storage
from tests.store.archive_events import event_record, make_event
from vagt.bus.embedded import EmbeddedBus
from vagt.context import Context
from vagt.contracts.scope import system_scope
from vagt.contracts.search import EventQuery
from vagt.contracts.stage import Message, Record

SCOPE = system_scope("test")


def archived_ids(context: Context) -> list[str]:
    """The id of every row that the manifest's segments hold, doubles too."""
    search = ArchiveSearch(context)
    found: list[str] = []
    cursor = None
    for segment in search.segments(SCOPE, "events"):
        assert open_storage(context.settings).exists(segment.path)
    while True:
        page = search.search_events(SCOPE, EventQuery(), cursor, 1000)
        assert not page.problems
        found += [event["event"]["id"] for event in page.items]
        cursor = page.cursor
        if cursor is None:
            rows = sum(segment.rows for segment in search.segments(SCOPE, "events"))
            assert rows == len(found), "the pages hide doubles that stand in the segments"
            return sorted(found)


def ids_of(records: list[Record]) -> list[str]:
    return sorted({orjson.loads(record.value)["event"]["id"] for record in records})


def publish(bus: EmbeddedBus, numbers: range) -> list[str]:
    producer = bus.producer()
    for number in numbers:
        event = make_event(number, ("751", "101")[number % 2])
        producer.send(Message("events", f"{number % 5}".encode(), orjson.dumps(event)))
    producer.flush()
    producer.close()
    return ids_of([event_record(make_event(number, ("751", "101")[number % 2]), 0) for number in numbers])


WORKER = """
import sys, threading
from datetime import UTC, datetime
from pathlib import Path
from store.app import build_store
from vagt.bus.embedded import EmbeddedBus
from vagt.bus.loop import run_stage
from vagt.clock import system_clock
from vagt.context import Context
from vagt.settings.bus import BusSettings
from vagt.settings.root import Settings
from vagt.state.database import open_state
from vagt.tenants import load_tenants

data = Path(sys.argv[1])
settings = Settings.model_validate_json(sys.argv[2])
context = Context(settings, open_state(settings), load_tenants(settings.unit), system_clock)
bus = EmbeddedBus(data / "bus", BusSettings(fsync=False, session_timeout_seconds=1))
print("ready", flush=True)
run_stage(bus, build_store(context), system_clock, threading.Event(), context.state)
"""


@contextmanager
def start_worker(context: Context) -> Iterator[subprocess.Popen[bytes]]:
    """A worker on the bus and with the settings of `context`, that has begun."""
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).resolve().parent.parent.parent)}
    command = [sys.executable, "-c", WORKER, str(context.data_dir), context.settings.model_dump_json()]
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=environment) as worker:
        assert worker.stdout is not None
        worker.stdout.readline()
        yield worker


def is_done(bus: EmbeddedBus) -> bool:
    done = bus.committed("store")
    return all(done.get(place, 0) >= end for place, end in bus.next_offsets("events").items())
