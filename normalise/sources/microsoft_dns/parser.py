"""Records of the debug log of Windows' DNS server, or its events, to ECS; its own words stay under `microsoft.dns.*`."""

import re
from datetime import tzinfo
from typing import Any

from normalise.carried import carried, look, put_carrier, read_lines
from normalise.dns_fields import outcome_of, put_network
from normalise.microsoft.windows_dates import from_windows_stamp
from normalise.partly import partly
from normalise.source import Source
from normalise.sources.microsoft_dns.details import read_details
from normalise.sources.microsoft_dns.names import read_name
from normalise.sources.windows_eventlog.parser import parse as parse_windows
from normalise.sources.windows_eventlog.parser import recognise as is_windows
from vagt.contracts.event import Event
from vagt.contracts.raw import RawLog
from vagt.errors import NormaliseError

_CONTEXTS = (
    "PACKET|EVENT|DSPOLL|DSWRITE|UPDATE|NOTIFY|LOOKUP|RECURSE|REMOTE|TOMBSTN|PLUGIN|INIT|XFR|ZONEXFR|DEBUG|WARNING|ERROR|Note:"
)
_LINE = re.compile(
    r"(?P<date>\d{1,4}[/.-]\d{1,2}[/.-]\d{1,4}) (?P<clock>\d{1,2}[:.]\d\d[:.]\d\d)(?:[ \u00a0\u202f](?P<half>[AaPp][Mm]))? "
    rf"(?P<thread>[0-9A-F]{{3,8}}) (?P<context>{_CONTEXTS})\s+(?P<rest>\S.*)",
    re.ASCII,
)
_PACKET = re.compile(
    r"(?P<packet>[0-9A-Fa-f]{8,16}) (?P<proto>UDP|TCP) (?P<way>Snd|Rcv) (?P<ip>\S{2,64})\s{1,40}(?P<xid>[0-9a-f]{4}) "
    r"(?P<response>[R ]) "
    r"(?P<op>[QNU?]) \[(?P<hex>[0-9a-f]{4}) (?P<flags>[ ATDR]{0,8}) (?P<code>\w{3,12})\] (?P<type>\S{1,16})\s{1,16}"
    r"(?P<name>\S{1,2048})"
)
_HEADERS = ("DNS Server log file creation at", "Log file wrap at", "Message logging key", "\tField #", "\t-------", "\t ")
_INSIDE = re.compile(rf"(?<=\d )[0-9A-F]{{3,8}} (?:{_CONTEXTS})\s|(?<=[AaPp][Mm] )[0-9A-F]{{3,8}} (?:{_CONTEXTS})\s")
_BEGINNING = re.compile(
    r"\d{1,4}[/.-]\d|<\d|\{|[A-Z][a-z]{2} [ \d]\d \d\d:|DNS Server log file|Log file wrap|Message logging key", re.ASCII
)
_OPERATIONS = {"Q": "QUERY", "N": "NOTIFY", "U": "UPDATE"}
_FLAGS = {"A": "AA", "T": "TC", "D": "RD", "R": "RA"}
_ACTIONS = {
    ("Q", False): "dns-query",
    ("Q", True): "dns-answer",
    ("N", False): "notify",
    ("U", False): "dns-update",
    ("N", True): "notify-answer",
    ("U", True): "dns-update-answer",
}
_LONGEST = 8192


def parse(raw: RawLog, zone: tzinfo) -> list[Event]:
    """One event a record of the debug log; with details it is of many lines. Windows' events are read as `windows.eventlog`
    does. Raises NormaliseError."""
    if raw.body[:1] in b"{[<\xef" and is_windows(raw.body):
        return parse_windows(raw, zone)
    return [_event(record, raw, zone) for record in read_lines(raw, _begins)]


def _begins(line: str) -> bool:
    return _BEGINNING.match(line) is not None


def _event(text: str, raw: RawLog, zone: tzinfo) -> Event:
    first, _, below = text.partition("\n")
    record = carried(first, raw, zone) if not first[:1].isdigit() else None
    message = (first if record is None else record.message).rstrip()
    inner: dict[str, Any] = {"kind": "event", "category": ["network"], "type": ["info"]}
    event: Event = {"event": inner, "message": message}
    match = _LINE.match(message[:_LONGEST].lstrip())
    if match is not None:
        _read(event, inner, match, below, zone)
    elif message.startswith(_HEADERS):
        inner["action"] = "log-header"
    else:
        raise NormaliseError(
            "not the first line of a record: date, time, thread and context are wanted (see the README: multi-line)"
        )
    if record is not None:
        put_carrier(event, record)
    return event


def _read(event: Event, inner: dict[str, Any], line: re.Match[str], below: str, zone: tzinfo) -> None:
    date, clock, half, thread, context, rest = line.groups()
    event["@timestamp"] = from_windows_stamp(date, clock, half, zone)
    own: dict[str, Any] = {"thread": thread, "context": context.rstrip(":")}
    event["microsoft"] = {"dns": own}
    if context != "PACKET":
        return
    packet = _PACKET.match(rest)
    if packet is None:
        partly(event, "packet")
        return
    remote = _put_packet(event, inner, own, packet.groups())
    if below:
        read_details(event, remote, below.split("\n"))


def _put_packet(event: Event, inner: dict[str, Any], own: dict[str, Any], parts: tuple[str, ...]) -> str:
    """Gives which end the other machine is: who asks us is the source, whom we ask the destination."""
    packet, protocol, way, ip, xid, response, operation, bits, flags, code, kind, name = parts
    is_answer = response == "R"
    own |= {"packet": packet, "way": way, "flags": bits}
    inner.update(type=["protocol"], action=_ACTIONS.get((operation, is_answer), "dns-packet"))
    dns: dict[str, Any] = {"id": str(int(xid, 16)), "type": "answer" if is_answer else "query"}
    dns["question"] = {"name": read_name(name), "type": kind}
    if (word := _OPERATIONS.get(operation)) is not None:
        dns["op_code"] = word
    if header := [_FLAGS[letter] for letter in flags if letter in _FLAGS]:
        dns["header_flags"] = header
    if is_answer:
        dns["response_code"] = code
        inner["outcome"] = outcome_of(code)
    event["dns"] = dns
    remote = "source" if (way == "Rcv") != is_answer else "destination"
    event[remote] = {"address": ip, "ip": ip}
    put_network(event, protocol.lower(), ip)
    return remote


def recognise(body: bytes) -> bool:
    """A line of the debug log, or its header."""
    head = body[:_LONGEST].decode("latin-1").lstrip("\xef\xbb\xbf\r\n ")
    if head[:1].isdigit():
        return _LINE.match(head) is not None
    if head.startswith(_HEADERS[:3]):
        return True
    return _INSIDE.search(head, 0, 1024) is not None and _LINE.match(look(body).message.lstrip()) is not None


SOURCE = Source(
    id="microsoft.dns",
    title="DNS Server of Windows (debug log, analytic and audit events)",
    parse=parse,
    marks=(
        b" PACKET ", b" EVENT ", b" DSPOLL ", b" DSWRITE ", b" UPDATE ", b" NOTIFY ", b" LOOKUP ", b" RECURSE ", b" REMOTE "
        b"", b" TOMBSTN ",
        b" PLUGIN ", b" INIT ", b"DNS Server log file creation", b"Log file wrap at", b"Message logging key", b" Note: ",
    ),
    recognise=recognise,
    rank=22,
    framings=("file", "syslog", "http"),
    sender="host",
)  # fmt: skip
