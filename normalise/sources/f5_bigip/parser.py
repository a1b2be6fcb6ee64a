"""One BIG-IP record in, its ECS event out; what has no place stays under `f5.bigip.*`.

A daemon writes `<level> <process>[<pid>]: <message id>:<severity>: <text>`; modules write pairs, CEF or JSON of their own.
"""

import re
from datetime import tzinfo
from typing import Any

from normalise.cef import cef_from
from normalise.conform import shared_part
from normalise.pairs import read_pairs
from normalise.source import Source
from normalise.sources.f5_bigip.audit import add_audit
from normalise.sources.f5_bigip.daemons import add_daemon
from normalise.sources.f5_bigip.modules import add_asm, add_firewall, add_irule, add_requests, from_cef
from normalise.syslog_header import SyslogHeader, log_part, parse_header, structured_end
from normalise.text import decode
from vagt.contracts.event import Event
from vagt.contracts.raw import RawLog
from vagt.errors import NormaliseError

_LEVEL_WORDS = "emerg|alert|crit|err|error|warning|notice|info|debug"
_DAEMON = re.compile(r"(?:([a-z]{2,9}) )?([\w./-]{1,64})\[(\d{1,9})\]: (?:([0-9a-f]{8}):(\d):? ?)?")
_RECOGNISED = re.compile(
    rb"(?: (?:%b) [\w./-]{1,64}\[\d{1,9}\]: )|(?:\]: [0-9a-f]{8}:\d: )|(?: \d{1,9} [0-9a-f]{8}:\d:? )" % _LEVEL_WORDS.encode()
)
_LEVELS = {
    "emerg": "emergency", "alert": "alert", "crit": "critical", "err": "error", "error": "error", "warning": "warning",
    "notice": "notification", "info": "informational", "debug": "debug",
}  # fmt: skip
_BY_NUMBER = ("emergency", "alert", "critical", "error", "warning", "notification", "informational", "debug")
_is_cef = cef_from(b"F5|")
_LONGEST_TEXT = 65536


def recognise(body: bytes) -> bool:
    """A daemon's line with BIG-IP's level word or message id, or what one of its modules writes."""
    start = body[:2048]
    if b"CEF:" in start:
        return _is_cef(body)
    if b"f5_irule=" in start or b"[F5@12276" in start or b"ASM:unit_hostname=" in start or b" F5 - access_json - {" in start:
        return True
    return b"errdefs_msgno=" in start or _RECOGNISED.search(start, 0, 200) is not None


def parse(raw: RawLog, zone: tzinfo) -> list[Event]:
    """One event. Raises NormaliseError."""
    text, _ = decode(raw.body)
    text = text[:_LONGEST_TEXT]
    if "CEF:" in text[:1024]:
        return [from_cef(text, raw, zone)]
    at = text.find(",f5_irule=", 0, 256)
    if at >= 0 and "]: " in text[:at]:
        at = -1  # the audit of a change to such an iRule
    header = parse_header(f"{text[:at]} x" if at >= 0 else text, raw.received, zone)
    event: Event = {"event": {}}
    if header.time:
        event["@timestamp"] = header.time
    vendor: dict[str, Any] = {}
    level = None
    if at >= 0:
        add_irule(event, vendor, text[at + 1 :])
    else:
        level = _add_message(event, vendor, header)
    event["observer"] = shared_part("observer", _observer, _host(header, vendor))
    event["log"] = shared_part("log", log_part, level, header.priority)
    event["f5"] = {"bigip": vendor}
    return [event]


def _add_message(event: Event, vendor: dict[str, Any], header: SyslogHeader) -> str | None:
    """Read what stands behind the header; gives the level that the daemon says."""
    message = header.message
    if header.msgid == "access_json":
        add_requests(event, vendor, message)
        return None
    if header.structured and header.structured.startswith("[F5@"):
        return _add_structured(event, vendor, header)
    if header.app == "ASM" or message.startswith(("ASM:unit_hostname=", "unit_hostname=")):
        add_asm(event, vendor, message.removeprefix("ASM:"))
        return None
    at = message.find("[F5@12276", 0, 256)
    if at >= 0:
        structured = message[at : structured_end(message, at)]
        return _add_structured(event, vendor, header._replace(structured=structured, message=message[at + len(structured) :]))
    if "errdefs_msg_name=" in message and "acl_" in message:
        return add_firewall(event, vendor, read_pairs(message))
    # a header without a level word has taken the program and its process id for the tag
    line = message if header.app is None else f"{header.app}[{header.pid or 0}]: {message}"
    found = _DAEMON.match(line)
    if found is None:
        raise NormaliseError("neither a daemon's line (level, process, message id) nor the log of a BIG-IP module")
    level, process, pid, number, severity = found.groups()
    _add_daemon(event, vendor, process, pid, number, line[found.end() :])
    if severity is not None and severity in "01234567":
        return _BY_NUMBER[int(severity)]
    return _LEVELS.get(level or "")


def _add_structured(event: Event, vendor: dict[str, Any], header: SyslogHeader) -> str | None:
    """`[F5@12276 name="value" ...]`: AFM's events, and daemons whose publisher writes RFC 5424."""
    structured = header.structured or ""
    pairs = read_pairs(structured[structured.find(" ") + 1 : -1])
    if (
        "acl_policy_name" in pairs
        or pairs.get("device_product") == "Network Firewall"
        or "attack_id" in pairs
        or "source_ip" in pairs
    ):
        return add_firewall(event, vendor, pairs)
    number = pairs.get("errdefs_msgno") or header.msgid or ""
    vendor.update(pairs)
    text = header.message.strip()
    _add_daemon(event, vendor, header.app or "", header.pid or "", number[:8] or None, text)
    severity = number[9:10]
    return _BY_NUMBER[int(severity)] if severity and severity in "01234567" else None


def _add_daemon(event: Event, vendor: dict[str, Any], process: str, pid: str, number: str | None, text: str) -> None:
    inner = event["event"]
    if process:
        event["process"] = {"name": process}
        if pid.isdecimal() and len(pid) < 10:
            event["process"]["pid"] = int(pid)
    if number:
        inner["code"] = number
    event["message"] = text
    if not add_audit(event, inner, vendor, process, text):
        add_daemon(event, inner, vendor, process, number or "", text)


def _host(header: SyslogHeader, vendor: dict[str, Any]) -> str | None:
    """The name of the device: the header's without the blade, else what a module says."""
    host = header.host or vendor.get("hostname") or vendor.get("unit_hostname")
    return None if not host else str(host).rpartition("/")[2]


def _observer(host: str | None) -> dict[str, Any]:
    return {"vendor": "F5", "product": "BIG-IP", "type": "load_balancer", "name": host}


SOURCE = Source(
    id="f5.bigip",
    title="F5 BIG-IP",
    parse=parse,
    marks=(b"]: ", b"f5_irule=", b"[F5@", b"|F5|", b"unit_hostname=", b" F5 - access_json", b"errdefs_msgno="),
    recognise=recognise,
    rank=30,
    ordered=False,
)
