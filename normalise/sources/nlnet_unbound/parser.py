"""A line of Unbound, from syslog, the journal or its own file, to ECS; Unbound's words stay under `nlnet.unbound.*`."""

import re
from datetime import tzinfo
from typing import Any

from normalise.addresses import put_end
from normalise.carried import carried, look, put_carrier, read_lines
from normalise.conform import valid_ip
from normalise.dns_fields import bare_name, outcome_of, put_network, question
from normalise.partly import partly
from normalise.source import Source
from normalise.sources.syslog_generic.record import Record
from normalise.timestamps import from_bsd, from_epoch, from_iso_stamp, received_day
from vagt.contracts.event import Event
from vagt.contracts.raw import RawLog
from vagt.errors import NormaliseError

Fields = dict[str, Any]
_LEVELS = "fatal error|error|warning|notice|info|debug|query|reply"
# log file: `[1795338930] unbound[4711:0] info: text`, log-time-ascii and log-time-iso; syslog: `[4711:0] info: text`
_OWN = re.compile(
    r"(?:\[(?P<epoch>\d{9,11}(?:\.\d{1,6})?)\]|(?P<bsd>[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d)|(?P<iso>\d{4}-\d\d-\d\dT[\d:.,"
    r"]{8,15}(?:Z|[+-]\d\d:?\d\d)?)) "
    rf"unbound\[(?P<pid>\d{{1,10}}):(?P<thread>[0-9a-f]{{1,4}})\] (?P<level>{_LEVELS}): (?P<text>.*)",
    re.DOTALL,
)
_CARRIED = re.compile(rf"\[(?P<pid>\d{{1,10}}):(?P<thread>[0-9a-f]{{1,4}})\] (?P<level>{_LEVELS}): (?P<text>.*)", re.DOTALL)
_ACTION = re.compile(
    r"(?:rpz: applied (?:\[(?P<policy>[^\]]{1,128})\] )?)?(?P<zone>\S{1,1024}) (?P<action>[a-z][a-z_-]{2,40}) "
    r"(?P<ip>[0-9A-Fa-f.:]{2,45})@(?P<port>\d{1,5}) "
    r"(?P<name>\S{1,1024}) (?P<type>\S{1,16}) (?P<class>[A-Z0-9]{1,10})$"
)
_SERVFAIL = re.compile(
    r"(?:error: )?SERVFAIL <(?P<name>\S{1,1024}) (?P<type>\S{1,16}) (?P<class>\S{1,10})>: (?P<why>.{1,512})", re.DOTALL
)
_VALIDATION = re.compile(
    r"validation failure <?(?P<name>\S{1,1024}) (?P<type>[A-Z0-9]{1,16}) (?P<class>[A-Z]{2})>?(?:: (?P<why>.{1,512}))?",
    re.DOTALL,
)
_LIMIT = re.compile(
    r"(?:ip_)?ratelimit exceeded (?P<what>\S{1,1024}) (?P<limit>\d{1,9})(?: query (?P<name>\S{1,1024}) (?P<type>\S{1,16}) "
    r"\S{1,10})?(?: from (?P<ip>[0-9A-Fa-f.:]{2,45}))?"
)
_REFUSED = re.compile(r"(?:refused|dropped) query from (?:ip[46] )?(?P<ip>[0-9A-Fa-f.:]{2,45})(?: port (?P<port>\d{1,5}))?")
_CONTROL = re.compile(r"control cmd: +(?P<command>.{1,256})")
_ALLOWED = frozenset(
    (
        "transparent",
        "typetransparent",
        "inform",
        "always_transparent",
        "rpz-passthru",
        "rpz-disabled",
        "redirect",
        "static",
        "nodefault",
    )
)
_QUIET = (
    "start of service", "service stopped", "init module", "Restart of unbound", "server stats", "average recursion",
    "histogram", "[25%]", "lower(secs)",
    "generate keytag", "mesh", "query cached", "resolving ", "response for ", "reply from ", "query response was",
    "validated DS", "validated DNSKEY", "prime ",
    "failed to prime", "trust anchor", "implementation", "processing", "setup", "new control connection",
    "remote control connection", "module ", "notice",
)  # fmt: skip


def parse(raw: RawLog, zone: tzinfo) -> list[Event]:
    """One event a line. Raises NormaliseError."""
    return [_parse_line(line, raw, zone) for line in read_lines(raw)]


def _parse_line(text: str, raw: RawLog, zone: tzinfo) -> Event:
    match = _OWN.match(text)
    record = Record(None, None, None, None, text) if match else carried(text, raw, zone)
    if match is None:
        match = _CARRIED.match(record.message) if record.app == "unbound" else _OWN.match(record.message)
    if match is None:
        raise NormaliseError("not a line of Unbound: its process and thread ([4711:0]) and a level are wanted")
    found = match.groupdict()
    inner: Fields = {"kind": "event", "category": ["network"], "type": ["info"]}
    event: Event = {"event": inner, "message": found["text"], "process": {"name": "unbound", "pid": int(found["pid"])}}
    if (stamp := found.get("epoch")) is not None:
        event["@timestamp"] = from_epoch(stamp)
    elif (stamp := found.get("iso")) is not None:
        event["@timestamp"] = from_iso_stamp(stamp, zone)
    elif (stamp := found.get("bsd")) is not None:
        event["@timestamp"] = from_bsd(stamp, received_day(raw.received), zone)
    own: Fields = {"thread": found["thread"]}
    if found["level"] not in ("query", "reply"):
        event["log"] = {"level": found["level"]}
    if not _read(event, inner, own, found["text"]):
        partly(event, "message")
    event["nlnet"] = {"unbound": own}
    put_carrier(event, record)
    return event


def _read(event: Event, inner: Fields, own: Fields, text: str) -> bool:
    words = text.split(" ", 16)
    if words[0] in ("query:", "reply:"):  # an older way of log-tag-queryreply
        words = words[1:]
    if len(words) >= 4 and valid_ip(words[0]):
        return _lookup(event, inner, own, words)
    if (match := _ACTION.match(text[:4096])) is not None:
        return _local_action(event, inner, own, match)
    for pattern, action in ((_SERVFAIL, "dns-query-failed"), (_VALIDATION, "dnssec-validation")):
        if (match := pattern.match(text)) is not None:
            inner.update(type=["protocol"], action=action, outcome="failure")
            if match["why"]:
                inner["reason"] = match["why"]
            event["dns"] = {"question": question(match["name"], match["type"], match["class"])}
            event["dns"]["response_code"] = "SERVFAIL"
            put_network(event, None)
            return True
    return _other(event, inner, own, text[:4096])


def _lookup(event: Event, inner: Fields, own: Fields, words: list[str]) -> bool:
    """`ADDRESS NAME TYPE CLASS`, and of a reply `CODE SECONDS CACHED SIZE[ on KIND ADDRESS PORT]`."""
    ip, name, kind, klass, *rest = words
    event["source"] = {"address": ip, "ip": ip}
    dns: Fields = {"type": "query", "question": question(name, kind, klass)}
    event["dns"] = dns
    inner.update(type=["protocol"], action="dns-query")
    put_network(event, None, ip)
    if len(rest) < 4:
        return True
    code, seconds, cached, size = rest[:4]
    dns |= {"type": "answer", "response_code": code}
    inner.update(action="dns-answer", outcome=outcome_of(code))
    if seconds.replace(".", "", 1).isdecimal() and len(seconds) < 16:
        inner["duration"] = round(float(seconds) * 1_000_000_000)
    own["cached"] = cached == "1"
    if size.isdecimal() and len(size) < 8:
        event["destination"] = {"bytes": int(size)}
    if len(rest) >= 8 and rest[4] == "on":
        put_network(event, "udp" if rest[5] == "udp" else "tcp", ip)
        ours = event.pop("destination", {})
        put_end(event, "destination", rest[6], rest[7])
        event["destination"] = {**event.get("destination", {}), **ours}
    return True


def _local_action(event: Event, inner: Fields, own: Fields, match: re.Match[str]) -> bool:
    action = match["action"]
    passes = action in _ALLOWED
    is_policy = action.startswith("rpz-")
    inner.update(type=["allowed" if passes else "denied", "protocol"], action=action)
    inner["outcome"] = "success" if passes or is_policy else "failure"
    if is_policy:
        inner["category"] = ["network", "intrusion_detection"]
    put_end(event, "source", match["ip"], match["port"])
    put_network(event, None, match["ip"])
    event["dns"] = {"type": "query", "question": question(match["name"], match["type"], match["class"])}
    event["rule"] = {"name": bare_name(match["zone"])}
    if match["policy"]:
        event["rule"]["ruleset"] = match["policy"]
    own["local_action"] = action
    return True


def _other(event: Event, inner: Fields, own: Fields, text: str) -> bool:
    if (match := _LIMIT.match(text)) is not None:
        inner.update(type=["denied", "protocol"], action="rate-limit", outcome="failure")
        own["limit"] = int(match["limit"])
        if match["name"]:
            event["dns"] = {"question": question(match["name"], match["type"])}
        address = match["ip"] or match["what"]
        if valid_ip(address):
            event["source"] = {"address": address, "ip": address}
    elif (match := _REFUSED.search(text)) is not None:
        inner.update(type=["denied", "protocol"], action="query-denied", outcome="failure")
        put_end(event, "source", match["ip"], match["port"])
    elif (match := _CONTROL.match(text)) is not None:
        inner.update(category=["configuration"], action="control-command")
        own["command"] = match["command"]
    elif text.startswith(("start of service", "service stopped")):
        starts = text.startswith("start")
        inner.update(
            category=["process"], type=["start" if starts else "end"], action="server-started" if starts else "server-stopped"
        )
    else:
        return text.startswith(_QUIET)
    return True


def recognise(body: bytes) -> bool:
    """Its own log file's beginning, or the program's name with `[pid:thread] level:` behind it."""
    head = body[:4096].decode("latin-1")
    if _OWN.match(head):
        return True
    record = look(body)
    return (record.app == "unbound" and _CARRIED.match(record.message) is not None) or _OWN.match(record.message) is not None


SOURCE = Source(
    id="nlnet.unbound",
    title="Unbound (queries, replies, local zones, RPZ)",
    parse=parse,
    marks=(b"unbound",),
    recognise=recognise,
    rank=24,
    framings=("syslog", "file", "journal"),
    sender="host",
)
