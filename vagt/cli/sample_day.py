"""A small municipality's day out of our own samples, for a machine that has no readable logs: raw logs that end now.

A line of `vagt/data/sample_day/<source>.log` is the time within the day, a blank, and the log; `{stamp}` in the log
becomes that time as its source writes it. All of it belongs to the tenant `sample` and says so in its position.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from importlib.resources import files

from vagt.bus.protocol import Bus
from vagt.context import Context
from vagt.contracts.raw import RawLog, raw_headers
from vagt.contracts.stage import Message
from vagt.tenants import SAMPLE
from vagt.topics import raw_topic

STAMPS = {
    "cisco.asa": "%Y-%m-%dT%H:%M:%SZ",
    "fortinet.fortigate": 'date=%Y-%m-%d time=%H:%M:%S tz="+0000"',
    "linux.auth": "%Y-%m-%dT%H:%M:%S+00:00",
    "suricata.eve": "%Y-%m-%dT%H:%M:%S.%f+0000",
    "syslog.generic": "%Y-%m-%dT%H:%M:%S+00:00",
    "windows.eventlog": "%Y-%m-%dT%H:%M:%S.000Z",
}
_OFFSET = len("09:15:30 ")


def sample_logs(now: datetime) -> Iterator[RawLog]:
    """All logs of the day in the order of time; the last of them is received at `now` (aware UTC, whole seconds)."""
    end = now.replace(microsecond=0)
    lines = sorted(_lines())
    begin = end - lines[-1][0]
    for offset, source, number, log in lines:
        moment = begin + offset
        body = log.replace("{stamp}", moment.strftime(STAMPS[source])).encode()
        yield RawLog(SAMPLE, source, body, moment, "replay", SAMPLE, f"{_position(now)}{source}:{number}")


def _lines() -> Iterator[tuple[timedelta, str, int, str]]:
    """Time within the day, source, the line's number and the log."""
    folder = files("vagt").joinpath("data/sample_day")
    for source in STAMPS:
        for number, line in enumerate(folder.joinpath(f"{source}.log").read_text(encoding="utf-8").splitlines(), 1):
            hours, minutes, seconds = map(int, line[: _OFFSET - 1].split(":"))
            yield timedelta(hours=hours, minutes=minutes, seconds=seconds), source, number, line[_OFFSET:]


def _position(now: datetime) -> str:
    return f"{SAMPLE}:{now:%Y-%m-%d}:"


def replay_sample_day(context: Context, bus: Bus) -> int:
    """Write the day to the bus; gives how many logs. A source that was written today already is left out, so that a
    second start does not double it. Raises DependencyError."""
    now = context.clock()
    done = {topic for topic in bus.topics() if topic.startswith(f"raw.{SAMPLE}.") and _is_written(bus, topic, now)}
    messages = [_message(raw) for raw in sample_logs(now)]
    wanted = [message for message in messages if message.topic not in done]
    producer = bus.producer()
    try:
        for message in wanted:
            producer.send(message)
        producer.flush()
    finally:
        producer.close()
    return len(wanted)


def _message(raw: RawLog) -> Message:
    return Message(raw_topic(raw.tenant, raw.source), raw.peer.encode(), raw.body, raw_headers(raw))


def _is_written(bus: Bus, topic: str, now: datetime) -> bool:
    """Whether the last record of some partition is of today's replay; the bus takes a topic's records whole."""
    last = [record for place, offset in bus.next_offsets(topic).items() if offset for record in bus.read(place, offset - 1, 1)]
    return any(record.headers["position"].startswith(_position(now)) for record in last)
