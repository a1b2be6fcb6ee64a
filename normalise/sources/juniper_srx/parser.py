"""One Junos record in, its ECS event out; attributes that are not mapped stay under `juniper.srx.*` by Juniper's names."""

import re
from datetime import tzinfo
from typing import Any, NamedTuple

from normalise.conform import shared_part
from normalise.pairs import read_pairs
from normalise.partly import partly
from normalise.placing import put
from normalise.source import Source
from normalise.sources.juniper_srx.fields import ABSENT, PLACES, Pairs, add_network, add_observer, add_risk, add_user, duration
from normalise.sources.juniper_srx.kinds import add_security
from normalise.sources.juniper_srx.plain import read_plain
from normalise.sources.juniper_srx.system import add_sshd, add_system
from normalise.syslog_header import parse_header, priority_fields, structured_end
from normalise.text import decode
from normalise.timestamps import from_iso_stamp
from vagt.contracts.event import Event
from vagt.contracts.raw import RawLog
from vagt.errors import NormaliseError

_LONGEST_HEADER = 1024
_TAG = re.compile(r"(?:%[A-Z0-9]+-\d-)?([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+):? ?")
_TAGS = (
    rb"RT(?:LOG)?_|UI_|APPTRACK_|IDP_|WEBFILTER_|AAMW_|SECINTEL_|SSHD_LOGIN|LOGIN_(?:FAILED|INFORMATION|PAM|ROOT)|SNMP_TRAP_LINK|"
    rb"SNMPD_|KMD_|RPD_|ESWD_|JSRPD_|FWAUTH_|DYNAMIC_VPN_|LIBJNX_|JADE_"
)
_PLAIN = re.compile(rb"(?:^|[ >])[\w.-]{1,64}(?:\[\d{1,9}\])?: (?:%[A-Z0-9]+-\d-)?(?:" + _TAGS + rb")[A-Z0-9_]*: ")
_NO_DATA = re.compile(rb">1 \S+ \S+ [\w.-]{1,64} (?:\d{1,9}|-) (?:" + _TAGS + rb")[A-Z0-9_]* - ")
_INTERFACE = re.compile(rb": EVENT <[^>]{1,64}> \S+ index \d+ <")


class Message(NamedTuple):
    """What a record says, however it came: `pairs` are the attributes of structured data, `text` is what stands behind them."""

    priority: int | None
    time: str | None
    host: str | None
    app: str | None
    pid: str | None
    tag: str
    pairs: Pairs
    text: str


def recognise(body: bytes) -> bool:
    """Structured data of Juniper's enterprise number, or a program and one of Junos' tags."""
    start = body[:_LONGEST_HEADER]
    return (
        b"[junos@" in start
        or _PLAIN.search(start) is not None
        or _NO_DATA.search(start) is not None
        or _INTERFACE.search(start) is not None
    )


def parse(raw: RawLog, zone: tzinfo) -> list[Event]:
    """One event. Raises NormaliseError."""
    text, _ = decode(raw.body)
    at = text.find("[junos@", 0, _LONGEST_HEADER)
    message = _structured(text, at, zone) if at > 0 else _unstructured(text, raw, zone)
    event: Event = {}
    inner: dict[str, Any] = {}
    event["event"] = inner
    if message.tag:
        inner["code"] = message.tag
    if message.time:
        event["@timestamp"] = message.time
    if message.priority is not None:
        event["log"] = shared_part("log", _log, message.priority)
    plain = None if message.pairs else read_plain(message.tag, message.text)
    pairs = message.pairs or plain or {}
    rest = put(event, {name: value for name, value in pairs.items() if value not in ABSENT}, PLACES)
    add_observer(event, rest, message.host)
    add_user(event, rest)
    add_network(event, rest)
    add_risk(inner, rest)
    if message.text and plain is None and "message" not in event:
        event["message"] = message.text
    _categorise(event, inner, message, rest)
    if message.app:
        rest["process"] = message.app
    if message.tag:
        rest["tag"] = message.tag
    event["juniper"] = {"srx": rest}
    return [event]


def _categorise(event: Event, inner: dict[str, Any], message: Message, rest: Pairs) -> None:
    if add_security(event, inner, message.tag, rest, duration(rest)):
        return
    _add_process(event, message)
    if message.tag:
        if not add_system(event, inner, message.tag, rest, message.text):
            inner["category"], inner["type"] = ["host"], ["info"]
            partly(event, f"message {message.tag[:48]}")
    elif not (message.app == "sshd" and add_sshd(event, inner, message.text)):
        inner["category"], inner["type"] = ["host"], ["info"]


def _add_process(event: Event, message: Message) -> None:
    process: dict[str, Any] = {"name": message.app} if message.app else {}
    if message.pid and message.pid.isdecimal() and len(message.pid) < 10:
        process["pid"] = int(message.pid)
    if process:
        event["process"] = process


def _structured(text: str, at: int, zone: tzinfo) -> Message:
    """`<14>1 STAMP HOST APP PID TAG [junos@2636.1.1.1.2.129 name="value" ...] text`, also behind a relay's header."""
    words = text[:at].split()
    if len(words) < 4:
        raise NormaliseError("no program and tag before the structured data [junos@...]")
    tag, pid, app = words[-1], words[-2], words[-3]
    host, stamp = words[-4], words[-5] if len(words) > 4 else ""
    end = structured_end(text, at)
    pairs = read_pairs(text[text.find(" ", at) + 1 : end - 1]) if " " in text[at:end] else {}
    digits = text[1 : text.find(">", 0, 6)] if text[:1] == "<" else ""
    priority = int(digits) if digits.isdecimal() and int(digits) <= 191 else None
    if stamp[-1:] == "Z" and "+" in stamp:  # some relays put a zone behind the zone
        stamp = stamp[:-1]
    time = from_iso_stamp(stamp, zone) if stamp[:4].isdecimal() and "T" in stamp else None
    app_, host_ = (None if app == "-" else app), (None if host == "-" else host)
    return Message(
        priority, time, host_, app_, None if pid == "-" else pid, tag if tag != "-" else "", pairs, text[end:].strip()
    )


def _unstructured(text: str, raw: RawLog, zone: tzinfo) -> Message:
    header = parse_header(text, raw.received, zone)
    found = _TAG.match(header.message)
    tag = header.msgid or (found[1] if found else "")
    message = header.message[found.end() :] if found else header.message
    app = header.app
    if app is None and not tag:
        raise NormaliseError("neither structured data [junos@...] nor a program with its message")
    return Message(header.priority, header.time, header.host, app, header.pid, tag, {}, message)


def _log(priority: int) -> dict[str, Any]:
    syslog = priority_fields(priority)
    level = syslog["severity"]["name"].lower()
    return {"level": "notification" if level == "notice" else level, "syslog": syslog}


SOURCE = Source(
    id="juniper.srx",
    title="Juniper SRX (Junos)",
    parse=parse,
    marks=(
        *(
            b"[junos@",
            b"RT_",
            b"RTLOG_",
            b"UI_",
            b"SSHD_LOGIN",
            b"LOGIN_",
            b"SNMP",
            b"KMD_",
            b"RPD_",
            b"ESWD_",
            b"EVENT <",
            b"IDP_",
        ),
        *(b"JSRPD_", b"FWAUTH_", b"LIBJNX_", b"DYNAMIC_VPN_", b"JADE_"),
    ),
    recognise=recognise,
    rank=20,
    ordered=False,
)
