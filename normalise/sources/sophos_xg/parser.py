"""One Sophos Firewall syslog record in, its ECS event out; the pairs that are not mapped stay under `sophos.xg.*`."""

from datetime import tzinfo
from typing import Any

from normalise.conform import shared_part
from normalise.pairs import read_pairs
from normalise.partly import partly
from normalise.placing import put
from normalise.source import Source
from normalise.sources.sophos_xg.fields import (
    PLACES,
    SIGNATURE_PLACES,
    Pairs,
    add_duration,
    add_network,
    add_observer,
    add_url,
    add_user,
    log_level,
)
from normalise.sources.sophos_xg.kinds import add_meaning
from normalise.syslog_header import ZONES, SyslogHeader, log_part, parse_header
from normalise.text import decode
from normalise.timestamps import from_iso_stamp
from vagt.contracts.event import Event
from vagt.contracts.raw import RawLog
from vagt.errors import NormaliseError

_LONGEST_HEADER = 1024
_LONGEST_TEXT = 65536
_STARTS = ('device="SFW"', 'device_name="SFW"')
_NO_HEADER = SyslogHeader(None, None, None, None, None, None, None, "")


def recognise(body: bytes) -> bool:
    """The device says that it is a Sophos firewall, and names a log id and type."""
    start = body[:4096]
    return (b'device="SFW"' in start or b'device_name="SFW"' in start) and b"log_id=" in start and b"log_type=" in start


def parse(raw: RawLog, zone: tzinfo) -> list[Event]:
    """One event. Raises NormaliseError."""
    text, _ = decode(raw.body)
    at = max(text.find(start, 0, _LONGEST_HEADER) for start in _STARTS)
    if at < 0:
        raise NormaliseError('no device="SFW": set the syslog format of the firewall to "Device standard format"')
    pairs = read_pairs(text[at : at + _LONGEST_TEXT])
    header = _header(text[:at], raw, zone)
    log_id = pairs.get("log_id", "")
    if not log_id or "log_type" not in pairs:
        raise NormaliseError("a Sophos Firewall message has log_id and log_type; this one lacks one of them")
    event: Event = {}
    inner: dict[str, Any] = {"code": log_id[7:] or log_id}
    event["event"] = inner
    moment = _moment(pairs, zone) or header.time
    if moment:
        event["@timestamp"] = moment
    severity = log_id[6:7]
    if severity.isdecimal():
        inner["severity"] = int(severity)
    event["log"] = shared_part("log", log_part, log_level(pairs), header.priority)
    rest = put(event, pairs, SIGNATURE_PLACES if "signature_id" in pairs else PLACES)
    add_observer(event, rest, header.host)
    add_network(event, rest)
    if "user_name" in rest or "user" in rest or "user_gp" in rest or "user_group" in rest:
        add_user(event, rest)
    if "url" in rest or "domain" in rest or "domainname" in rest:
        add_url(event, rest)
    seconds = add_duration(inner, rest)
    if not add_meaning(event, inner, rest, seconds):
        partly(event, f"log type {rest.get('log_type', '')[:40]}")
    event["sophos"] = {"xg": rest}
    return [event]


def _header(head: str, raw: RawLog, zone: tzinfo) -> SyslogHeader:
    if len(head) > 5:
        return parse_header(head, raw.received, zone)
    digits = head[1:-1]
    if head[:1] != "<" or not digits.isdecimal() or int(digits) > 191:
        return _NO_HEADER
    return _NO_HEADER._replace(priority=int(digits))


def _moment(pairs: Pairs, zone: tzinfo) -> str | None:
    """`timestamp` has its offset; `date` and `time` are in the zone that `timezone` names, or in the sender's."""
    stamp = pairs.pop("timestamp", "")
    if len(stamp) > 18:
        return from_iso_stamp(stamp, zone)
    date, time = pairs.pop("date", None), pairs.pop("time", None)
    name = pairs.pop("timezone", "")
    if date is None or time is None:
        return None
    if name[:1] in "+-" and name[1:3].isdecimal():
        return from_iso_stamp(f"{date}T{time}{name[:3]}{name[3:].replace(':', '')[:2] or '00'}", zone)
    return from_iso_stamp(f"{date}T{time}", ZONES.get(name, zone))


SOURCE = Source(
    id="sophos.xg",
    title="Sophos Firewall (XG, SFOS 17 to 21)",
    parse=parse,
    marks=(b'"SFW"',),
    recognise=recognise,
    rank=20,
    ordered=False,
)
