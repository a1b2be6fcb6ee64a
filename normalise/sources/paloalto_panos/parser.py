"""One PAN-OS syslog record in, its ECS events out; the vendor's columns stay under `paloalto.panos.*` by their own names."""

import re
from collections.abc import Callable
from datetime import tzinfo
from itertools import compress
from typing import Any

from normalise.cef import cef_from
from normalise.conform import shared_part
from normalise.leef import leef_from
from normalise.partly import partly
from normalise.source import Source
from normalise.sources.paloalto_panos.columns import columns_of
from normalise.sources.paloalto_panos.csv_line import KNOWN, START, has_start, split_line
from normalise.sources.paloalto_panos.identity import (
    add_authentication,
    add_globalprotect,
    add_hipmatch,
    add_iptag,
    add_userid,
)
from normalise.sources.paloalto_panos.moments import local_time, zone_of
from normalise.sources.paloalto_panos.other_forms import read_other
from normalise.sources.paloalto_panos.session import observer
from normalise.sources.paloalto_panos.system import add_audit, add_config, add_correlation, add_system
from normalise.sources.paloalto_panos.text import EMPTY, Row, number
from normalise.sources.paloalto_panos.threat import add_threat
from normalise.sources.paloalto_panos.traffic import add_decryption, add_traffic
from normalise.syslog_header import SyslogHeader, log_part, parse_header
from normalise.text import decode
from normalise.timestamps import received_day
from vagt.contracts.event import Event
from vagt.contracts.raw import RawLog
from vagt.errors import NormaliseError

_is_cef = cef_from(b"Palo Alto Networks|PAN-OS")
_is_leef = leef_from(b"Palo Alto Networks|PAN-OS")
_MOST = 65536  # characters of a log; no log is near, and the rest is kept in event.original


def recognise(body: bytes) -> bool:
    """A number, a time, a serial number and the name of a log type, parted by commas, after any header; or CEF, LEEF."""
    return KNOWN.search(body, 0, 1024) is not None or _is_cef(body) or _is_leef(body)


def parse(raw: RawLog, zone: tzinfo) -> list[Event]:
    """One event per log; a record may hold several lines. Raises NormaliseError."""
    text, _ = decode(raw.body)
    if "\n" not in text:
        return [_parse_line(text, raw, zone)]
    return [_parse_line(line, raw, zone) for line in _logs(text)]


def _logs(text: str) -> list[str]:
    """The logs of a record of several lines; a line that does not begin one goes on the log before it."""
    logs: list[list[str]] = []
    for line in text.splitlines():
        if not logs or START.search(line, 0, 1024):
            logs.append([line])
        elif line:
            logs[-1].append(line)
    return [" ".join(parts) for parts in logs if parts != [""]]


def _parse_line(text: str, raw: RawLog, zone: tzinfo) -> Event:
    head, kind, row, unknown = _read(text[:_MOST].rstrip("\r\n\0"), raw, zone)
    zone = _zone(row, head, zone)
    inner: dict[str, Any] = {}
    event: Event = {"event": inner}
    moment = local_time(row.get("time_generated", ""), zone) or local_time(row.get("receive_time", ""), zone)
    name = row.get("device_name", "")
    if head and (moment is None or not name) and (header := _header(head, raw, zone)) is not None:
        moment = moment or header.time
        name = name or header.host or ""
    if moment is not None:
        event["@timestamp"] = moment
    for column in _TIMES:
        if column in row:
            row[column] = local_time(row[column], zone) or ""
    _add_log(event, row, head)
    event["observer"] = shared_part("observer", observer, *_observer_key(row, name, kind))
    add = _KINDS.get(kind)
    if add is None:
        inner["kind"] = "event"
        partly(event, f"log type {kind}")
    else:
        add(event, inner, row)
        if unknown:
            partly(event, unknown)
    if (sequence := number(row.get("seqno"))) is not None:
        inner["sequence"] = sequence
    event["paloalto"] = {"panos": {name: value for name, value in row.items() if name not in _MAPPED and value not in EMPTY}}
    return event


def _read(text: str, raw: RawLog, zone: tzinfo) -> tuple[str, str, Row, str]:
    """(syslog header, log type, columns that are not empty, what of it is not known)."""
    if ("CEF:" in text[:1024] or "LEEF:" in text[:1024]) and not has_start(text):
        return (*read_other(text, received_day(raw.received), zone), "")
    head, kind, fields = split_line(text)
    names = columns_of(kind, fields)
    unknown = f"columns of {kind} over {len(names)}" if len(fields) > len(names) else ""
    return head, kind, dict(compress(zip(names, fields, strict=False), fields)), unknown


_TIMES = ("start", "notbefore", "notafter")


def _header(head: str, raw: RawLog, zone: tzinfo) -> SyslogHeader | None:
    try:
        return parse_header(head + "-", raw.received, zone)
    except NormaliseError:  # the log has times of its own
        return None


def _zone(row: Row, head: str, zone: tzinfo) -> tzinfo:
    """The firewall's zone, where the high resolution time or the header tells it."""
    local = row.get("receive_time") or row.get("time_generated", "")
    if (fine := row.get("high_res_timestamp")) and (found := zone_of(fine, local)):
        return found
    if "T" in head:
        for word in head.split():
            if len(word) > 19 and (found := zone_of(word, local)):
                return found
    return zone


_PRIORITY = re.compile(r"<([0-9]{1,3})>")


def _add_log(event: Event, row: Row, head: str) -> None:
    level = row.get("severity") or None
    match = _PRIORITY.match(head)
    priority = int(match[1]) if match and int(match[1]) <= 191 else None
    if level is not None or priority is not None:
        event["log"] = shared_part("log", log_part, level, priority)


def _observer_key(row: Row, name: str, kind: str) -> tuple[str, ...]:
    get = row.get
    if kind == "GLOBALPROTECT" and not name:
        name = get("portal", "")
    return get("serial", ""), name, get("inbound_if", ""), get("outbound_if", ""), get("from", ""), get("to", "")


_KINDS: dict[str, Callable[[Event, dict[str, Any], Row], None]] = {
    "TRAFFIC": add_traffic,
    "THREAT": add_threat,
    "DECRYPTION": add_decryption,
    "TUNNEL": add_traffic,
    "SYSTEM": add_system,
    "CONFIG": add_config,
    "GLOBALPROTECT": add_globalprotect,
    "USERID": add_userid,
    "AUTHENTICATION": add_authentication,
    "HIPMATCH": add_hipmatch,
    "HIP-MATCH": add_hipmatch,
    "IPTAG": add_iptag,
    "CORRELATION": add_correlation,
    "AUDIT": add_audit,
}
_MAPPED = frozenset(
    "_ receive_time time_generated config_ver serial src dst natsrc natdst sport dport natsport natdport srcuser dstuser rule "
    "rule_uuid app from to inbound_if outbound_if proto bytes bytes_sent bytes_received packets pkts_sent pkts_received start "
    "elapsed time_received seqno device_name severity user_agent referer http_method high_res_timestamp src_mac dst_mac "
    "machinename hostid client_os client_os_ver public_ip public_ipv6 login_duration ip user mac opaque admin desc".split()
)

SOURCE = Source(
    id="paloalto.panos",
    title="Palo Alto Networks PAN-OS (9 to 12) and Panorama",
    parse=parse,
    marks=(b",20", b"Palo Alto Networks|PAN-OS"),
    recognise=recognise,
    rank=20,
    ordered=False,
)
