"""Records of NPS' accounting files (IN*.log) to ECS: XML (DTS compliant), database-compatible (ODBC) and IAS format.

The attributes stay under the names that NPS gives them in `microsoft.nps.attributes`.
"""

import csv
import re
from datetime import tzinfo
from html import unescape
from typing import Any

from normalise.carried import carried, look, put_carrier, read_lines
from normalise.conform import valid_ip
from normalise.microsoft.windows_dates import from_windows_stamp
from normalise.partly import partly
from normalise.radius_fields import put_attributes, put_packet, put_user
from normalise.source import Source
from normalise.sources.microsoft_nps.codes import ATTRIBUTES, COLUMNS, PACKETS, REASONS, STATUSES
from vagt.contracts.event import Event
from vagt.contracts.raw import RawLog
from vagt.errors import NormaliseError

Attributes = dict[str, str]
_ELEMENT = re.compile(r'<([A-Za-z][\w-]{1,63}) data_type="\d{1,2}">([^<]{0,8192})</')
_DATE = r"\d{1,2}/\d{1,2}/\d{4}"
_ODBC = re.compile(rf'"[^",]{{1,255}}","(?:IAS|NPS|RAS)",{_DATE},\d\d:\d\d:\d\d,\d{{1,3}},')
_IAS = re.compile(rf'(?:"?[0-9A-Fa-f.:]{{2,45}}"?),(?:"[^"]{{0,512}}"|[^,]{{0,512}}),{_DATE},\d\d:\d\d:\d\d,(?:IAS|NPS|RAS),')
_XML = re.compile(r'<Event><Timestamp data_type="4">')
_FRAME = ("Timestamp", "Record-Date", "Record-Time", "Computer-Name", "Service-Name", "Event-Source", "Class")
_SPELLINGS = {"Fully-Qualifed-User-Name": "Fully-Qualified-User-Name"}  # as NPS writes it in XML
_MOST = 400  # attributes of a record
_EDGES = (" ,", ", ", ' "', '" ', "\t")  # a column may begin or end with a blank


def parse(raw: RawLog, zone: tzinfo) -> list[Event]:
    """One event a line. Raises NormaliseError."""
    return [_event(line, raw, zone) for line in read_lines(raw)]


def _event(text: str, raw: RawLog, zone: tzinfo) -> Event:
    text = text.strip("\ufeff \r\n")
    record = None
    found = _read(text)
    if found is None:
        record = carried(text, raw, zone)
        found = _read(record.message.strip())
    if found is None:
        raise NormaliseError(
            "no record of NPS: an <Event> with attributes, the database-compatible columns or the IAS format are wanted"
        )
    event: Event = {"event": {}}
    _put_time(event, found, zone)
    _put(event, found)
    if record is not None:
        put_carrier(event, record)
    if name := found.get("Computer-Name"):
        event["host"] = {"name": name, "hostname": name}
    return event


def _read(text: str) -> Attributes | None:
    if _XML.match(text):
        elements = _ELEMENT.findall(text)[:_MOST]
        if "&" in text:
            elements = [(name, unescape(value)) for name, value in elements]
        return {_SPELLINGS.get(name, name): value.strip() for name, value in elements}
    if _ODBC.match(text):
        columns = _columns(text)
        return {name: value for name, value in zip(COLUMNS, columns, strict=False) if value}
    if _IAS.match(text):
        nas, user, date, clock, _, computer, *pairs = [*_columns(text), *[""] * 6][: 6 + 2 * _MOST]
        found = {"NAS-IP-Address": nas, "User-Name": user, "Record-Date": date, "Record-Time": clock, "Computer-Name": computer}
        for number, value in zip(pairs[::2], pairs[1::2], strict=False):
            if value and (name := ATTRIBUTES.get(number)) is not None:
                found[name] = value
        return {name: value for name, value in found.items() if value}
    return None


def _columns(text: str) -> list[str]:
    try:
        columns: list[str] = next(csv.reader([text]), [])
    except csv.Error:
        raise NormaliseError("the columns of the record cannot be told apart: a quote is not closed") from None
    has_edges = any(edge in text for edge in _EDGES)
    return [column.strip() for column in columns] if has_edges else columns


def _put_time(event: Event, found: Attributes, zone: tzinfo) -> None:
    stamp = found.get("Timestamp") or f"{found.get('Record-Date', '')} {found.get('Record-Time', '')}"
    date, _, clock = stamp.partition(" ")
    event["@timestamp"] = from_windows_stamp(date, clock, None, zone, american=True)


def _put(event: Event, found: Attributes) -> None:
    number = found.get("Packet-Type", "")
    kind = PACKETS.get(number, "")
    status = STATUSES.get(found.get("Acct-Status-Type", ""))
    put_packet(event, kind or "RADIUS", status)
    if not kind:
        partly(event, f"packet type {number}" if number.isdecimal() and len(number) < 4 else "packet type")
    inner = event["event"]
    put_attributes(event, found)
    for name in ("SAM-Account-Name", "Fully-Qualified-User-Name"):  # whom the name was found to be
        if "\\" in found.get(name, ""):
            put_user(event, found[name])
            break
    own: dict[str, Any] = {"attributes": {name: value for name, value in found.items() if name not in _FRAME}}
    code = found.get("Reason-Code")
    if code is not None:
        own["reason_code"] = code
        inner["code"] = code
        if code != "0":
            inner["reason"] = REASONS.get(code, f"reason code {code}"[:32])
    if policy := found.get("NP-Policy-Name") or found.get("Proxy-Policy-Name"):
        event["rule"] = {"name": policy}
    if (address := found.get("Remote-Server-Address")) and valid_ip(address):
        event["server"] = {"address": address, "ip": address}
    event["microsoft"] = {"nps": own}


def recognise(body: bytes) -> bool:
    """The beginning of a record in one of the three formats."""
    head = body[:4096].decode("latin-1").lstrip("\xef\xbb\xbf\r\n ")
    if _is_record(head):
        return True
    return b"IAS" in body[:4096] and _is_record(look(body).message.strip())


def _is_record(text: str) -> bool:
    return any(pattern.match(text) for pattern in (_XML, _ODBC, _IAS))


SOURCE = Source(
    id="microsoft.nps",
    title="Network Policy Server of Windows (accounting files)",
    parse=parse,
    marks=(b'<Timestamp data_type="4">', b'"IAS",', b",IAS,", b'"NPS",', b",NPS,", b'"RAS",', b",RAS,"),
    recognise=recognise,
    rank=24,
    framings=("file", "syslog"),
    sender="host",
)
