"""Syslog over TCP (RFC 6587) and TLS (RFC 5425): the messages of each connection, byte for byte, as raw logs.

What the kernel has acknowledged to a sender but ingest has not read is outside every promise: syslog has no acknowledgement.
"""

import asyncio
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from contextlib import suppress
from functools import partial
from socket import socket
from ssl import SSLContext
from typing import NamedTuple

import structlog

from ingest import metrics
from ingest.audit_stream import RecordJoiner
from ingest.framing import FrameDecoder, Framing
from ingest.identity import Identity, certificate_identity, network_identity
from ingest.letters import Body, Log, LongBody, long_log
from ingest.limits import TokenBucket
from vagt.clock import Clock
from vagt.contracts.raw import RawLog
from vagt.errors import RejectedError
from vagt.ids import uuid7
from vagt.settings.ingest import IngestSettings, Listener, NetflowListener, SyslogListener

Accept = Callable[[Sequence[Log]], "Future[None]"]
_READ_BYTES = 1 << 16
_MOST_HELD_BYTES = 64 << 20  # of audit records, of all senders of a UDP port
_LOOK_SECONDS = 0.25
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


class Streams:
    """One TCP or TLS listener; `serve` handles one connection. `kind` is `syslog` or `gelf`."""

    def __init__(
        self, door: Door, listener: Listener, fallback: Identity, kind: str, framing: Framing, *, joins: bool = False
    ) -> None:
        self._joins = joins
        self._door = door
        self._listener = listener
        self._fallback = fallback
        self._bucket = TokenBucket(listener.rate)
        self._kind = kind
        self._framing = framing
        self._protocol = f"{kind}+{listener.protocol}"

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
            log.warning(f"{self._kind}_refused", listener=self._door.name, peer=peer, reason=error.reason, error=str(error))
        except ConnectionError:
            metrics.REFUSED.labels(self._door.name, "connection_reset").inc()
        finally:
            if context:
                transport.abort()  # a peer that does not answer close_notify holds nothing open
            else:
                transport.close()

    def _sender(self, transport: asyncio.BaseTransport, peer: str) -> Identity:
        if self._listener.protocol == "tls":
            return certificate_identity(transport.get_extra_info("ssl_object"), self._listener.clients)
        return network_identity(peer, self._listener.networks, self._fallback)

    async def _read(self, reader: asyncio.StreamReader, sender: Identity, peer: str) -> None:
        settings = self._door.settings
        decoder = FrameDecoder(settings.max_log_bytes, settings.max_discard_bytes, self._framing)
        joiner = RecordJoiner(limit=settings.max_log_bytes) if self._joins else None
        try:
            await self._frames(reader, decoder, joiner, sender, peer)
        finally:
            if joiner is not None and (rest := joiner.drain()):  # the connection is lost: nobody is to be held back
                logs = logs_of(rest, sender, self._protocol, peer, self._door.clock)
                self._door.accept(logs).add_done_callback(partial(_count_refused, logs=logs))
            if decoder.fault is not None or not decoder.is_between:
                reason = decoder.fault.reason if decoder.fault is not None else "truncated"
                metrics.count_drop(sender.tenant, sender.source, reason)

    async def _frames(
        self,
        reader: asyncio.StreamReader,
        decoder: FrameDecoder,
        joiner: RecordJoiner | None,
        sender: Identity,
        peer: str,
    ) -> None:
        frame_end = 0.0
        while True:
            left = self._listener.idle_seconds if decoder.is_between else frame_end - time.monotonic()
            held = joiner.wait() if joiner is not None else None
            try:
                async with asyncio.timeout(left if held is None else min(left, held)):
                    data = await reader.read(_READ_BYTES)
            except TimeoutError:
                if joiner is not None and held is not None and held < left:
                    if due := joiner.due():
                        await self._deliver(logs_of(due, sender, self._protocol, peer, self._door.clock))
                    continue
                reason = "idle" if decoder.is_between else "frame_timeout"
                raise RejectedError(reason, f"nothing whole came within {left:.0f} s") from None
            was_between = decoder.is_between
            frames = decoder.feed(data) if data else [last for last in [decoder.finish()] if last is not None]
            if frames or was_between:
                frame_end = time.monotonic() + self._listener.frame_seconds
            if joiner is not None:
                frames = joiner.add(frames) + ([] if data else joiner.drain())
            if frames:
                await self._deliver(logs_of(frames, sender, self._protocol, peer, self._door.clock))
            if decoder.fault is not None:
                raise decoder.fault
            if not data:
                return

    async def _deliver(self, logs: list[Log]) -> None:
        """Returns once `logs` are durable; meanwhile the connection is not read, which holds the sender back."""
        done: Future[None] | None = None
        try:
            if wait := self._bucket.debit(len(logs)):
                await asyncio.sleep(wait)
            while True:
                done = self._door.accept(logs)
                try:
                    return await asyncio.wrap_future(done)
                except RejectedError as error:
                    if error.reason == "closing":
                        _count_refused(done, logs)
                        raise
                    metrics.REFUSED.labels(self._door.name, error.reason).inc()
                done = None
                await asyncio.sleep(min(1.0, self._door.settings.retry_seconds))
        except asyncio.CancelledError:  # ingest is stopping, and the sender will not send these again
            done = done or self._door.accept(logs)
            done.add_done_callback(partial(_count_refused, logs=logs))
            raise


class Datagrams(asyncio.DatagramProtocol):
    """One UDP listener; what cannot be taken at once is dropped and counted. `protocol` as RawLog has it."""

    protocol = ""

    def __init__(self, door: Door, listener: Listener | NetflowListener, fallback: Identity) -> None:
        self._door = door
        self._listener = listener
        self._fallback = fallback
        self._bucket = TokenBucket(listener.rate)
        self._gathered: list[Log] = []

    def datagram_received(self, data: bytes, address: tuple[str, int]) -> None:
        """One datagram of whoever may send here."""
        peer = address[0]
        if (sender := self._sender(peer)) is None:
            return
        try:
            if not (whole := self._whole(data, peer, sender)):
                return
            if not self._bucket.take(1):  # before it is unpacked: that costs more than all else
                raise RejectedError("rate", "over the listener's rate")
            body = self._message(whole)
        except RejectedError as error:
            metrics.count_drop(sender.tenant, sender.source, error.reason)
            return
        if body:
            self._gather([body], sender, peer)

    def _sender(self, peer: str) -> Identity | None:
        """Who sends from this address; none for one that may not, which is counted."""
        try:
            return network_identity(peer, self._listener.networks, self._fallback)
        except RejectedError as error:
            metrics.count_drop(self._fallback.tenant, None, error.reason)
            return None

    def _gather(self, bodies: Sequence[Body], sender: Identity, peer: str) -> None:
        """Hand over whole messages with all that come in this turn of the loop."""
        if not bodies:
            return
        if not self._gathered:
            asyncio.get_running_loop().call_soon(self._deliver)
        self._gathered += logs_of(bodies, sender, self.protocol, peer, self._door.clock)

    def _whole(self, data: bytes, peer: str, sender: Identity) -> bytes | None:
        """What the datagram is, or completes; none where more of it is to come. Raises RejectedError."""
        return data

    def _message(self, data: bytes) -> Body:
        """The message in it: all of it, but for a protocol that packs it. Raises RejectedError."""
        return data

    def _deliver(self) -> None:
        logs, self._gathered = self._gathered, []
        self._door.accept(logs).add_done_callback(partial(_count_refused, logs=logs))

    def error_received(self, error: Exception) -> None:
        """An ICMP answer to a datagram; we send none that matter."""
        log.debug("udp_error", listener=self._door.name, error=str(error))

    def close(self) -> None:
        """Hand over what is gathered."""
        if self._gathered:
            with suppress(RuntimeError):
                self._deliver()


class SyslogDatagrams(Datagrams):
    """RFC 5426: a datagram is a message; a line end at its end is the sender's framing, not the message."""

    protocol = "syslog+udp"

    def __init__(self, door: Door, listener: SyslogListener, fallback: Identity) -> None:
        super().__init__(door, listener, fallback)
        self._joins = listener.join == "auditd"
        self._joiners: dict[tuple[Identity, str], RecordJoiner] = {}  # of whom something is held
        self._held = 0
        self._timer: asyncio.TimerHandle | None = None

    def _message(self, data: bytes) -> Body:
        return data.rstrip(b"\r\n\0")

    def _gather(self, bodies: Sequence[Body], sender: Identity, peer: str) -> None:
        if self._joins:
            bodies = self._join(bodies, (sender, peer))
        super()._gather(bodies, sender, peer)
        while self._held > _MOST_HELD_BYTES:
            self._give(next(iter(self._joiners)), RecordJoiner.drain)

    def _join(self, bodies: Sequence[Body], key: tuple[Identity, str]) -> Sequence[Body]:
        """What is whole now; a look at what is held is only taken from time to time, as senders may be many."""
        joiner = self._joiners.pop(key, None) or RecordJoiner(limit=self._door.settings.max_log_bytes)
        before = joiner.size
        bodies = joiner.add(bodies)
        self._held += joiner.size - before
        if joiner.size:
            self._joiners[key] = joiner
        self._look_again()
        return bodies

    def _give(self, key: tuple[Identity, str], take: Callable[[RecordJoiner], list[Body]]) -> None:
        """Hand over what `take` takes of that sender; one of whom nothing is held is forgotten."""
        joiner = self._joiners[key]
        before = joiner.size
        super()._gather(take(joiner), *key)
        self._held += joiner.size - before
        if not joiner.size:
            del self._joiners[key]

    def _look_again(self) -> None:
        if self._joiners and self._timer is None:
            wait = min(joiner.wait() or 0.0 for joiner in self._joiners.values())
            self._timer = asyncio.get_running_loop().call_later(max(_LOOK_SECONDS, wait), self._give_due)

    def _give_due(self) -> None:
        self._timer = None
        for key in list(self._joiners):
            self._give(key, RecordJoiner.due)
        self._look_again()

    def close(self) -> None:
        """Hand over what is gathered and what is held."""
        for (sender, peer), joiner in self._joiners.items():
            self._gathered += logs_of(joiner.drain(), sender, self.protocol, peer, self._door.clock)
        super().close()


def syslog_streams(door: Door, listener: SyslogListener, fallback: Identity) -> Streams:
    """The streams of one syslog port."""
    return Streams(door, listener, fallback, "syslog", listener.framing, joins=listener.join == "auditd")


def _count_refused(done: "Future[None]", logs: Sequence[Log]) -> None:
    error = done.exception()
    if error is None:
        return
    reason = error.reason if isinstance(error, RejectedError) else "failed"
    for one in logs:
        raw = one if isinstance(one, RawLog) else one.raw
        metrics.count_drop(raw.tenant, raw.source, reason)
