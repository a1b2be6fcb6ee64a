"""A syslog line of a NIOS appliance in, its ECS event out; NIOS' own words stay under `infoblox.nios.*`."""

import re
from datetime import tzinfo
from typing import Any

from normalise.carried import carried, look, put_carrier, read_lines
from normalise.cef import cef_from
from normalise.conform import shared_part
from normalise.isc.dhcpd import read_dhcpd
from normalise.isc.named import read_named
from normalise.partly import partly
from normalise.source import Source
from normalise.sources.infoblox_nios.audit import LINE, read_audit
from normalise.sources.infoblox_nios.threats import read_own_line, read_threat
from normalise.sources.isc_bind.parser import NAMES, take_stamp
from normalise.sources.isc_dhcpd.parser import behind_address
from normalise.sources.syslog_generic.programs import describe
from normalise.sources.syslog_generic.record import Record
from vagt.contracts.event import Event
from vagt.contracts.raw import RawLog

_DHCP = frozenset(("dhcpd", "dhcpdv6", "dhcpd6"))


def parse(raw: RawLog, zone: tzinfo) -> list[Event]:
    """One event a line. Raises NormaliseError."""
    return [_parse_line(line, raw, zone) for line in read_lines(raw)]


def _parse_line(text: str, raw: RawLog, zone: tzinfo) -> Event:
    if "|" in text and _CEF(text[:4096].encode("utf-8", "replace")):
        return read_threat(text, raw, zone)
    record = behind_address(carried(text, raw, zone))
    program = (record.app or "").lstrip("-")
    event: Event = {"event": {"kind": "event"}}
    own: dict[str, Any] = {}
    message = record.message.strip().removeprefix(": ")
    if program == "named" or (not program and message.startswith("client ")):
        category, _, rest = message.partition(": ")
        if category in NAMES:
            own["category"] = category
        message, time = take_stamp(rest if category in NAMES else message, zone)
        if time is not None:
            event["@timestamp"] = time
        if not read_named(event, own, message):
            partly(event, "message of named")
    elif program in _DHCP:
        if not read_dhcpd(event, own, message):
            partly(event, "message of dhcpd")
    elif (match := LINE.match(message)) is not None:
        read_audit(event, own, match)
    elif program == "threat-protect-log":
        message = read_own_line(event, message)
        event["event"].update(category=["intrusion_detection"], type=["info"])
    elif program:
        event["process"] = {"name": program}
        describe(program, message, event)
    else:
        partly(event, "line without a program")
    event["message"] = message
    if own:
        event["infoblox"] = {"nios": own}
    put_carrier(event, record._replace(app=program or None))
    _put_observer(event, record)
    return event


def _put_observer(event: Event, record: Record) -> None:
    """The appliance is who observes; it is no host of its own."""
    event.pop("host", None)
    known = shared_part("observer", _observer, record.host)
    event["observer"] = {**known, **event["observer"]} if "observer" in event else known


def _observer(name: str | None) -> dict[str, str]:
    found = {"vendor": "Infoblox", "product": "NIOS"}
    return {**found, "name": name, "hostname": name} if name else found


_CEF = cef_from(b"Infoblox|")
_BODY = re.compile(
    rb"(?<!\w)named\[\d{1,10}\]: (?:infoblox-responses: (?:\w{1,16}: )?)?(?:\d\d-[A-Z][a-z]{2}-\d{4} [\d:.]{8,12} )?"
    rb"(?:client \S{2,80}(?: \S{2,80})?(?: \(\S{0,1024}\))?:? (?:UDP|TCP): query: "
    rb"|Recursion (?:cache view|client quota))"
    rb"|(?<!\S)threat-protect-log(?:\[\d{1,10}\])?: "
    rb"|(?<!\S)-?serial_console(?:\[\d{1,10}\])?: "
    rb"|(?<!\S)(?:httpd|python|sshd)(?:\[\d{1,10}\])?: \d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3}Z \[[^\]\n]{1,128}\]: [A-Z]"
    rb"|(?<!\S)dhcpd\[\d{1,10}\]: r-l-e:"
)
_LOOKED_AT = 2048


def recognise(body: bytes) -> bool:
    """What only NIOS writes: answers in the query log, the audit log, threat protection, lease history, its own CEF."""
    if _BODY.search(body, 0, _LOOKED_AT) is not None or _CEF(body):
        return True
    return b'"' in body[:2] and (look(body).app or "").lstrip("-") in ("serial_console", "threat-protect-log")


SOURCE = Source(
    id="infoblox.nios",
    title="Infoblox NIOS (DNS, DHCP, audit, threat protection)",
    parse=parse,
    marks=(
        b"Infoblox|",
        b"threat-protect-log",
        b"serial_console",
        b"Z [",
        b": query: ",
        b"Recursion c",
        b"r-l-e:",
        b"infoblox-responses",
    ),
    recognise=recognise,
    rank=18,
    framings=("syslog",),
)
