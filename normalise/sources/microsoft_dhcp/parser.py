"""Lines of DhcpSrvLog-*.log and DhcpV6SrvLog-*.log to ECS; what it has no field for stays under `microsoft.dhcp.*`."""

import re
from datetime import tzinfo
from ipaddress import AddressValueError, IPv4Address
from typing import Any

from normalise.carried import carried, look, put_carrier, read_lines
from normalise.leases import put_client
from normalise.microsoft.windows_dates import from_windows_stamp
from normalise.partly import partly
from normalise.source import Source
from normalise.sources.microsoft_dhcp.events import EVENTS, QUARANTINE, Meaning
from normalise.sources.windows_eventlog.objects import account
from vagt.contracts.event import Event
from vagt.contracts.raw import RawLog
from vagt.errors import NormaliseError

# by position: the names in the header line are in the language of Windows
_IPV4 = (
    "id", "date", "time", "description", "ip", "host", "mac", "user", "transaction_id", "quarantine_result", "probation_time",
    "correlation_id", "dhcid", "vendor_class_hex", "vendor_class", "user_class_hex", "user_class", "relay_agent_information",
    "dns_registration_error",
)  # fmt: skip
_IPV6 = (
    "id", "date", "time", "description", "ip", "host", "error_code", "duid_length", "duid", "user", "dhcid", "subnet_prefix",
)  # fmt: skip
_MAPPED = frozenset(("id", "date", "time", "description", "ip", "host", "mac", "user", "duid_length"))
_START = re.compile(r"(?P<id>\d{1,5}),(?P<date>\d{1,2}/\d{1,2}/\d{2,4}),(?P<clock>\d{1,2}[:.]\d\d[:.]\d\d),", re.ASCII)
_HEADER = re.compile(r"(?:ID|Id),(?:Date|Dato),|\s{0,8}Microsoft DHCP(?:v6)?[ -]")
_FIRST_V6 = 1000  # ids of IPv4 have two digits
_FULL = frozenset((14, 22, 11009))
_ROGUE = (*range(50, 100), 1103)
_UPDATE = 30
_ANYWHERE = re.compile(rb"(?<!\d)\d{1,5},\d{1,2}/\d{1,2}/\d{2,4},\d{1,2}[:.]\d\d[:.]\d\d,")


def parse(raw: RawLog, zone: tzinfo) -> list[Event]:
    """One event a line of the log; header lines before them are passed over, a record of header lines alone is one event.

    Raises NormaliseError."""
    events: list[Event] = []
    headers: list[str] = []
    for line in read_lines(raw):
        event = _parse_line(line, raw, zone)
        if event is None:
            headers.append(line)
        else:
            events.append(event)
    return events or [_header_event(headers)]


def _header_event(lines: list[str]) -> Event:
    if not any(_HEADER.match(line) for line in lines):
        raise NormaliseError("no line of a DHCP server's audit log: an event id, a date and a time are wanted")
    inner = {"kind": "event", "category": ["configuration"], "type": ["info"], "action": "log-header"}
    return {"event": inner, "message": "\n".join(lines)}


def _parse_line(line: str, raw: RawLog, zone: tzinfo) -> Event | None:
    match, record = _START.match(line), None
    if match is None:
        record = carried(line, raw, zone)
        match = _START.match(record.message)
        if match is None:
            return None
        line = record.message
    columns = line.split(",")
    number = int(match["id"])
    event = _event(number, dict(zip(_IPV6 if number >= _FIRST_V6 else _IPV4, map(str.strip, columns), strict=False)))
    event["@timestamp"] = from_windows_stamp(match["date"], match["clock"], None, zone, american=True)
    if record is not None:
        put_carrier(event, record)
    return event


def _event(number: int, columns: dict[str, str]) -> Event:
    known = EVENTS.get(number)
    action, outcome, category, kind = known or Meaning("")
    inner: dict[str, Any] = {"kind": "event", "category": [category], "type": [kind], "code": str(number)}
    event: Event = {"event": inner, "message": columns.get("description", "")}
    if action:
        inner["action"] = action
    else:
        partly(event, f"event id {number}")
    if outcome:
        inner["outcome"] = outcome
    if outcome == "failure":
        inner["reason"] = columns.get("description", "")
    own: dict[str, Any] = {name: value for name, value in columns.items() if value and name not in _MAPPED}
    _put_who(event, own, number, columns)
    if (user := account(columns.get("user"))) is not None:
        event["user"] = user
    if (result := own.get("quarantine_result")) is not None:
        own["quarantine_result"] = QUARANTINE.get(result, result)
    if own:
        event["microsoft"] = {"dhcp": own}
    return event


def _put_who(event: Event, own: dict[str, Any], number: int, columns: dict[str, str]) -> None:
    """The client; of a full scope the address is the scope's, of the search for other servers the name is a domain's."""
    ip, host = columns.get("ip", ""), columns.get("host", "")
    if number in _FULL:
        own["scope"], ip = ip, ""
    elif number in _ROGUE:
        if host:
            own["domain"] = host
        host = ""
    elif number == _UPDATE and ip.count(".") == 3:
        written, ip = ip, _of_update(ip)
        if not ip:
            own["update_address"] = written
    put_client(event, ip, columns.get("mac"), host if host != "BAD_ADDRESS" else None)


def _of_update(written: str) -> str:
    """The address of a request for an update, which may be as in the reverse zone: the way round that alone is private."""
    turned = ".".join(reversed(written.split(".")))
    private = [ip for ip in dict.fromkeys((written, turned)) if _is_private(ip)]
    return private[0] if len(private) == 1 else ""


def _is_private(ip: str) -> bool:
    try:
        return IPv4Address(ip).is_private
    except AddressValueError:
        return False


def recognise(body: bytes) -> bool:
    """An id, an American date, a time and a column more; or the header of such a file."""
    head = body[:4096].decode("latin-1").lstrip("\xef\xbb\xbf\r\n")
    match = _START.match(head)
    if match is not None:
        return int(match["id"]) in EVENTS and head.partition("\n")[0].count(",") >= 5
    if _HEADER.match(head) is not None and ("DHCP" in head or head[:3].upper() == "ID,"):
        return head[:3].upper() != "ID," or head.count(",") >= 8
    if _ANYWHERE.search(body, 0, 1024) is None:
        return False
    message = look(body).message
    match = _START.match(message)
    return match is not None and int(match["id"]) in EVENTS and message.count(",") >= 5


SOURCE = Source(
    id="microsoft.dhcp",
    title="DHCP Server of Windows (audit log files of IPv4 and IPv6)",
    parse=parse,
    marks=(b",,", b"ID,Date,Time", b"Dato", b"Microsoft DHCP"),
    recognise=recognise,
    rank=26,
    framings=("file", "syslog"),
    sender="host",
)
