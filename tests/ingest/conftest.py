"""A unit with two municipalities, a bus and a state database in a temporary folder, and ingest running on free ports."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import orjson
import pytest

from ingest.acceptor import Acceptor
from ingest.app import serve
from normalise.registry import sources
from tests.databases import Section
from tests.ingest.hands import Ingest, raw_logs
from vagt.bus.embedded import EmbeddedBus
from vagt.clock import system_clock
from vagt.context import Context
from vagt.settings.bus import BusSettings
from vagt.settings.ingest import IngestSettings
from vagt.settings.root import Settings
from vagt.state.database import State, open_state
from vagt.tenants import load_tenants


@pytest.fixture
def bus(tmp_path: Path) -> Iterator[EmbeddedBus]:
    """The embedded bus."""
    made = EmbeddedBus(tmp_path / "bus", BusSettings(fsync=False))
    yield made
    made.close()


@pytest.fixture
def make_context(tmp_path: Path, new_database: Callable[[Path], Section]) -> Iterator[Callable[..., Context]]:
    """`make_context(**ingest settings)`."""
    states: list[State] = []
    section = new_database(tmp_path)

    def make(clock: Callable[[], Any] = system_clock, **ingest: Any) -> Context:
        document = {"data_dir": str(tmp_path), "state": section, "unit": {"municipalities": ["751", "730"]}, "ingest": ingest}
        settings = Settings.model_validate(document)
        states.append(open_state(settings))
        return Context(settings, states[-1], load_tenants(settings.unit), clock)

    yield make
    for state in states:
        state.close()


@pytest.fixture
def make_acceptor(tmp_path: Path) -> Iterator[Callable[..., Acceptor]]:
    """`make_acceptor(bus, **ingest settings)`: started; closed at the end."""
    made: list[Acceptor] = []

    def make(bus: Any, **ingest: Any) -> Acceptor:
        acceptor = Acceptor(bus, tmp_path / "spool", IngestSettings.model_validate(ingest))
        made.append(acceptor)
        acceptor.start()
        return acceptor

    yield make
    for acceptor in made:
        acceptor.close()


@pytest.fixture
def run_ingest(make_context: Callable[..., Context], bus: EmbeddedBus, tmp_path: Path) -> Callable[..., Any]:
    """`with run_ingest(**ingest settings) as ingest`: ingest serves until the block ends."""

    @contextmanager
    def run(**ingest: Any) -> Iterator[Ingest]:
        defaults: dict[str, Any] = {"syslog": [], "http": {"enabled": False}, "own_logs": False}
        context = make_context(**(defaults | ingest))
        stop = threading.Event()
        places = tmp_path / "ingest" / "listeners.json"
        places.unlink(missing_ok=True)
        failures: list[BaseException] = []

        def work() -> None:
            try:
                serve(context, bus, stop, frozenset(sources()))
            except BaseException as error:  # noqa: BLE001 - handed to the test
                failures.append(error)

        thread = threading.Thread(target=work, daemon=True)
        thread.start()
        deadline = time.monotonic() + 20
        while not places.exists() or not places.stat().st_size:
            assert thread.is_alive(), failures
            assert time.monotonic() < deadline, "ingest does not listen"
            time.sleep(0.01)
        ports = {name: place["port"] for name, place in orjson.loads(places.read_bytes()).items()}
        try:
            yield Ingest(ports, lambda: raw_logs(bus), bus)
        finally:
            stop.set()
            thread.join(timeout=20)
        assert not failures, failures

    return run
