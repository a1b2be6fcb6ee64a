"""Lines of an IIS log in, their ECS events out; what ECS has no field for stays under `iis.access.*` and `iis.error.*`."""

from datetime import tzinfo
from typing import Any

from normalise.addresses import put_end
from normalise.carried import carried, look, put_carrier
from normalise.conform import valid_ip
from normalise.http_fields import outcome_of
from normalise.microsoft.header_lines import FIELDS, Names, below_headers, header_event
from normalise.source import Source
from normalise.sources.microsoft_iis.columns import infer, named
from normalise.syslog_header import ZONES
from normalise.timestamps import from_iso_stamp
from normalise.urls import url_fields
from vagt.contracts.event import Event
from vagt.contracts.raw import RawLog
from vagt.errors import NormaliseError

# column -> iis.access.*; numbers are numbers
_VENDOR = {
    "cs(Cookie)": "cookie",
    "s-sitename": "site_name",
    "s-computername": "server_name",
    "x-session": "session",
    "x-fullpath": "full_path",
}
_VENDOR_NUMBERS = {"sc-substatus": "sub_status", "sc-win32-status": "win32_status"}
_W3C = ("#Fields: ", "#Software: Microsoft ", "#Version: ", "#Date: ")
_ERRORS = {"s-reason": "reason_phrase", "s-queuename": "queue_name", "s-siteid": "site_id", "streamid": "stream_id"}


def parse(raw: RawLog, zone: tzinfo) -> list[Event]:
    """One event for each line below the header lines. A record of header lines alone is one event that says so: which
    fields are logged was changed, or the log began anew. Raises NormaliseError."""
    lines, headers = below_headers(raw, named)
    events = [_parse_line(line, names, raw, zone) for line, names in lines]
    return events or [header_event(headers, _W3C, "web", "a W3C extended log file")]


def _parse_line(line: str, names: Names | None, raw: RawLog, zone: tzinfo) -> Event:
    words = line.split(" ")
    if names is not None and len(names) == len(words):
        return _event(dict(zip(names, words, strict=True)), zone)
    inferred = infer(words)
    if inferred is not None:
        return _event(dict(zip(inferred, words, strict=True)), zone)
    record = carried(line, raw, zone)
    words = record.message.split(" ")
    inferred = names if names is not None and len(names) == len(words) else infer(words)
    if inferred is None:
        raise NormaliseError("the columns of this line are none of IIS' usual choices: send it below its #Fields: line")
    event = _event(dict(zip(inferred, words, strict=True)), zone)
    put_carrier(event, record)
    return event


def _event(columns: dict[str, str], zone: tzinfo) -> Event:
    columns = {name: value for name, value in columns.items() if value != "-"}
    inner: dict[str, Any] = {"kind": "event", "category": ["network", "web"], "type": ["connection"]}
    event: Event = {"event": inner}
    if "date" in columns and "time" in columns:
        event["@timestamp"] = from_iso_stamp(f"{columns['date']}T{columns['time']}", ZONES["UTC"])
    status = columns.get("sc-status", "")
    if (outcome := outcome_of(status)) is not None:
        inner["outcome"] = outcome
    if (took := columns.get("time-taken", "")).isdecimal():
        inner["duration"] = int(took) * 1_000_000
    if "s-reason" in columns:
        inner["reason"] = columns["s-reason"]
    _put_ends(event, columns)
    _put_http(event, columns, status)
    if "cs-username" in columns:
        event["user"] = {"name": columns["cs-username"]}
    if "cs(User-Agent)" in columns:
        event["user_agent"] = {"original": columns["cs(User-Agent)"].replace("+", " ")}  # IIS writes a blank as `+`
    _put_vendor(event, columns)
    return event


def _put_ends(event: Event, columns: dict[str, str]) -> None:
    for name, address, port in (("source", "c-ip", "c-port"), ("destination", "s-ip", "s-port")):
        if address in columns:
            put_end(event, name, columns[address], columns.get(port))
        elif columns.get(port, "").isdecimal():
            event[name] = {"port": int(columns[port])}
    if "cs-host" in columns:
        event.setdefault("destination", {})["domain"] = columns["cs-host"].partition(":")[0]
    forwarded = columns.get("X-Forwarded-For") or columns.get("x-forwarded-for")
    if forwarded is not None and valid_ip(first := forwarded.partition(",")[0].strip("+ ")):
        event["network"] = {"forwarded_ip": first}


def _put_http(event: Event, columns: dict[str, str], status: str) -> None:
    http: dict[str, Any] = {}
    request: dict[str, Any] = {
        field: columns[name] for field, name in (("method", "cs-method"), ("referrer", "cs(Referer)")) if name in columns
    }
    response: dict[str, Any] = {}
    if status.isdecimal():
        response["status_code"] = int(status)
    for part, name in ((request, "cs-bytes"), (response, "sc-bytes")):
        if columns.get(name, "").isdecimal():
            part["bytes"] = int(columns[name])
    if request:
        http["request"] = request
    if response:
        http["response"] = response
    if (version := columns.get("cs-version", "")).startswith("HTTP/"):
        http["version"] = version[5:]
    if http:
        event["http"] = http
    _put_url(event, columns)


def _put_url(event: Event, columns: dict[str, str]) -> None:
    target = columns.get("cs-uri-stem", columns.get("cs-uri"))
    if target is not None:
        query = columns.get("cs-uri-query")
        url: dict[str, Any] = dict(url_fields(target))
        if query is not None:
            url |= {"original": f"{target}?{query}", "query": query}
        event["url"] = url
    if "cs-host" in columns:
        event.setdefault("url", {})["domain"] = columns["cs-host"].partition(":")[0]


def _put_vendor(event: Event, columns: dict[str, str]) -> None:
    access: dict[str, Any] = {field: columns[name] for name, field in _VENDOR.items() if name in columns}
    for name, field in _VENDOR_NUMBERS.items():
        if columns.get(name, "").isdecimal():
            access[field] = int(columns[name])
    vendor: dict[str, Any] = {}
    if access:
        vendor["access"] = access
    if error := {field: columns[name] for name, field in _ERRORS.items() if name in columns}:
        vendor["error"] = error
    if vendor:
        event["iis"] = vendor


_HEADERS = ("#Software: Microsoft Internet Information Services", "#Software: Microsoft HTTP")
_MINE = ("cs-uri-stem", "s-reason")


def recognise(body: bytes) -> bool:
    """IIS' header lines, or a line whose columns are one of the usual choices."""
    text = look(body).message
    if not text.startswith("#"):
        return text[:4].isdecimal() and infer(text.split(" ", 31)) is not None
    if text.startswith(_HEADERS):
        return True
    head = body[:4096].decode("utf-8", "replace")
    return any(line.startswith(FIELDS) and any(name in line for name in _MINE) for line in head.splitlines())


SOURCE = Source(
    id="microsoft.iis",
    title="IIS (W3C extended log files, HTTPERR)",
    parse=parse,
    marks=(b" GET ", b" POST ", b"#Fields: ", b"#Software: Microsoft", b" - "),
    recognise=recognise,
    rank=35,
    framings=("file", "syslog"),
    sender="host",
)
