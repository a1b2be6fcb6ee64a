"""A record of Snort in any of its alert formats to its events."""

import re
from collections.abc import Iterator
from datetime import tzinfo
from typing import Any

from normalise.json_records import read_records
from normalise.source import Source
from normalise.sources.snort_ids.event import alert_event
from normalise.sources.snort_ids.lines import RULE, Fields, read_alert
from normalise.sources.snort_ids.moments import STAMP
from normalise.sources.snort_ids.tables import expand, read_row
from normalise.syslog_header import SyslogHeader, parse_header, priority_fields
from normalise.text import decode
from vagt.contracts.event import Event
from vagt.contracts.raw import RawLog
from vagt.errors import NormaliseError

_LONGEST_START = 2048
_LONGEST_DOCUMENT = 65536
_JSON = re.compile(r'rule\\?"\s*:\s*\\?"\d{1,10}:\d{1,10}:\d{1,10}\\?"')
_JSON_MARKS = ("pkt_gen", "pkt_num", "src_ap", "b64_data", "dst_ap", "pkt_len", "eth_src")
_CSV = re.compile(r"\d\d/\d\d(?:/\d\d)?-\d\d:\d\d:\d\d\.\d{6} ?,")
_CSV_RULE = re.compile(r", ?\d{1,10}:\d{1,10}:\d{1,10}, ?[a-z_]+$|^[^,]+,\d{1,10},\d{1,10},\d{1,10},")
_FULL = re.compile(r"(?m)^(?=\[\*\*\] \[\d)")


def parse(raw: RawLog, zone: tzinfo) -> list[Event]:
    """One event an alert. Raises NormaliseError for what is none."""
    text, _ = decode(raw.body)
    if "{" in text[:_LONGEST_START] and _JSON.search(text, 0, _LONGEST_DOCUMENT):
        head = text[: text.index("{")].lstrip()
        sensor = _header(head, raw, zone).host if head else None
        documents = read_records(raw.body, _is_alert, "an alert of Snort")
        return [alert_event(expand(dict(one)), raw.received, zone, sensor) for one in documents]
    events = [_text_event(part, raw, zone) for part in _parts(text)]
    if not events:
        raise NormaliseError("no alert of Snort in the record")
    return events


def recognise(body: bytes) -> bool:
    """Snort names a rule by three numbers, in a form of its own."""
    text = body[:_LONGEST_START].decode("utf-8", "replace")
    match = RULE.search(text)
    if match is not None:
        head, rest = text[: match.start()], text[match.end() :]
        return head.rstrip().endswith("[**]") or ("[Priority: " in rest and (" -> " in rest or "snort" in head))
    if _JSON.search(text):
        return "msg" in text and any(mark in text for mark in _JSON_MARKS)
    return _CSV.match(text) is not None and _CSV_RULE.search(text.partition("\n")[0].rstrip()) is not None


def _is_alert(document: dict[str, Any]) -> bool:
    return isinstance(document.get("rule"), str) and document["rule"].count(":") == 2


def _parts(text: str) -> Iterator[str]:
    """The alerts of a record: lines, or (full format) blocks that begin with `[**]`."""
    if "\n" not in text.strip():
        yield text.strip()
        return
    if _FULL.match(text.lstrip()):
        yield from (part.rstrip() for part in _FULL.split(text) if part.strip())
        return
    yield from (line.strip() for line in text.splitlines() if line.strip())


def _text_event(text: str, raw: RawLog, zone: tzinfo) -> Event:
    if _CSV.match(text):
        return alert_event(read_row(text), raw.received, zone, None)
    fields = read_alert(text)
    if fields is None:
        raise NormaliseError("no alert of Snort: it names no rule as [gid:sid:rev]")
    head = text[: RULE.search(text).start()] if not STAMP.match(text) else ""  # type: ignore[union-attr]
    if not head or head.startswith("["):
        return alert_event(fields, raw.received, zone, None)
    return _with_header(fields, head, raw, zone)


def _with_header(fields: Fields, head: str, raw: RawLog, zone: tzinfo) -> Event:
    header = _header(STAMP.split(head)[0] if STAMP.search(head) else head, raw, zone)
    event = alert_event(fields, raw.received, zone, header.host)
    if "@timestamp" not in event and header.time is not None:
        event["@timestamp"] = header.time
    if header.priority is not None:
        event["log"] = {"syslog": priority_fields(header.priority)}
    if header.pid is not None and header.pid.isdecimal():
        event["process"] = {"pid": int(header.pid), "name": header.app}
    return event


def _header(head: str, raw: RawLog, zone: tzinfo) -> SyslogHeader:
    return parse_header(head + "-", raw.received, zone)


SOURCE = Source(
    id="snort.ids",
    title="Snort 2 and 3 alerts (and Suricata's fast.log)",
    parse=parse,
    marks=(b"[**]", b"[Priority: ", b'"rule"', b'\\"rule\\"', b", C2S,", b", S2C,", b", UNK,", b" ,1,", b" ,3,"),
    recognise=recognise,
    rank=20,
    ordered=False,
    framings=("file", "syslog", "http"),
    sender="observer",
)
