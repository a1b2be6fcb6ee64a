"""Syslog over TCP (RFC 6587) and TLS (RFC 5425): the messages of each connection, byte for byte, as raw logs.

What the kernel has acknowledged to a sender but ingest has not read is outside every promise: syslog has no acknowledgement.
"""

import asyncio
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from contextlib import suppress
from socket import socket
from ssl import SSLContext
from typing import NamedTuple

import structlog

from ingest import metrics
from ingest.framing import FrameDecoder
from ingest.identity import Identity, certificate_identity, network_identity
from ingest.letters import Body, Log, LongBody, long_log
from ingest.limits import TokenBucket
from vagt.clock import Clock
from vagt.contracts.raw import RawLog
from vagt.errors import RejectedError
from vagt.ids import uuid7
from vagt.settings.ingest import IngestSettings, SyslogListener

Accept = Callable[[Sequence[Log]], "Future[None]"]
_READ_BYTES = 1 << 16
log = structlog.get_logger()


class Door(NamedTuple):
    """What every listener needs: its name, the way in, the clock, and the room's settings."""

    name: str
    accept: Accept
    clock: Clock
    settings: IngestSettings


def logs_of(bodies: Sequence[Body], sender: Identity, protocol: str, peer: str, clock: Clock) -> list[Log]:
    """The logs of `bodies`, received now; each gets its position here, once."""
    now = clock()
    logs: list[Log] = []
    for body in bodies:
        content = b"" if isinstance(body, LongBody) else body
        raw = RawLog(sender.tenant, sender.source, content, now, protocol, peer, uuid7(), sender.subject)
        logs.append(long_log(raw, body) if isinstance(body, LongBody) else raw)
    return logs


class SyslogStreams:
    """One TCP or TLS listener; `serve` handles one connection."""

    def __init__(self, door: Door, listener: SyslogListener, fallback: Identity) -> None:
        self._door = door
        self._listener = listener
        self._fallback = fallback
        self._bucket = TokenBucket(listener.rate)
        self._protocol = "syslog+tls" if listener.protocol == "tls" else "syslog+tcp"

    async def serve(self, sock: socket, peer: str, context: SSLContext | None) -> None:
        """Read one connection to its end. A handshake that fails or lasts too long raises."""
        loop = asyncio.get_running_loop()
        reader = asyncio.StreamReader(limit=_READ_BYTES)
        protocol = asyncio.StreamReaderProtocol(reader)
        handshake = self._listener.handshake_seconds if context else None
        transport, _ = await loop.connect_accepted_socket(lambda: protocol, sock, ssl=context, ssl_handshake_timeout=handshake)
        try:
            await self._read(reader, self._sender(transport, peer), peer)
        except RejectedError as error:
            metrics.REFUSED.labels(self._door.name, error.reason).inc()
            log.warning("syslog_refused", listener=self._door.name, peer=peer, reason=error.reason, error=str(error))
        except ConnectionError:
            metrics.REFUSED.labels(self._door.name, "connection_reset").inc()
        finally:
            if context:
                transport.abort()  # a peer that does not answer close_notify holds nothing open
            else:
                transport.close()

    def _sender(self, transport: asyncio.BaseTransport, peer: str) -> Identity:
        if self._protocol == "syslog+tls":
            return certificate_identity(transport.get_extra_info("ssl_object"), self._listener.clients)
        return network_identity(peer, self._listener.networks, self._fallback)

    async def _read(self, reader: asyncio.StreamReader, sender: Identity, peer: str) -> None:
        settings = self._door.settings
        decoder = FrameDecoder(settings.max_log_bytes, settings.max_discard_bytes, self._listener.framing)
        try:
            await self._frames(reader, decoder, sender, peer)
        finally:
            if decoder.fault is not None or not decoder.is_between:
                reason = decoder.fault.reason if decoder.fault is not None else "truncated"
                metrics.count_drop(sender.tenant, sender.source, reason)

    async def _frames(self, reader: asyncio.StreamReader, decoder: FrameDecoder, sender: Identity, peer: str) -> None:
        frame_end = 0.0
        while True:
            left = self._listener.idle_seconds if decoder.is_between else frame_end - time.monotonic()
            try:
                async with asyncio.timeout(left):
                    data = await reader.read(_READ_BYTES)
            except TimeoutError:
                reason = "idle" if decoder.is_between else "frame_timeout"
                raise RejectedError(reason, f"nothing whole came within {left:.0f} s") from None
            was_between = decoder.is_between
            frames = decoder.feed(data) if data else [last for last in [decoder.finish()] if last is not None]
            if frames or was_between:
                frame_end = time.monotonic() + self._listener.frame_seconds
            if frames:
                await self._deliver(logs_of(frames, sender, self._protocol, peer, self._door.clock))
            if decoder.fault is not None:
                raise decoder.fault
            if not data:
                return

    async def _deliver(self, logs: list[Log]) -> None:
        """Returns once `logs` are durable; meanwhile the connection is not read, which holds the sender back."""
        wait = self._bucket.debit(len(logs))
        if wait:
            await asyncio.sleep(wait)
        while True:
            try:
                return await asyncio.wrap_future(self._door.accept(logs))
            except RejectedError as error:
                if error.reason == "closing":
                    raw = logs[0] if isinstance(logs[0], RawLog) else logs[0].raw
                    metrics.count_drop(raw.tenant, raw.source, "closing", len(logs))
                    raise
                metrics.REFUSED.labels(self._door.name, error.reason).inc()
                await asyncio.sleep(min(1.0, self._door.settings.retry_seconds))


class SyslogDatagrams(asyncio.DatagramProtocol):
    """One UDP listener (RFC 5426): a datagram is a message. What cannot be taken at once is dropped and counted."""

    def __init__(self, door: Door, listener: SyslogListener, fallback: Identity) -> None:
        self._door = door
        self._listener = listener
        self._fallback = fallback
        self._bucket = TokenBucket(listener.rate)
        self._gathered: list[Log] = []

    def datagram_received(self, data: bytes, address: tuple[str, int]) -> None:
        """One message; a line end at its end is the sender's framing, not the message."""
        peer = address[0]
        try:
            sender = network_identity(peer, self._listener.networks, self._fallback)
        except RejectedError as error:
            metrics.count_drop(self._fallback.tenant, None, error.reason)
            return
        body = data.rstrip(b"\r\n\0")
        if not body:
            return
        if not self._bucket.take(1):
            metrics.count_drop(sender.tenant, sender.source, "rate")
            return
        if not self._gathered:
            asyncio.get_running_loop().call_soon(self._deliver)
        self._gathered += logs_of([body], sender, "syslog+udp", peer, self._door.clock)

    def _deliver(self) -> None:
        logs, self._gathered = self._gathered, []
        self._door.accept(logs).add_done_callback(lambda done: _count_refused(done, logs))

    def error_received(self, error: Exception) -> None:
        """An ICMP answer to a datagram; we send none that matter."""
        log.debug("udp_error", listener=self._door.name, error=str(error))

    def close(self) -> None:
        """Hand over what is gathered."""
        if self._gathered:
            with suppress(RuntimeError):
                self._deliver()


def _count_refused(done: "Future[None]", logs: Sequence[Log]) -> None:
    error = done.exception()
    if error is None:
        return
    reason = error.reason if isinstance(error, RejectedError) else "failed"
    for one in logs:
        raw = one if isinstance(one, RawLog) else one.raw
        metrics.count_drop(raw.tenant, raw.source, reason)
