"""One record of a UniFi device or console in, its event out; UniFi's own words stay under `ubiquiti.unifi.*`.

Devices: `U7PG2,788a2056b182,v4.0.66.10832: program[pid]: text`, also `788a2056b182,U7PG2-4.0.66+10832: ...`; consoles: CEF.
"""

import re
from datetime import tzinfo
from typing import Any

from normalise.carried import carried, put_carrier, read_lines
from normalise.conform import shared_part
from normalise.device_heads import device_head, log_fields
from normalise.placing import mac
from normalise.source import Source
from normalise.sources.linux_auth.pam import PAM_WORDS, read_pam
from normalise.sources.linux_auth.parser import PROGRAM_READERS
from normalise.sources.linux_netfilter import parser as netfilter
from normalise.sources.ubiquiti_unifi.cef import is_cef, read_line
from normalise.sources.ubiquiti_unifi.models import kind_of
from normalise.sources.ubiquiti_unifi.radios import read_radio
from normalise.timestamps import received_day
from vagt.contracts.event import Event
from vagt.contracts.raw import RawLog
from vagt.errors import NormaliseError

# a model has dashes too (`USW-Pro-24`, `USW-Flex-2.5G-8`, `UPS TOWER`): the version begins at the first `1.2.3` behind a dash
_VERSION = r"\d{1,4}\.\d{1,4}\.\d{1,4}[\w.+-]{0,32}"
_DEVICE = re.compile(
    r"(?:(?P<host>[^\s,\"():]{1,64}) )?[\"(]{0,2}(?:(?P<model>[\w-]{2,24}),(?P<mac>[0-9a-f]{12}),v?(?P<version>[\w.+-]{3,40})"
    rf"|(?P<mac2>[0-9a-f]{{12}}),(?P<model2>\w[\w. -]{{1,40}}?)-(?P<version2>{_VERSION}))[\")]{{0,2}}:? +"
)
_PROGRAM = re.compile(r"(?:: )*(?P<name>[\w./-]{1,48})(?:\[(?P<pid>\d{1,10})\])?: ?(?P<text>.*)", re.DOTALL)
# some daemons write their name once more: `stahtd: stahtd[2786]: text`
_AGAIN = re.compile(r"(?P<name>[\w./-]{1,48}): ?(?=(?P=name)\[\d{1,10}\]: )")
_LINK = re.compile(r"(?:TRAPMGR: )?Link (?P<what>Up|Down): (?P<port>\S{1,32})", re.IGNORECASE)
# a gateway writes its name twice: `udm-01 udm-01 sshd[5]: text`
_TWICE = re.compile(
    r"(?P<head>(?:<\d{1,3}> ?)?[A-Z][a-z]{2} [ \d]?\d \d\d:\d\d:\d\d (?P<host>[\w.-]{1,64})) (?P=host) "
    r"(?=[\w./-]{1,48}(?:\[\d{1,10}\])?: )"
)
# relays write ISO 8601; small switches (USW-Flex, USW-Ultra) and power supplies no time at all
_STAMPED = re.compile(r"(?:<\d{1,3}> ?)?(?:[A-Z][a-z]{2} [ \d]?\d \d\d:\d\d:\d\d |\d{4}-\d\d-\d\dT[\d:.+Z-]{8,26} )?")


def parse(raw: RawLog, zone: tzinfo) -> list[Event]:
    """One event for each line. Raises NormaliseError."""
    return [event for line in read_lines(raw) for event in _parse_line(line, raw, zone)]


def _parse_line(line: str, raw: RawLog, zone: tzinfo) -> list[Event]:
    if is_cef(line):
        return [read_line(line, raw, zone)]
    if " SRC=" in line and netfilter.recognise(body := line.encode("utf-8", "replace")):
        return netfilter.parse(raw._replace(body=body), zone)  # the gateway's firewall
    start = _STAMPED.match(line)
    device = _DEVICE.match(line, start.end() if start else 0)
    if start is None or device is None:
        return [_console(line, raw, zone)]
    head = device_head(start[0], received_day(raw.received), zone)
    event: Event = {"event": {}}
    if head.time:
        event["@timestamp"] = head.time
    event["observer"] = shared_part(
        "observer", _observer, device["host"], device["model"] or device["model2"], device["mac"] or device["mac2"],
        device["version"] or device["version2"],
    )  # fmt: skip
    log = shared_part("log", log_fields, head.priority, None)
    if log:
        event["log"] = log
    _read_message(event, line[device.end() :].strip())
    return [event]


def _read_message(event: Event, message: str) -> None:
    vendor: dict[str, Any] = {}
    program = _PROGRAM.match(_AGAIN.sub("", message, count=1) if _AGAIN.match(message) else message)
    text, name = (program["text"], program["name"]) if program else (message, "")
    if name:
        process: dict[str, Any] = {"name": name}
        if program is not None and program["pid"]:
            process["pid"] = int(program["pid"])
        event["process"] = process
    event["message"] = text.strip()
    _read_text(event, name, event["message"], vendor)
    if vendor:
        event["ubiquiti"] = {"unifi": vendor}


def _read_text(event: Event, program: str, text: str, vendor: dict[str, Any]) -> None:
    inner = event["event"]
    if read_radio(event, text, vendor):
        return
    reader = PROGRAM_READERS.get(program)
    if text.startswith(("pam_", *PAM_WORDS)) and read_pam(event, text, program):
        return
    if reader is not None:
        reader(event, text)
    if match := _LINK.search(text[:256]):
        inner.update(category=["network"], type=["info"], action=f"link_{match['what'].lower()}")
        vendor["port"] = match["port"]
    if "category" not in inner:
        inner["category"], inner["type"] = ["host"], ["info"]


def _console(line: str, raw: RawLog, zone: tzinfo) -> Event:
    """A gateway's own programs, where the source is named. Raises NormaliseError for what has no program."""
    record = carried(_TWICE.sub(r"\g<head> ", line, count=1), raw, zone)
    if record.app is None:
        raise NormaliseError("neither CEF of Ubiquiti nor a UniFi device's model, address and version")
    event: Event = {"event": {}, "message": record.message.strip()}
    vendor: dict[str, Any] = {}
    _read_text(event, record.app, event["message"], vendor)
    if vendor:
        event["ubiquiti"] = {"unifi": vendor}
    put_carrier(event, record)
    return event


def _observer(host: str | None, model: str, hardware: str, version: str) -> dict[str, Any]:
    written = mac(hardware)
    found: dict[str, Any] = {
        "vendor": "Ubiquiti", "product": model, "version": version, "name": host or written, "type": kind_of(model),
        "mac": [written] if written else [],
    }  # fmt: skip
    return {name: value for name, value in found.items() if value}


_TIME = rb"(?:[A-Z][a-z]{2} [ \d]?\d \d\d:\d\d:\d\d |\d{4}-\d\d-\d\dT[\d:.+Z-]{8,26} )"
_NAME = rb"(?:[^\s,\"():]{1,64} )?"
_BODY = re.compile(
    rb"(?:<\d{1,3}> ?)?(?:"
    + _TIME + _NAME + rb"[\"(]{0,2}[\w-]{2,24},[0-9a-f]{12},v?\d[\w.+-]{2,40}[\")]{0,2}:? |"
    + _TIME + b"?" + _NAME + rb"[0-9a-f]{12},\w[\w. -]{1,40}?-\d{1,4}\.\d{1,4}\.\d{1,4}[\w.+-]{0,32}:? )"
)  # fmt: skip
_CEF = re.compile(rb"(?:CEF: ?[01]|\A[01])\|Ubiquiti\|")


def recognise(body: bytes) -> bool:
    """CEF of Ubiquiti, model, hardware address and version of a UniFi device, or a gateway's name twice; no packets."""
    if _CEF.search(body, 0, 1024) is not None:
        return True
    named = _BODY.match(body) is not None or _TWICE.match(body[:512].decode("utf-8", "replace")) is not None
    return named and not netfilter.recognise(body)


SOURCE = Source(
    id="ubiquiti.unifi",
    title="Ubiquiti UniFi (access points, switches, gateways, Network, OS)",
    parse=parse,
    marks=(b"|Ubiquiti|", b",v", b",U", b"Dream-Machine", b"UDM", b"UCG", b"UXG", b"UDR", b"udm"),
    recognise=recognise,
    rank=25,
)
