"""The step of normalise: records of `raw.*` in; events, dead letters and source reports out."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import orjson

from normalise.enrichment.enriching import Enrichment
from normalise.envelope import Parsed, complete
from normalise.registry import source_for, sources
from normalise.reports import LIVE, Reports
from normalise.senders import host_of
from normalise.text import is_noise
from vagt.bus.dead import dead_letter
from vagt.clock import Clock, to_iso
from vagt.contracts.event import Event
from vagt.contracts.raw import RawLog, raw_from_headers, sender_of
from vagt.contracts.stage import Message, Outputs, Record
from vagt.errors import NormaliseError, SettingsError
from vagt.settings.normalise import NormaliseSettings
from vagt.tenants import Tenants
from vagt.topics import EVENTS, MAX_RECORD_BYTES, split_raw_topic

_AHEAD = timedelta(days=1)
_BEHIND = timedelta(days=7)
_TOGETHER, _TOGETHER_BYTES = 64, 48 * 1024  # logs that go through the envelope step by step; of larger ones fewer
_SALT_LENGTH = 2  # of base 32: 1,024 salts


class Moment(NamedTuple):
    """One batch's time: when it is normalised, and the bounds outside which an event's clock cannot be right (ISO 8601)."""

    ingested: str
    earliest: str
    latest: str


def moment(now: datetime) -> Moment:
    """The batch's time at `now`."""
    return Moment(to_iso(now), to_iso(now - _BEHIND), to_iso(now + _AHEAD))


@dataclass(frozen=True, slots=True)
class Normaliser:
    """What a batch is normalised with: the settings' zones, the tenants' names, the clock, what is added to events."""

    settings: NormaliseSettings
    tenants: Tenants
    clock: Clock
    enrichment: Enrichment

    def events(self, raw: RawLog) -> list[Event]:
        """The events of one log. Raises NormaliseError."""
        (log,) = self.normalised([raw], moment(self.clock()))
        if log.error is not None:
            raise log.error
        return log.events

    def normalised(self, raws: Sequence[RawLog], at: Moment) -> Iterator[Parsed]:
        """Every log of a batch, in order, with its events or the error that makes a dead letter of it; flags events whose
        clock cannot be right (`vagt.clock_skewed`)."""
        for some in _portions(raws):
            logs = [self._parsed(raw) for raw in some]
            complete(logs, at.ingested, self.tenants.name, self.enrichment.add)
            for log in logs:
                earliest = at.earliest if log.raw.protocol in LIVE else ""
                for event in log.events:
                    if not earliest <= event["@timestamp"] <= at.latest:
                        event.setdefault("vagt", {})["clock_skewed"] = True
            yield from logs

    def _parsed(self, raw: RawLog) -> Parsed:
        log = Parsed(raw)
        body = raw.body
        try:
            if len(body) > self.settings.max_record_bytes:
                raise NormaliseError(f"record of {len(body)} bytes is over the limit of {self.settings.max_record_bytes}")
            if is_noise(body):
                raise NormaliseError("binary noise: more control bytes than a log has")
            source, detected = source_for(raw.source, body)
            log.parse(source, detected, self._zone(raw.tenant, source.id))
        except NormaliseError as error:
            log.fail(error)
        except RecursionError:
            log.fail(NormaliseError("nested too deeply"))
        return log

    def _zone(self, tenant: str, source: str) -> tzinfo:
        zones = self.settings.timezones
        if not zones:
            return zone(self.settings.timezone)
        return zone(zones.get(f"{tenant}/{source}") or zones.get(source) or self.settings.timezone)


def _portions(raws: Sequence[RawLog]) -> Iterator[Sequence[RawLog]]:
    """Parts of a batch, so large that a step's code pays for being fetched, so small that what it works on stays near."""
    start = size = 0
    for number, raw in enumerate(raws):
        size += len(raw.body)
        if number - start == _TOGETHER or (size > _TOGETHER_BYTES and number > start):
            yield raws[start:number]
            start, size = number, len(raw.body)
    if start < len(raws):
        yield raws[start:]


@lru_cache(maxsize=1024)
def zone(name: str) -> tzinfo:
    """The IANA time zone of that name. Raises SettingsError."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        raise SettingsError(f"normalise.timezone: {name!r} is no IANA time zone (as Europe/Copenhagen)") from None


def raw_of(record: Record) -> RawLog:
    """The log in a record of `raw.*`; one that came straight from a shipper has its place on the bus as position."""
    tenant, source = split_raw_topic(record.topic)
    headers = record.headers
    if "position" in headers:
        return raw_from_headers(tenant, source, record.value, headers)
    received = datetime.fromtimestamp(record.timestamp / 1000, UTC)
    position = f"{record.topic}-{record.partition}-{record.offset}"
    return RawLog(tenant, source, record.value, received, "kafka", sender_of(record.key), position)


def make_step(normaliser: Normaliser) -> Callable[[Sequence[Record]], Outputs]:
    """The pure step over one batch."""

    def step(records: Sequence[Record]) -> Outputs:
        messages: list[Message] = []
        reports = Reports()
        now = normaliser.clock()
        normaliser.enrichment.refresh(now)
        # a source's logs one after the other, for the caches' sake; those of one topic stay in their order
        by_source = sorted(((raw_of(record), record) for record in records), key=lambda pair: pair[0].source or "")
        logs = normaliser.normalised([raw for raw, _ in by_source], moment(now))
        for (_, record), log in zip(by_source, logs, strict=True):
            raw, events = log.raw, log.events
            error: Exception | None = log.error
            if error is None:
                try:
                    hosts = [host_of(event) or raw.peer for event in events]
                    messages += [_event_message(raw, event, host) for event, host in zip(events, hosts, strict=True)]
                except (NormaliseError, orjson.JSONEncodeError) as fault:
                    error = fault
            if error is not None:
                messages.append(dead_letter("normalise", str(error), record, raw.tenant, raw.source))
                reports.add_dead(raw)
            elif events:
                reports.add_events(raw, events, hosts[-1])
        messages.extend(reports.messages())
        return Outputs(messages)

    return step


def _event_message(raw: RawLog, event: Event, host: str) -> Message:
    value = orjson.dumps(event)
    if len(value) > MAX_RECORD_BYTES:
        raise NormaliseError(f"the event of {len(value)} bytes is over the bus's limit of {MAX_RECORD_BYTES}")
    return Message(EVENTS, _event_key(raw.tenant, host, event["event"]), value)


def _event_key(tenant: str, host: str, inner: Event) -> bytes:
    """Tenant and host, whose events stay in order; of a source that needs none, the beginning of the event's id behind
    them spreads one big firewall over the partitions, the same event always to the same."""
    if sources()[inner["dataset"]].ordered:
        return f"{tenant}|{host}".encode()
    return f"{tenant}|{host}|{inner['id'][:_SALT_LENGTH]}".encode()
