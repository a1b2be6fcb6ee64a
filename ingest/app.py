"""Wiring: every configured input in one process, one door to the bus; and the stage that keeps the register of sources."""

import asyncio
import threading
from collections.abc import Callable, Coroutine
from typing import Any

import orjson
import structlog

from ingest.acceptor import Acceptor
from ingest.files import FilesFollower
from ingest.gelf import GelfDatagrams, gelf_streams
from ingest.identity import Identity
from ingest.inputs import check_tenants, http_port, listener_port, listeners, local_inputs, netflow_port
from ingest.journal import JournalFollower
from ingest.listening import Port, StreamPort
from ingest.netflow import NETFLOW, NetflowDatagrams
from ingest.register import MakeTopic, Register
from ingest.syslog import Datagrams, Door, SyslogDatagrams, syslog_streams
from ingest.web import HttpListener
from vagt.bus.protocol import Bus
from vagt.context import Context
from vagt.contracts.finding import ControlsFor
from vagt.contracts.stage import Stage
from vagt.operation.pulse import PULSE
from vagt.settings.ingest import GelfListener, SyslogListener
from vagt.topics import SOURCE_REPORTS

_LOOK_SECONDS = 0.1
Runner = Callable[[], Coroutine[Any, Any, None]]
Follow = Callable[[threading.Event], None]
log = structlog.get_logger()


def serve(
    context: Context,
    bus: Bus,
    stop: threading.Event,
    known_sources: frozenset[str] = frozenset(),
    unordered: frozenset[str] = frozenset(),
) -> None:
    """Run all inputs until `stop`. `known_sources`: ids that a document's dataset may name (normalise's registry);
    `unordered`: those whose logs need no order, so that one sender's spread over the partitions.

    Raises SettingsError before anything runs; another error means that an input failed: restart the process.
    """
    settings = context.settings.ingest
    check_tenants(settings, context.tenants)
    local = local_inputs(settings)
    for name, reason in local.refused:
        log.warning("own_log_not_readable", log=name, reason=reason)
    acceptor = Acceptor(bus, context.data_dir / "ingest" / "spool", settings, unordered)
    door = Door("", acceptor.accept, context.clock, settings)
    ports, runners = _listeners(context, door, known_sources)
    _tell_ports(context, ports)
    unit = context.tenants.unit
    threads: dict[str, Follow] = {}
    if local.files:
        threads["files"] = FilesFollower(door._replace(name="files"), local.files, context.state, unit).run
    if local.journal is not None:
        threads["journal"] = JournalFollower(door._replace(name="journal"), local.journal, context.state, unit).run
    _run(acceptor, runners, threads, stop)


def _listeners(context: Context, door: Door, known_sources: frozenset[str]) -> tuple[dict[str, Port], list[Runner]]:
    """Every port bound, and what runs on it."""
    ports: dict[str, Port] = {}
    runners: list[Runner] = []
    for name, listener in listeners(door.settings):
        port = ports[name] = listener_port(listener, name)
        fallback = Identity(listener.tenant or context.tenants.unit, listener.source)
        own = door._replace(name=name)
        if listener.protocol == "udp":
            runners.append(_datagrams(port, _udp(own, listener, fallback)))
            continue
        if isinstance(listener, SyslogListener):
            streams = syslog_streams(own, listener, fallback)
        else:
            streams = gelf_streams(own, listener, fallback)
        most, per_peer = listener.max_connections, listener.max_connections_per_peer
        runners.append(StreamPort(name, port, streams.serve, most=most, most_per_peer=per_peer).run)
    for number, flows in enumerate(door.settings.netflow):
        name = f"netflow.{number}"
        port = ports[name] = netflow_port(flows, number)
        templates = context.data_dir / "ingest" / "netflow" / f"{number}.json"
        fallback = Identity(flows.tenant or context.tenants.unit, NETFLOW)
        runners.append(_datagrams(port, NetflowDatagrams(door._replace(name=name), flows, fallback, templates)))
    http = door.settings.http
    if http.enabled:
        port = ports["http"] = http_port(http)
        web = HttpListener(door._replace(name="http"), http, known_sources)
        most = http.max_connections
        runners.append(StreamPort("http", port, web.serve, most=most, most_per_peer=most).run)
    return ports, runners


def _udp(door: Door, listener: SyslogListener | GelfListener, fallback: Identity) -> Datagrams:
    if isinstance(listener, GelfListener):
        return GelfDatagrams(door, listener, fallback)
    return SyslogDatagrams(door, listener, fallback)


def _datagrams(port: Port, protocol: Datagrams) -> Runner:
    async def run() -> None:
        transport, _ = await asyncio.get_running_loop().create_datagram_endpoint(lambda: protocol, sock=port.sock)
        try:
            await asyncio.Event().wait()
        finally:
            protocol.close()
            transport.close()

    return run


def _tell_ports(context: Context, ports: dict[str, Port]) -> None:
    """Write where ingest listens, for whoever asked for port 0."""
    places = {name: {"host": (at := port.sock.getsockname())[0], "port": at[1]} for name, port in ports.items()}
    (context.data_dir / "ingest" / "listeners.json").write_bytes(orjson.dumps(places))
    for name, place in places.items():
        log.info("listening", listener=name, **place)


def _run(acceptor: Acceptor, runners: list[Runner], threads: dict[str, Follow], stop: threading.Event) -> None:
    ending = threading.Event()
    failures: list[BaseException] = []

    def guarded(name: str, follow: Follow) -> None:
        try:
            follow(ending)
        except BaseException as error:
            log.exception("input_failed", input=name)
            failures.append(error)

    acceptor.start()
    running = [threading.Thread(target=guarded, args=one, name=f"ingest-{one[0]}", daemon=True) for one in threads.items()]
    for thread in running:
        thread.start()

    def is_over() -> bool:
        return stop.is_set() or bool(failures) or acceptor.failure is not None

    try:
        asyncio.run(_listen(runners, is_over))
    finally:
        ending.set()
        for thread in running:
            thread.join(timeout=10)
        acceptor.close()
    if acceptor.failure is not None:
        failures.insert(0, acceptor.failure)
    if failures:
        raise failures[0]


async def _listen(runners: list[Runner], is_over: Callable[[], bool]) -> None:
    tasks = [asyncio.create_task(run()) for run in runners]
    try:
        while not is_over():
            await asyncio.sleep(_LOOK_SECONDS)
            PULSE.beat()
            for task in tasks:
                if task.done():
                    task.result()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def build_register(context: Context, controls_for: ControlsFor, make_topic: MakeTopic | None = None) -> Stage:
    """The stage that keeps the register of sources and finds the silent ones; `make_topic` makes those of registered ones."""
    register = Register(context, controls_for, make_topic)
    return Stage(
        name="register",
        group="register",
        topics=(SOURCE_REPORTS,),
        step=register.step,
        tick=register.tick,
        tick_seconds=5.0,
        linger_seconds=0.5,
        room="ingest",
    )
