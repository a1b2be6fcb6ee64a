"""A syslog line of dhcpd in, its ECS event out; dhcpd's own words stay under `isc.dhcpd.*`."""

from datetime import tzinfo
from typing import Any

from normalise.carried import carried, look, put_carrier, read_lines
from normalise.conform import valid_ip
from normalise.isc.dhcpd import read_dhcpd
from normalise.partly import partly
from normalise.source import Source
from normalise.sources.syslog_generic.record import Record
from vagt.contracts.event import Event
from vagt.contracts.raw import RawLog
from vagt.errors import NormaliseError

_PROGRAMS = frozenset(("dhcpd", "dhcpd6", "isc-dhcp-server", "dhcpd4", "dhcpdv6"))


def parse(raw: RawLog, zone: tzinfo) -> list[Event]:
    """One event a line. Raises NormaliseError."""
    return [_parse_line(line, raw, zone) for line in read_lines(raw)]


def _parse_line(text: str, raw: RawLog, zone: tzinfo) -> Event:
    record = behind_address(carried(text, raw, zone))
    if record.app not in _PROGRAMS:
        raise NormaliseError("not a line of dhcpd: its name is not in the syslog header")
    message = record.message.strip()
    event: Event = {"event": {}, "message": message}
    own: dict[str, Any] = {}
    if not read_dhcpd(event, own, message):
        partly(event, "message of dhcpd")
    if own:
        event["isc"] = {"dhcpd": own}
    put_carrier(event, record)
    return event


def behind_address(record: Record) -> Record:
    """A record whose header has the sender's address once more before the program: `ns01 10.0.0.1 dhcpd[5]: text`."""
    if record.app is None or " " not in record.app:
        return record
    word, _, name = record.app.partition(" ")
    return record._replace(app=name) if valid_ip(word) else record


def recognise(body: bytes) -> bool:
    """The program in the syslog header or the journal's entry is dhcpd."""
    return behind_address(look(body)).app in _PROGRAMS


SOURCE = Source(
    id="isc.dhcpd",
    title="ISC DHCP server (dhcpd)",
    parse=parse,
    marks=(b"dhcpd", b"isc-dhcp-server"),
    recognise=recognise,
    rank=22,
    framings=("syslog", "file", "journal"),
    sender="host",
)
