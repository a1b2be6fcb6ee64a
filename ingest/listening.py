"""Ports: sockets that name their setting when they cannot be had, TLS contexts that follow their files, and connections
that are counted and limited."""

import asyncio
import errno
import ssl
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path
from socket import (
    AF_INET6,
    IPPROTO_IPV6,
    IPV6_V6ONLY,
    SO_RCVBUF,
    SO_REUSEADDR,
    SOCK_DGRAM,
    SOL_SOCKET,
    SocketKind,
    getaddrinfo,
    socket,
)
from typing import NamedTuple

import structlog

from ingest import metrics
from vagt.errors import SettingsError
from vagt.settings.ingest import TlsSettings

_BACKLOG = 512
_LOOK_SECONDS = 5.0
_RECEIVE_BUFFER = 8 << 20
_PAUSE_SECONDS = 0.2
log = structlog.get_logger()


def bind(host: str, port: int, kind: SocketKind, setting: str) -> socket:
    """A bound, non-blocking socket. Raises SettingsError that names `setting` and what is wrong with it."""
    try:
        family, _, _, _, address = getaddrinfo(host, port, type=kind)[0]
        sock = socket(family, kind)
    except OSError as error:
        raise SettingsError(f"{setting}.host {host!r} is no address of this machine: {error.strerror}") from None
    try:
        sock.setblocking(False)
        if family == AF_INET6:
            sock.setsockopt(IPPROTO_IPV6, IPV6_V6ONLY, host != "::")
        if kind == SOCK_DGRAM:
            sock.setsockopt(SOL_SOCKET, SO_RCVBUF, _RECEIVE_BUFFER)  # the kernel gives what net.core.rmem_max allows
        else:
            sock.setsockopt(SOL_SOCKET, SO_REUSEADDR, True)
        sock.bind(address)
        if kind != SOCK_DGRAM:
            sock.listen(_BACKLOG)
    except OSError as error:
        sock.close()
        raise SettingsError(_why(host, port, setting, error)) from None
    return sock


def _why(host: str, port: int, setting: str, error: OSError) -> str:
    place = f"{setting}: cannot listen on {host} port {port}"
    if error.errno == errno.EADDRINUSE:
        return f"{place}: another program has it; stop that program or set {setting}.port"
    if error.errno == errno.EACCES:
        return f"{place}: ports below 1024 need root or CAP_NET_BIND_SERVICE; set {setting}.port to 1024 or more"
    return f"{place}: {error.strerror}; set {setting}.host to an address of this machine"


class Certificates:
    """The TLS context of a port; made anew when one of its files has changed. A faulty new file keeps the old context."""

    def __init__(self, tls: TlsSettings, setting: str, clients: ssl.VerifyMode) -> None:
        self._tls = tls
        self._clients = clients
        self._files = [path for path in (tls.certificate, tls.key, tls.client_ca) if path is not None]
        self._next_look = 0.0
        try:
            self._stamps = self._look()
            self._context = self._load()
        except (OSError, ValueError) as error:  # ssl.SSLError is an OSError
            raise SettingsError(f"{setting}.tls: {_tls_fault(error, self._files)}") from None

    def _look(self) -> list[tuple[int, int]]:
        return [((status := path.stat()).st_mtime_ns, status.st_ino) for path in self._files]

    def _load(self) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        context.load_cert_chain(self._tls.certificate, self._tls.key, password=_no_password)
        if self._tls.client_ca is not None:
            context.load_verify_locations(self._tls.client_ca)
            context.verify_mode = self._clients
        return context

    def current(self) -> ssl.SSLContext:
        """The context for the next connection."""
        if time.monotonic() >= self._next_look:
            self._next_look = time.monotonic() + _LOOK_SECONDS
            try:
                stamps = self._look()
                if stamps != self._stamps:
                    self._context = self._load()
                    self._stamps = stamps
                    log.info("certificate_reloaded", file=str(self._tls.certificate))
            except (OSError, ValueError) as error:
                log.error("certificate_not_reloaded", reason=_tls_fault(error, self._files))
        return self._context


def _no_password() -> str:
    raise ValueError("the private key has a pass phrase; vagt cannot ask for it: write the key without one")


def _tls_fault(error: Exception, files: list[Path]) -> str:
    if isinstance(error, OSError) and not isinstance(error, ssl.SSLError) and error.filename:
        return f"cannot read {error.filename}: {error.strerror}"
    return f"{', '.join(map(str, files))}: {error}"


class Port(NamedTuple):
    """A bound socket, the setting that asked for it, and its certificates."""

    setting: str
    sock: socket
    certificates: Certificates | None


Serve = Callable[[socket, str, ssl.SSLContext | None], Awaitable[None]]


class StreamPort:
    """Accepts connections and gives each to `serve(sock, peer, context)`, which ends when the connection does."""

    def __init__(self, name: str, port: Port, serve: Serve, *, most: int, most_per_peer: int) -> None:
        self._name = name
        self._sock = port.sock
        self._serve = serve
        self._certificates = port.certificates
        self._most = most
        self._most_per_peer = most_per_peer
        self._peers: Counter[str] = Counter()
        self._tasks: set[asyncio.Task[None]] = set()

    async def run(self) -> None:
        """Accept until cancelled; then close what is open."""
        loop = asyncio.get_running_loop()
        try:
            while True:
                try:
                    sock, address = await loop.sock_accept(self._sock)
                except OSError as error:  # EMFILE and the like pass; the listening socket stays
                    metrics.REFUSED.labels(self._name, "accept_failed").inc()
                    log.warning("accept_failed", listener=self._name, error=error.strerror)
                    await asyncio.sleep(_PAUSE_SECONDS)
                    continue
                self._admit(sock, address[0])
        finally:
            self._sock.close()
            for task in self._tasks:
                task.cancel()
            if self._tasks:
                await asyncio.wait(self._tasks, timeout=5)

    def _admit(self, sock: socket, peer: str) -> None:
        if len(self._tasks) >= self._most or self._peers[peer] >= self._most_per_peer:
            metrics.REFUSED.labels(self._name, "connections").inc()
            sock.close()
            return
        sock.setblocking(False)
        self._peers[peer] += 1
        task = asyncio.create_task(self._connection(sock, peer))
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: "asyncio.Task[None]") -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("connection_failed", listener=self._name, exc_info=error)

    async def _connection(self, sock: socket, peer: str) -> None:
        metrics.CONNECTIONS.labels(self._name).inc()
        try:
            await self._serve(sock, peer, self._certificates.current() if self._certificates else None)
        except (TimeoutError, ssl.SSLError, ConnectionError) as error:
            reason = {TimeoutError: "handshake_timeout", ssl.SSLCertVerificationError: "certificate"}.get(
                type(error), "handshake"
            )
            metrics.REFUSED.labels(self._name, reason).inc()
        finally:
            with suppress(OSError):
                sock.close()
            metrics.CONNECTIONS.labels(self._name).dec()
            self._peers[peer] -= 1
            if not self._peers[peer]:
                del self._peers[peer]
