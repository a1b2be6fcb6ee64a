"""Source reports of one batch: who sent, how much, how late (`vagt/contracts/source_report.py`)."""

from datetime import datetime

import orjson

from vagt.clock import from_iso, to_iso
from vagt.contracts.event import Event
from vagt.contracts.raw import RawLog
from vagt.contracts.source_report import SourceReport
from vagt.contracts.stage import Message
from vagt.topics import SOURCE_REPORTS

LIVE = frozenset({"syslog+udp", "syslog+tcp", "syslog+tls", "http", "kafka"})


class _Sender:
    __slots__ = ("bytes", "dead", "events", "last_event", "last_live", "last_received")

    def __init__(self, received: datetime) -> None:
        self.events = self.dead = self.bytes = 0
        self.last_event = ""
        self.last_received = received
        self.last_live: datetime | None = None


class Reports:
    """Collects a batch."""

    def __init__(self) -> None:
        self._senders: dict[tuple[str, str, str], _Sender] = {}

    def add_events(self, raw: RawLog, events: list[Event], host: str) -> None:
        """Count the events (one at least) of one log under the host that the last of them names."""
        last = events[-1]
        sender = self._sender(raw, last["event"]["dataset"], host)
        sender.events += len(events)
        if last["@timestamp"] > sender.last_event:
            sender.last_event = last["@timestamp"]
        if raw.protocol in LIVE:
            sender.last_live = raw.received

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


def host_of(event: Event) -> str | None:
    """The device or host that the event names."""
    for name in ("host", "observer"):
        machine = event.get(name)
        if machine is not None and (found := machine.get("name") or machine.get("hostname")):
            return str(found)
    return None


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
    return Message(SOURCE_REPORTS, f"{tenant}|{source}".encode(), orjson.dumps(report))
