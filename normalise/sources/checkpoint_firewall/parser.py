"""One Check Point log in, one event out; the vendor's fields stay under `checkpoint.firewall.*` by the names that they have."""

import re
from datetime import tzinfo
from functools import lru_cache
from typing import Any

from normalise.cef import cef_from, cef_lines
from normalise.conform import shared_part, valid_ip
from normalise.device_heads import DeviceHead, device_head
from normalise.leef import leef_from
from normalise.partly import partly
from normalise.placing import whole
from normalise.source import Source
from normalise.sources.checkpoint_firewall.forms import Log, Pairs, read_log
from normalise.sources.checkpoint_firewall.meaning import add_meaning
from normalise.sources.checkpoint_firewall.places import place
from normalise.syslog_header import priority_fields
from normalise.text import decode
from normalise.timestamps import from_bsd, from_epoch, from_iso_stamp, received_day
from vagt.contracts.event import Event
from vagt.contracts.raw import RawLog
from vagt.errors import NormaliseError

_LONGEST = 65536
_is_cef = cef_from(b"Check Point|")
_is_leef = leef_from(b"Check Point|")
_LOG_ID = re.compile(rb"loguid[\"']?\s*(?:::?\"|=\"?|:\s*\"?)\{?0x")
_FW_LOG = re.compile(rb"(?i:check ?point): +[0-9]{1,2} ?[A-Z][a-z]{2} ?[0-9]{4} ")


def recognise(body: bytes) -> bool:
    """Check Point's program name before its brackets, its enterprise number, its log id, or its name in CEF and LEEF."""
    if b" CheckPoint " in body[:512] and (b':"' in body or b"[" in body):
        return True
    if b"@2620 " in body[:512] or _is_cef(body) or _is_leef(body):
        return True
    if b"|i/f_dir=" in body and b"|orig=" in body:
        return True
    return _LOG_ID.search(body) is not None or _FW_LOG.search(body[:512]) is not None


def parse(raw: RawLog, zone: tzinfo) -> list[Event]:
    """One event per log. Raises NormaliseError."""
    text, _ = decode(raw.body)
    text = text.rstrip("\r\n\0")
    lines = cef_lines(text) if "\n" in text and "CEF:" in text else [text]
    return [_event(line[:_LONGEST], raw, zone) for line in lines]


def _event(text: str, raw: RawLog, zone: tzinfo) -> Event:
    log = read_log(text)
    pairs = log.pairs
    head = device_head(log.head, received_day(raw.received), zone)
    inner: dict[str, Any] = {}
    event: Event = {"event": inner}
    if (moment := _time(pairs, raw, zone) or head.time) is not None:
        event["@timestamp"] = moment
    rest = place(event, pairs)
    add_meaning(event, inner, rest)
    _add_users(event, rest)
    _add_texts(event, inner, rest)
    _add_observer(event, rest)
    if head.priority is not None:
        event.setdefault("log", {})["syslog"] = shared_part("log", _syslog, head.priority)["syslog"]
    _keep(event, rest, log, head)
    if not pairs:
        partly(event, "log without fields")
    return event


def _syslog(priority: int) -> dict[str, Any]:
    return {"syslog": priority_fields(priority)}


_epoch = lru_cache(maxsize=4096)(from_epoch)  # many logs a second


def _time(pairs: Pairs, raw: RawLog, zone: tzinfo) -> str | None:
    """`time` is seconds since 1970 (CEF: milliseconds), or a date in LEA's ways; `fw log` has its own."""
    value = pairs.pop("time", "")
    try:
        if value.isdecimal():
            return _epoch(value)
        if value:
            return from_iso_stamp(value, zone)
        if stamp := pairs.pop("fw_time", ""):
            return from_bsd(stamp, received_day(raw.received), zone)
    except NormaliseError:
        pairs["time"] = value
    return None


_FULL = re.compile(r"([^()]{1,128}) \(([^()\s]{1,128})\)")


def _add_users(event: Event, rest: Pairs) -> None:
    """`Anne Hansen (ahansen)` is a full name and a name; who acts is the administrator, else the user at the source."""
    for end in ("source", "destination"):
        user = event.get(end, {}).get("user")
        if user and (match := _FULL.fullmatch(user["name"])):
            user["name"], user["full_name"] = match[2], match[1]
    source_user = event.get("source", {}).get("user")
    name = rest.get("administrator") or rest.get("user") or rest.get("user_name")
    if name:
        match = _FULL.fullmatch(name)
        event["user"] = {"name": match[2], "full_name": match[1]} if match else {"name": name}
    elif source_user:
        event["user"] = dict(source_user)
    if source_user and "client" in event:
        event["client"]["user"] = dict(source_user)


_MESSAGES = ("sys_message", "information", "description", "msg", "ike", "fieldschanges")
_REASONS = ("reason", "reject_reason", "drop_reason", "action_reason", "reject_category", "failure_reason")


def _add_texts(event: Event, inner: dict[str, Any], rest: Pairs) -> None:
    for name in _MESSAGES:
        if name in rest:
            event["message"] = rest[name]
            break
    for name in _REASONS:
        if name in rest:
            inner["reason"] = rest[name]
            break
    seconds = whole(rest.get("elapsed", "") or rest.get("duration", ""))
    if seconds is not None and seconds < 10**9:
        inner["duration"] = seconds * 1_000_000_000
    protection = rest.get("protection_name") or rest.get("attack")
    if protection and "name" not in event.get("rule", {}):
        event.setdefault("rule", {})["name"] = protection
    family = rest.get("malware_family") or rest.get("protection_name")
    if family and "malware" in inner["category"]:
        event["threat"] = {"software": {"name": family}}
    if (reference := rest.get("industry_reference", "")).startswith("CVE-"):
        event["vulnerability"] = {"id": [one.strip() for one in reference.split(",") if one.strip()]}


_COMMON_NAME = re.compile(r"(?i:cn)=([^,]{1,255})")


@lru_cache(maxsize=1024)
def _common_name(name: str) -> str:
    match = _COMMON_NAME.search(name)
    return match[1] if match else ""


def _add_observer(event: Event, rest: Pairs) -> None:
    """The gateway (`origin`), and the interface that the packet came in or went out by."""
    zones = event.pop("observer", {})
    ingress_zone = zones.get("ingress", {}).get("zone", "")
    egress_zone = zones.get("egress", {}).get("zone", "")
    interface, outbound = rest.get("ifname", ""), rest.get("ifdir", "").lower() == "outbound"
    name = _common_name(rest.get("originsicname", "")[:512])
    event["observer"] = shared_part(
        "observer", _observer, rest.get("origin", ""), name, rest.get("product", ""),
        "" if outbound else interface, interface if outbound else "", ingress_zone, egress_zone,
    )  # fmt: skip


def _observer(origin: str, name: str, product: str, ingress: str, egress: str, in_zone: str, out_zone: str) -> dict[str, Any]:
    observer: dict[str, Any] = {"vendor": "Checkpoint", "type": "firewall"}
    if product:
        observer["product"] = product
    if origin or name:
        observer["name"] = origin or name
    if valid_ip(origin):
        observer["ip"] = [origin]
    if name:
        observer["hostname"] = name
    for side, interface, zone in (("ingress", ingress, in_zone), ("egress", egress, out_zone)):
        found: dict[str, Any] = {"interface": {"name": interface}} if interface else {}
        if zone:
            found["zone"] = zone
        if found:
            observer[side] = found
    return observer


_TAKEN = frozenset(("flags", "version", "time", "elapsed", "originsicname", "ifname"))


def _keep(event: Event, rest: Pairs, log: Log, head: DeviceHead) -> None:
    kept: dict[str, Any] = {name: value for name, value in rest.items() if name not in _TAKEN}
    if "." in "".join(kept):
        kept = {name.replace(".", "_"): value for name, value in kept.items()}
    for name, values in log.more.items():
        first = [log.pairs[name]] if name in log.pairs else []  # the time is taken out
        kept[name.replace(".", "_")] = [*first, *values]
    if head.host is not None:
        kept["exporter"] = head.host
    event["checkpoint"] = {"firewall": kept}


SOURCE = Source(
    id="checkpoint.firewall",
    title="Check Point Quantum gateways and management (R77 to R82)",
    parse=parse,
    marks=(b"CheckPoint ", b"@2620 ", b"loguid", b"Check Point|", b"|i/f_dir=", b"heckpoint: ", b"heckPoint: "),
    recognise=recognise,
    rank=20,
    ordered=False,
)
