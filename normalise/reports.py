"""Source reports of one batch: who sent, how much, how late, what was understood (`vagt/contracts/source_report.py`)."""

from datetime import datetime

import orjson

from normalise.seen import Seen
from vagt.clock import from_iso, to_iso
from vagt.contracts.event import Event
from vagt.contracts.raw import RawLog
from vagt.contracts.source_report import SourceReport
from vagt.contracts.stage import Message
from vagt.topics import SOURCE_REPORTS

SAMPLE_EVERY = 16  # whose fields are looked at: that costs some 10 us
LIVE = frozenset({"syslog+udp", "syslog+tcp", "syslog+tls", "gelf+udp", "gelf+tcp", "gelf+tls", "netflow+udp", "http", "kafka"})


class _Sender:
    __slots__ = ("bytes", "dead", "events", "last_event", "last_live", "last_received", "seen")

    def __init__(self, received: datetime) -> None:
        self.events = self.dead = self.bytes = 0
        self.last_event = ""
        self.last_received = received
        self.last_live: datetime | None = None
        self.seen: Seen | None = None


class Reports:
    """Collects a batch."""

    def __init__(self) -> None:
        self._senders: dict[tuple[str, str, str], _Sender] = {}
        self._counts: dict[str, int] = {}

    def add_events(self, raw: RawLog, events: list[Event], host: str) -> None:
        """Count the events (one at least) of one log under the host that the last of them names."""
        last = events[-1]
        source = last["event"]["dataset"]
        sender = self._sender(raw, source, host)
        sender.events += len(events)
        for event in events:
            self._look(sender, source, event)
        if last["@timestamp"] > sender.last_event:
            sender.last_event = last["@timestamp"]
        if raw.protocol in LIVE:
            sender.last_live = raw.received

    def _look(self, sender: _Sender, source: str, event: Event) -> None:
        count = self._counts.get(source, 0)
        self._counts[source] = count + 1
        is_sample = count % SAMPLE_EVERY == 0
        if is_sample or "vagt" in event:
            if sender.seen is None:
                sender.seen = Seen()
            sender.seen.add(event, is_sample=is_sample)

    def add_dead(self, raw: RawLog) -> None:
        """Count a dead letter under the sender."""
        self._sender(raw, raw.source or "unknown", raw.peer).dead += 1

    def _sender(self, raw: RawLog, source: str, host: str) -> _Sender:
        key = (raw.tenant, source, host)
        sender = self._senders.get(key)
        if sender is None:
            sender = self._senders[key] = _Sender(raw.received)
        sender.bytes += len(raw.body)
        if raw.received > sender.last_received:
            sender.last_received = raw.received
        return sender

    def messages(self) -> list[Message]:
        """One record per sender, keyed by tenant and source."""
        return [_message(*key, sender) for key, sender in self._senders.items()]


def _message(tenant: str, source: str, host: str, sender: _Sender) -> Message:
    skew = None
    if sender.last_live is not None and sender.last_event:
        # the latest event against the latest receipt: a backlog ends in the present, a wrong clock does not
        skew = abs((sender.last_live - from_iso(sender.last_event)).total_seconds())
    report: SourceReport = {
        "tenant": tenant,
        "source": source,
        "host": host,
        "events": sender.events,
        "dead": sender.dead,
        "bytes": sender.bytes,
        "last_event": sender.last_event or to_iso(sender.last_received),
        "last_received": to_iso(sender.last_received),
        "skew_seconds": skew,
    }
    if sender.seen is not None:
        sender.seen.put_in(report)
    return Message(SOURCE_REPORTS, f"{tenant}|{source}".encode(), orjson.dumps(report))
