"""NetFlow v5, v9 and IPFIX over UDP: each datagram, with the templates that it needs, is one raw log (`vagt/flow_export.py`).

What is not yet readable for want of a template waits, bounded, until the exporter sends it again. What has waited too long, or
is too much, goes on without: normalise makes a dead letter of it with its bytes, so that nothing is lost in silence.
"""

import asyncio
import time
from collections import deque
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from ingest import metrics
from ingest.flow_templates import Key, Templates
from ingest.identity import Identity
from ingest.syslog import Datagrams, Door
from vagt.flow_export import V5, V9, Message, read_message, to_text
from vagt.settings.ingest import NetflowListener

NETFLOW = "netflow.flow"
_SAVE_SECONDS = 1.0
_OVERHEAD = 512  # bytes that a held datagram costs besides its own
_MOST_EXPORTERS = 10_000  # whose sequence numbers are watched
Place = tuple[Key, int]  # an exporter, the number of a template
_JUMP = 100_000  # a larger step is an exporter that began anew, not a loss


class Held(NamedTuple):
    """A datagram that waits for its template; `since` by the monotonic clock."""

    sender: Identity
    key: Key
    message: Message
    since: float


class NetflowDatagrams(Datagrams):
    """One port for flows. `templates`: the file that keeps them over a restart."""

    protocol = "netflow+udp"

    def __init__(self, door: Door, listener: NetflowListener, fallback: Identity, templates: Path) -> None:
        super().__init__(door, listener, fallback)
        self._limits = listener
        self._templates = Templates(listener.max_templates, templates)
        self._held: dict[Place, deque[Held]] = {}  # by the first template that each lacks, in its order
        self._held_bytes = 0
        self._sequences: dict[Key, int] = {}
        self._timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin to look after what is held and what is to be saved."""
        self._tick()

    def datagram_received(self, data: bytes, address: tuple[str, int]) -> None:
        """One export message."""
        peer = address[0]
        if (found := self._sender(peer)) is None:
            return
        sender = Identity(found.tenant, NETFLOW)
        if not self._bucket.take(1):
            metrics.count_drop(sender.tenant, NETFLOW, "rate")
            return
        try:
            message = read_message(data)
            key = Key(sender.tenant, peer, message.version, message.domain)
            fresh = self._templates.learn(key, message)
        except ValueError:  # what it is, normalise says with the bytes beside it
            self._gather([to_text(b"", data)], sender, peer)
            return
        self._watch(key, message)
        self._hold_or_deliver(Held(sender, key, message, time.monotonic()))
        for number in fresh:
            self._release((key, number))

    def _deliver_message(self, sender: Identity, key: Key, message: Message) -> None:
        self._gather([to_text(self._templates.context(key, message), message.data)], sender, key.exporter)

    def _hold_or_deliver(self, held: Held) -> None:
        lacking = self._templates.lacks(held.key, held.message)
        if lacking is None:
            self._deliver_message(held.sender, held.key, held.message)
            return
        self._held.setdefault((held.key, lacking), deque()).append(held)
        self._held_bytes += _OVERHEAD + len(held.message.data)
        while self._held_bytes > self._limits.max_held_bytes:
            self._let_go(next(iter(self._held)))
        metrics.HELD_BYTES.labels(self._door.name).set(self._held_bytes)

    def _take(self, place: Place) -> Held:
        """The first that waits for this template, waiting no longer."""
        held = self._held[place].popleft()
        if not self._held[place]:
            del self._held[place]
        self._held_bytes -= _OVERHEAD + len(held.message.data)
        return held

    def _let_go(self, place: Place) -> None:
        """The first that waits for this template goes on without."""
        held = self._take(place)
        metrics.WITHOUT_TEMPLATE.labels(held.sender.tenant).inc()
        self._deliver_message(held.sender, held.key, held.message)

    def _release(self, place: Place) -> None:
        """What waited for this template goes on, in its order, or waits for the next that it lacks."""
        for _ in range(len(self._held.get(place, ()))):
            self._hold_or_deliver(self._take(place))
        metrics.HELD_BYTES.labels(self._door.name).set(self._held_bytes)

    def _watch(self, key: Key, message: Message) -> None:
        """Count what the sequence numbers say is missing (v5 counts flows, v9 datagrams; IPFIX counts records: not watched)."""
        if message.version not in (V5, V9):
            return
        expected = self._sequences.pop(key, None)
        step = message.told if message.version == V5 else 1
        if len(self._sequences) >= _MOST_EXPORTERS:  # that which was not heard of longest
            del self._sequences[next(iter(self._sequences))]
        self._sequences[key] = (message.sequence + step) & 0xFFFFFFFF
        if expected is not None and 0 < (missed := (message.sequence - expected) & 0xFFFFFFFF) < _JUMP:
            metrics.MISSED.labels(key.tenant).inc(missed)

    def _tick(self) -> None:
        self._timer = asyncio.get_running_loop().call_later(_SAVE_SECONDS, self._tick)  # whatever becomes of this turn
        latest = time.monotonic() - self._limits.held_seconds
        for place in list(self._held):
            while place in self._held and self._held[place][0].since < latest:
                self._let_go(place)
        if self._templates.changed:
            self._templates.save()
        metrics.TEMPLATES.labels(self._door.name).set(len(self._templates))
        metrics.HELD_BYTES.labels(self._door.name).set(self._held_bytes)

    def close(self) -> None:
        """Save the templates, and hand over what is gathered and held."""
        if self._timer is not None:
            self._timer.cancel()
        if self._templates.changed:
            self._templates.save()
        with suppress(RuntimeError):
            while self._held:
                self._let_go(next(iter(self._held)))
        super().close()
