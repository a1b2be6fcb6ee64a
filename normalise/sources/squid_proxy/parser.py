"""A line of Squid's access.log or cache.log in, its ECS event out (https://www.squid-cache.org/Doc/config/logformat/)."""

import re
from datetime import tzinfo
from typing import Any

from normalise.access_log import access_event, read_access
from normalise.addresses import put_end
from normalise.carried import carried, look, put_carrier, read_lines
from normalise.conform import shared_part
from normalise.http_fields import outcome_of, target_fields
from normalise.source import Source
from normalise.timestamps import from_epoch, from_iso_stamp
from vagt.contracts.event import Event
from vagt.contracts.raw import RawLog
from vagt.errors import NormaliseError

# %ts.%03tu %6tr %>a %Ss/%03>Hs %<st %rm %ru %[un %Sh/%<a %mt
_NATIVE = re.compile(
    r"(\d{9,11}\.\d{3}) {1,7}(-?\d{1,15}) (\S+) ([A-Z_]{2,48})/(\d{3}) (\d{1,20}) "
    r"(\S+) (.+?) (\S+) ([A-Z_]{2,48})/(\S+) (\S+)(?: (.*))?",
    re.DOTALL,
)
_RESULT = re.compile(r"((?:TCP|UDP|NONE)[A-Z_]{0,40}):([A-Z_]{2,48})(?: (.*))?", re.DOTALL)
_CACHE = re.compile(r"(\d{4}/\d\d/\d\d \d\d:\d\d:\d\d(?:\.\d{1,6})?)(?: (kid\d{1,4}))?\| ?(.*)", re.DOTALL)
_ALERT_ENDS = re.compile(r"\blocal=\[?([0-9A-Fa-f.:]+?)\]?:(\d{1,5}) remote=\[?([0-9A-Fa-f.:]+?)\]?:(\d{1,5})")
_DENIED = ("TCP_DENIED", "UDP_DENIED")
_LOG_LEVELS = {"FATAL": "fatal", "ERROR": "error", "WARNING": "warning", "SECURITY ERROR": "error", "SECURITY ALERT": "alert"}


def parse(raw: RawLog, zone: tzinfo) -> list[Event]:
    """One event a line. Raises NormaliseError."""
    return [_parse_line(line, raw, zone) for line in read_lines(raw)]


def _parse_line(text: str, raw: RawLog, zone: tzinfo) -> Event:
    match = _NATIVE.fullmatch(text)
    if match is not None:
        event = _native(match)
        event["observer"] = shared_part("observer", _observer, None)
        return event
    record = carried(text, raw, zone)
    message = record.message.strip()
    if (match := _NATIVE.fullmatch(message)) is not None:
        event = _native(match)
    elif (match := _CACHE.fullmatch(message)) is not None:
        event = _cache(match, zone)
    else:
        event = _combined(message, zone)
    put_carrier(event, record)
    event["observer"] = shared_part("observer", _observer, record.host)
    return event


def _observer(host: str | None) -> dict[str, Any]:
    observer = {"vendor": "Squid", "product": "Proxy", "type": "proxy"}
    return observer if host is None else {**observer, "name": host, "hostname": host}


def _native(match: re.Match[str]) -> Event:
    stamp, took, client, result, status, size, method, target, user, hierarchy, peer, mime, more = match.groups()
    event = _request(from_epoch(stamp), result, status, hierarchy)
    if took[0] != "-":
        event["event"]["duration"] = int(took) * 1_000_000
    put_end(event, "source", client)
    if peer != "-":
        put_end(event, "destination", peer)
    _put_url(event, method, target)
    if user != "-":
        event["user"] = {"name": user}
    response = event["http"].setdefault("response", {})
    response["bytes"] = int(size)
    if mime != "-":
        response["mime_type"] = mime
    if more:
        event["squid"]["proxy"]["more"] = more
    return event


def _request(time: str, result: str, status: str, hierarchy: str) -> Event:
    denied = result.startswith(_DENIED)
    inner: dict[str, Any] = {"kind": "event", "category": ["web", "network"], "type": ["access"], "action": result}
    if not result.startswith("NONE"):  # else Squid had nothing that it could allow or deny
        inner["type"].append("denied" if denied else "allowed")
    if outcome := "failure" if denied else outcome_of(status):
        inner["outcome"] = outcome
    http: dict[str, Any] = {} if status == "000" else {"response": {"status_code": int(status)}}
    return {
        "@timestamp": time,
        "event": inner,
        "http": http,
        "squid": {"proxy": {"result_code": result, "hierarchy_code": hierarchy}},
    }


def _put_url(event: Event, method: str, target: str) -> None:
    if method != "-":
        event["http"]["request"] = {"method": method}
    if target.startswith("error:"):  # no request at all, or one that Squid could not read
        event["event"]["reason"] = target[6:]
        return
    if target == "-":
        return
    url = event["url"] = target_fields(method, target)
    if "domain" in url:
        event["server"] = {"domain": url["domain"]}


def _combined(message: str, zone: tzinfo) -> Event:
    access = read_access(message)
    result = _RESULT.fullmatch(access.more) if access is not None and access.more else None
    if access is None or result is None:
        raise NormaliseError("neither Squid's native, common or combined access log nor its cache.log")
    event = access_event(access, zone)
    squid = _request(event["@timestamp"], result[1], access.status, result[2])
    event["event"] = squid["event"]
    event["squid"] = squid["squid"]
    if "domain" in (url := event.get("url", {})):
        event["server"] = {"domain": url["domain"]}
    if result[3]:
        event["squid"]["proxy"]["more"] = result[3]
    return event


def _cache(match: re.Match[str], zone: tzinfo) -> Event:
    stamp, worker, message = match.groups()
    word = message.partition(":")[0]
    inner: dict[str, Any] = {"kind": "event", "category": ["web"], "type": ["error" if word in _LOG_LEVELS else "info"]}
    event: Event = {
        "@timestamp": from_iso_stamp(stamp.replace("/", "-"), zone),
        "event": inner,
        "message": message,
    }
    if word in _LOG_LEVELS:
        event["log"] = {"level": _LOG_LEVELS[word]}
    if worker:
        event["squid"] = {"proxy": {"worker": worker}}
    if word == "SECURITY ALERT":
        inner["kind"], inner["category"] = "alert", ["web", "intrusion_detection"]
        inner["action"] = "security-alert"
        inner["reason"] = message[16:].partition(" on local=")[0]
        if ends := _ALERT_ENDS.search(message[:4096]):
            put_end(event, "destination", ends[1], ends[2])
            put_end(event, "source", ends[3], ends[4])
    return event


_LOOKS_NATIVE = re.compile(rb"\d{9,11}\.\d{3} {1,7}-?\d{1,15} \S{1,255} (?:TCP|UDP|NONE)[A-Z_]{0,40}/\d{3} \d")
_LOOKS_COMBINED = re.compile(
    rb'" (?:TCP|UDP|NONE)[A-Z_]{0,40}:[A-Z_]{2,48}|(?:\d{3}|-) (?:\d{1,20}|-) (?:TCP|UDP|NONE)[A-Z_]{0,40}:[A-Z_]{2,48}'
)
_LOOKS_CACHE = re.compile(rb"\d{4}/\d\d/\d\d \d\d:\d\d:\d\d(?:\.\d{1,6})?(?: kid\d{1,4})?\| ")
_LONGEST_HEADER = 512


def recognise(body: bytes) -> bool:
    """A native line, a combined one with Squid's result and hierarchy behind it, or cache.log's stamp with its bar."""
    if _LOOKS_NATIVE.search(body, 0, _LONGEST_HEADER) is not None or _LOOKS_CACHE.search(body, 0, _LONGEST_HEADER) is not None:
        return True
    if _LOOKS_COMBINED.search(body) is None:
        return False
    access = read_access(look(body).message)
    return access is not None and access.more is not None and _RESULT.fullmatch(access.more) is not None


SOURCE = Source(
    id="squid.proxy",
    title="Squid (access.log, cache.log)",
    parse=parse,
    marks=(b"TCP_", b"HIER_", b"NONE", b"UDP_", b"| "),
    recognise=recognise,
    rank=30,
    framings=("syslog", "file"),
    sender="observer",
)
