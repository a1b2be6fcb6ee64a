"""Events, findings and records such as the other rooms make them, and a clock that is moved by hand."""

from datetime import UTC, datetime, timedelta
from typing import Any

import orjson

from store.storage import open_storage
from vagt.clock import to_iso
from vagt.context import Context
from vagt.contracts.event import Event
from vagt.contracts.stage import Record
from vagt.ids import event_id

NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


class HandClock:
    """A clock that stands until it is moved."""

    def __init__(self, now: datetime = NOON) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def move(self, seconds: float) -> datetime:
        self.now += timedelta(seconds=seconds)
        return self.now


def files_of(context: Context) -> list[str]:
    """The paths of all segments that the archive's storage holds, named by the manifest or not."""
    return sorted(path for path, _ in open_storage(context.settings).files())


def make_event(number: int, tenant: str = "751", received: datetime = NOON, **fields: Any) -> Event:
    """An event of a firewall; `number` makes it different from the others, `fields` go into it as they are."""
    moment = received + timedelta(milliseconds=number)
    source, port = f"192.0.2.{number % 250}", 1024 + number % 60000
    head = f"<166>fw{number % 3} %ASA-6-302013: Built outbound TCP connection {number}"
    original = f"{head} for outside:{source}/{port} user u{number % 7}"
    return {
        "@timestamp": to_iso(moment),
        "ecs": {"version": "9.4.0"},
        "event": {
            "id": event_id(tenant, f"position-{number}", original.encode(), 0),
            "kind": "event",
            "category": ["network"],
            "type": ["connection", "start"],
            "code": "302013",
            "action": "firewall-rule" if number % 2 else "flow-created",
            "outcome": "success",
            "severity": 6,
            "dataset": "cisco.asa",
            "module": "cisco",
            "created": to_iso(moment),
            "ingested": to_iso(received),
            "original": original,
        },
        "source": {"ip": source, "address": source, "port": port},
        "destination": {"ip": "198.51.100.7", "port": 443},
        "network": {"transport": "tcp", "iana_number": "6"},
        "observer": {"hostname": f"fw{number % 3}", "name": f"fw{number % 3}", "vendor": "Cisco", "product": "asa"},
        "user": {"name": f"u{number % 7}"},
        "cisco": {"asa": {"message_id": "302013", "connection_id": str(number), "direction": "outbound"}},
        "related": {"ip": [source, "198.51.100.7"], "user": [f"u{number % 7}"], "hosts": [f"fw{number % 3}"]},
        "data_stream": {"type": "logs", "dataset": "cisco.asa", "namespace": tenant},
        "organization": {"id": tenant, "name": f"Kommune {tenant}"},
        **fields,
    }


def make_finding(number: int, tenant: str = "751", level: str = "high") -> Event:
    """A finding about user u1."""
    event = make_event(number, tenant)
    event["event"] |= {"kind": "alert", "dataset": "vagt.findings", "module": "vagt"}
    event["data_stream"] = {"type": "alerts", "dataset": "vagt", "namespace": tenant}
    event["rule"] = {"id": f"rule-{number % 2}", "name": "A rule"}
    event["vagt"] = {"finding": {"level": level, "entity": "user:u1", "events": ["one", "two"]}}
    return event


def event_record(event: Event, offset: int, topic: str = "events", partition: int = 0) -> Record:
    """`event` as it stands on the bus."""
    stamp = int(NOON.timestamp() * 1000) + offset
    key = f"{event['organization']['id']},fw".encode()
    return Record(topic, partition, offset, key, orjson.dumps(event), {}, stamp)


def event_records(numbers: range, tenant: str = "751", partition: int = 0) -> list[Record]:
    """Events with these numbers at offsets equal to them."""
    return [event_record(make_event(number, tenant), number, partition=partition) for number in numbers]
