"""One ArubaOS, Instant or AOS-CX record in, its ECS event out; what has no place stays under `aruba.wireless.*`.

`process[pid]: <message id> <pid> <SEVERITY> <host address> |category| text` ("ArubaOS Syslog Messages Reference"), and
`process pid - - Event|id|LOG_INFO|module|slot|text` (AOS-CX, "Event Log Message Reference Guide").
"""

import re
from datetime import tzinfo
from typing import Any

from normalise.conform import shared_part
from normalise.partly import partly
from normalise.source import Source
from normalise.sources.aruba_wireless.messages import add_message
from normalise.syslog_header import log_part, parse_header
from normalise.text import decode
from vagt.contracts.event import Event
from vagt.contracts.raw import RawLog
from vagt.errors import NormaliseError

_LEVELS = {
    "EMRG": "emergency", "ALRT": "alert", "CRIT": "critical", "ERRS": "error", "WARN": "warning", "NOTI": "notification",
    "INFO": "informational", "DBUG": "debug",
}  # fmt: skip
_SWITCH_LEVELS = {
    "LOG_EMER": "emergency", "LOG_ALERT": "alert", "LOG_CRIT": "critical", "LOG_ERR": "error", "LOG_WARN": "warning",
    "LOG_NOTICE": "notification", "LOG_INFO": "informational", "LOG_DEBUG": "debug",
}  # fmt: skip
_MESSAGE = re.compile(
    r"<(?P<id>\d{6})> (?:<\d{1,9}> )?<(?P<level>[A-Z]{4})> (?: ?AP:(?P<ap>[^\s<]{1,64})(?:@\S{1,64})? ?)?"
    r"(?:<(?P<host>[^\s<>]{1,128}) (?P<address>[^<>]{1,64})> ?)?\s*(?P<categories>(?:\|[^|\n]{1,96}\|\s*)*)(?P<text>.*)",
    re.DOTALL,
)
_SWITCH = re.compile(
    r"Event\|(?P<id>\d{1,6})\|(?P<level>LOG_[A-Z]{3,6})\|(?P<module>[^|]{0,16})\|(?P<slot>[^|]{0,16})\|(?P<text>.*)", re.DOTALL
)
_RECOGNISED = re.compile(
    rb"\]: <\d{6}> (?:<\d{1,9}> )?<(?:EMRG|ALRT|CRIT|ERRS|WARN|NOTI|INFO|DBUG)> | "
    rb"Event\|\d{1,6}\|LOG_[A-Z]{3,6}\|[^|]{0,16}\|[^|]{0,16}\|"
)
_LONGEST_TEXT = 32768


def recognise(body: bytes) -> bool:
    """A six-digit message id with one of ArubaOS' severities, or AOS-CX' `Event|id|LOG_...|`."""
    return _RECOGNISED.search(body, 0, 512) is not None


def parse(raw: RawLog, zone: tzinfo) -> list[Event]:
    """One event. Raises NormaliseError."""
    text, _ = decode(raw.body)
    header = parse_header(text[:_LONGEST_TEXT], raw.received, zone)
    event: Event = {}
    inner: dict[str, Any] = {}
    event["event"] = inner
    if header.time:
        event["@timestamp"] = header.time
    if header.app:
        event["process"] = {"name": header.app}
        if header.pid and header.pid.isdecimal() and len(header.pid) < 10:
            event["process"]["pid"] = int(header.pid)
    vendor: dict[str, Any] = {}
    if (found := _SWITCH.search(header.message)) is not None:
        kind, address, level = "switch", None, _SWITCH_LEVELS.get(found["level"])
        vendor |= {"module": found["module"], "slot": found["slot"]}
        name = header.host
    elif (found := _MESSAGE.match(header.message)) is not None:
        kind, address, level = "wireless_controller", found["address"], _LEVELS.get(found["level"])
        categories = [part.strip() for part in found["categories"].split("|") if part.strip()]
        if categories and categories[0].startswith("AP "):
            vendor["ap"], _, vendor["ap_address"] = categories.pop(0).split(" ")[1].partition("@")
        if categories:
            vendor["category"] = categories
        name = header.host or found["host"]
        if found["ap"]:
            kind, name, vendor["ap"] = "access_point", found["ap"], found["ap"]
    else:
        raise NormaliseError("no message id and severity as ArubaOS writes them, and no Event|...| of AOS-CX")
    number = found["id"]
    inner["code"] = number
    event["message"] = found["text"].strip()
    event["observer"] = shared_part("observer", _observer, kind, name, address)
    event["log"] = shared_part("log", log_part, level, header.priority)
    if not add_message(event, inner, vendor, number, event["message"], kind):
        partly(event, f"message {number}")
    event["aruba"] = {"wireless": {key: value for key, value in vendor.items() if value}}
    return [event]


def _observer(kind: str, name: str | None, address: str | None) -> dict[str, Any]:
    observer: dict[str, Any] = {
        "vendor": "Aruba",
        "product": "AOS-CX" if kind == "switch" else "ArubaOS",
        "type": kind,
        "name": name,
    }
    words = (address or "").split()
    if words and words[0].replace(".", "").isdecimal() and words[0].count(".") == 3:
        observer["ip"] = [words[0]]
    return observer


SOURCE = Source(
    id="aruba.wireless",
    title="Aruba wireless (ArubaOS, Instant) and AOS-CX",
    parse=parse,
    marks=(b"<EMRG>", b"<ALRT>", b"<CRIT>", b"<ERRS>", b"<WARN>", b"<NOTI>", b"<INFO>", b"<DBUG>", b" Event|"),
    recognise=recognise,
    rank=25,
)
