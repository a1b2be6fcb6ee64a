"""A record of Zeek (one or more lines of JSON or TSV) in, its ECS events out; Zeek's own fields stay under `zeek.<log>.*`."""

from collections.abc import Iterator
from datetime import tzinfo
from typing import Any, NamedTuple

from normalise.conform import shared_part
from normalise.partly import partly
from normalise.source import Source
from normalise.sources.zeek_logs.documents import flat, load, unwrap
from normalise.sources.zeek_logs.kinds import log_of_fields, log_of_path
from normalise.sources.zeek_logs.logs import LOGS, OTHER
from normalise.sources.zeek_logs.network import Record, put_ends
from normalise.sources.zeek_logs.stamps import zeek_time
from normalise.sources.zeek_logs.tsv import Header, is_header, read_header, read_line
from normalise.syslog_header import parse_header
from normalise.text import decode
from vagt.contracts.event import Event, set_field
from vagt.contracts.raw import RawLog
from vagt.errors import NormaliseError

_LONGEST_START = 1024  # a syslog header before the object
_ABOUT_THE_RECORD = ("_path", "_system_name", "_write_ts", "@stream", "@system", "@proc")
_MARKS = (b"id.orig_h", b"id_orig_h", b'"_path"', b'"@stream"', b'"ts":', b'"ts" :', b'\\"ts\\":', b"#fields")


class Found(NamedTuple):
    """A record, the log that it is of (None: not told) and the sensor."""

    log: str | None
    record: Record
    sensor: str | None


def parse(raw: RawLog, zone: tzinfo) -> list[Event]:
    """One event a line. Raises NormaliseError for what is no record of Zeek, and for a TSV line without its header."""
    events = [_event(found) for found in _read(raw, zone)]
    if not events:
        raise NormaliseError("a header of Zeek's TSV without a line below it")
    return events


def recognise(body: bytes) -> bool:
    """A TSV header of Zeek; or an object whose log is told by Zeek's own names, with a time of Zeek."""
    if body.startswith(b"#"):
        return b"#fields\t" in body and b"\n" in body
    if b"{" not in body[:_LONGEST_START]:
        return False
    try:
        document, _, _ = unwrap(load(_object(body.partition(b"\n")[0])))
    except (NormaliseError, RecursionError):
        return False
    if document.get("@proc") in ("zeek", "bro") and "@stream" in document:
        return True
    if "event_type" in document or not _is_time(document.get("ts")):
        return document.get("_path") == "loaded_scripts" and isinstance(document.get("name"), str)
    if "_path" in document and log_of_path(str(document["_path"])) in LOGS:
        return True
    return log_of_fields(frozenset(flat(document))) is not None


def _is_time(value: Any) -> bool:
    if isinstance(value, str):
        return "T" in value[:11] and value[:4].isdecimal()
    return type(value) is float or (type(value) is int and value > 0)


def _object(body: bytes) -> bytes:
    start = body.find(b"{", 0, _LONGEST_START)
    if start < 0:
        raise NormaliseError("neither JSON nor TSV with its header: Zeek must write JSON (LogAscii::use_json)")
    return body[start:] if start else body


def _named(document: dict[str, Any]) -> str | None:
    for name in ("_path", "@stream"):
        if isinstance(found := document.get(name), str) and found:
            return found
    return None


def _read(raw: RawLog, zone: tzinfo) -> Iterator[Found]:
    body = raw.body
    if body.startswith((b"#", b"\xef\xbb\xbf#")):
        yield from _read_tsv(decode(body)[0])
        return
    if b"\n" not in body:
        yield _read_json(body, raw, zone)
        return
    if body.lstrip().startswith(b"{") and body.rstrip().endswith(b"}") and b"}\n{" not in body.replace(b"\r", b""):
        yield _read_json(body, raw, zone)  # one object that is written over several lines
        return
    for line in body.splitlines():
        if line.strip():
            yield _read_json(line, raw, zone)


def _read_tsv(text: str) -> Iterator[Found]:
    lines: list[str] = []
    header: Header | None = None
    for line in text.split("\n"):
        line = line.removesuffix("\r")
        if is_header(line):
            if header is not None:
                lines, header = [], None
            lines.append(line)
        elif line:
            header = header or read_header(tuple(lines))
            yield Found(log_of_path(header.path) if header.path else None, read_line(line, header), None)


def _read_json(body: bytes, raw: RawLog, zone: tzinfo) -> Found:
    whole = _object(body)
    host, path = None, None
    if len(whole) != len(body) and not body.startswith(b"\xef\xbb\xbf"):
        syslog = parse_header(decode(body[: len(body) - len(whole)])[0] + "{", raw.received, zone)
        host, path = syslog.host, syslog.app
    document, shipped_path, shipped_host = unwrap(load(whole))
    record = flat(document)
    log = _log_of(document, shipped_path or path, record)
    sensor = document.get("_system_name") or document.get("@system")
    for name in _ABOUT_THE_RECORD:
        record.pop(name, None)
    return Found(log, record, sensor if isinstance(sensor, str) else shipped_host or host)


def _log_of(document: dict[str, Any], path: str | None, record: Record) -> str | None:
    if named := _named(document):
        return log_of_path(named)
    if path is not None and (log := log_of_path(path)) in LOGS:
        return log
    return log_of_fields(frozenset(record))


def _event(found: Found) -> Event:
    log, record, sensor = found
    if log is None:
        log = log_of_fields(frozenset(record))
    if log is None and "ts" not in record:
        raise NormaliseError("no record of Zeek: it names no log, and has the fields of none")
    kind = LOGS.get(log or "", OTHER)
    event: Event = {}
    if "ts" in record:
        event["@timestamp"] = zeek_time(record.pop("ts"))
    inner: dict[str, Any] = {"kind": kind.kind, "category": list(kind.category), "type": list(kind.types)}
    event["event"] = inner
    network = put_ends(event, record, kind.transport)
    if kind.protocol is not None:
        network["protocol"] = kind.protocol
    kind.add(event, inner, record, network)
    if network:
        event["network"] = network
    event["observer"] = shared_part("observer", _observer, sensor)
    event["zeek"] = _zeek(log, record)
    if kind is OTHER:
        partly(event, f"log {log}" if log else "log")
    return event


def _observer(sensor: str | None) -> dict[str, Any]:
    observer = {"vendor": "Zeek", "product": "Zeek", "type": "ids"}
    return observer if sensor is None else observer | {"name": sensor, "hostname": sensor}


def _zeek(log: str | None, record: Record) -> dict[str, Any]:
    """`zeek.session_id` (the connection's `uid`; of files and leases all of them) and the rest of the record under its log."""
    session = record.pop("uid", None) or record.pop("uids", None) or record.pop("conn_uids", None)
    own: dict[str, Any] = record
    if any("." in name for name in record):
        own = {}
        for name, value in record.items():
            set_field(own, name, value)
    zeek: dict[str, Any] = {} if session is None else {"session_id": session}
    if log in LOGS:
        zeek[str(log)] = own
    else:
        zeek["other"] = {"log": log, "fields": own} if log else {"fields": own}
    return zeek


SOURCE = Source(
    id="zeek.logs",
    title="Zeek (all logs, JSON and TSV), Corelight",
    parse=parse,
    marks=_MARKS,
    recognise=recognise,
    rank=20,
    ordered=False,
    framings=("file", "http", "syslog"),
    sender="observer",
)
