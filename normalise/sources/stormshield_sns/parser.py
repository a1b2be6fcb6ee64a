"""One SNS syslog record in, its ECS event out; the pairs that have no place stay under `stormshield.sns.*`."""

from datetime import tzinfo
from typing import Any

from normalise.conform import shared_part
from normalise.pairs import read_pairs
from normalise.partly import partly
from normalise.placing import places, put, whole
from normalise.source import Source
from normalise.sources.stormshield_sns.kinds import Pairs, add_kind
from normalise.syslog_header import parse_header, priority_fields
from normalise.text import decode
from normalise.timestamps import from_iso_stamp
from normalise.transports import transport_fields
from normalise.urls import url_fields
from vagt.contracts.event import Event
from vagt.contracts.raw import RawLog
from vagt.errors import NormaliseError

_LONGEST_HEADER = 1024
_LONGEST_TEXT = 65536
_LEVELS = ("emergency", "alert", "critical", "error", "warning", "notification", "informational", "debug")
_PLACES = places(
    {
        "src": "source.ip", "srcport": "source.port", "srcname": "source.domain", "srcmac": "source.mac:mac",
        "sent": "source.bytes:whole",
        "modsrc": "source.nat.ip", "modsrcport": "source.nat.port", "address": "source.ip", "dst": "destination.ip",
        "dstport": "destination.port", "dstname": "destination.domain", "dstmac": "destination.mac:mac",
        "rcvd": "destination.bytes:whole",
        "user": "user.name", "domain": "user.domain", "action": "event.action", "msg": "message", "alarmid": "rule.id",
        "rulename": "rule.name", "ruleid": "rule.id", "classification": "rule.category+", "op": "http.request.method",
        "result": "http.response.status_code:whole", "useragent": "user_agent.original", "filename": "file.name",
        "hash": "file.hash.sha256", "mailfrom": "email.from.address:list", "rcpt": "email.to.address:list",
        "risk": "event.risk_score:whole",
        "icmptype": "vagt.icmp.type:whole", "icmpcode": "vagt.icmp.code:whole",
    }
)  # fmt: skip


def recognise(body: bytes) -> bool:
    """`id=firewall time="..." fw="..." ... logtype="..."`; SonicWall, which begins alike, has `sn=`."""
    at = body.find(b"id=firewall time=", 0, _LONGEST_HEADER)
    return at >= 0 and b' fw="' in body[at : at + 256] and b"logtype=" in body[at : at + _LONGEST_TEXT]


def parse(raw: RawLog, zone: tzinfo) -> list[Event]:
    """One event. Raises NormaliseError."""
    text, _ = decode(raw.body)
    at = text.find("id=firewall", 0, _LONGEST_HEADER)
    if at < 0:
        raise NormaliseError("no id=firewall: SNS must log in its own format (WELF), not CEF")
    pairs = read_pairs(text[at : at + _LONGEST_TEXT])
    kind = pairs.get("logtype")
    if not kind:
        raise NormaliseError("an SNS message has a logtype; this one has none")
    inner: dict[str, Any] = {"code": kind}
    event: Event = {"event": inner}
    priority, host = _read_head(event, text[:at].rstrip("\ufeff "), raw, zone)
    _add_times(event, inner, pairs, zone)
    level = pairs.pop("pri", None)
    event["log"] = shared_part("log", _log, level, priority)
    pairs.pop("id", None)
    rest = put(event, pairs, _PLACES)
    _add_alarm_rule(event, pairs)
    event["observer"] = shared_part(
        "observer",
        _observer,
        rest.pop("fw", None) or host,
        rest.pop("srcifname", None) or rest.pop("srcif", None),
        rest.pop("dstifname", None) or rest.pop("dstif", None),
    )
    _add_network(event, rest)
    _add_request(event, kind, rest)
    if "user" in event and "source" in event:
        event["source"]["user"] = dict(event["user"])
    if not add_kind(event, inner, kind, rest):
        partly(event, f"log type {kind[:40]}")
    event["stormshield"] = {"sns": rest}
    return [event]


def _read_head(event: Event, head: str, raw: RawLog, zone: tzinfo) -> tuple[int | None, str | None]:
    if not head:
        return None, None
    header = parse_header(f"{head} x", raw.received, zone)
    if header.time:
        event["@timestamp"] = header.time
    return header.priority, header.host


def _add_times(event: Event, inner: dict[str, Any], pairs: Pairs, zone: tzinfo) -> None:
    """`time` and `startime` are local, `tz=+0100` says where; `duration` is in seconds with a fraction."""
    offset = pairs.pop("tz", "")
    if len(offset) != 5 or offset[0] not in "+-" or not offset[1:].isdecimal():
        offset = ""
    if stamp := pairs.pop("time", ""):
        event["@timestamp"] = from_iso_stamp(f"{stamp.replace(' ', 'T', 1)}{offset}", zone)
    if start := pairs.pop("startime", ""):
        inner["start"] = from_iso_stamp(f"{start.replace(' ', 'T', 1)}{offset}", zone)
    seconds, _, fraction = pairs.pop("duration", "").partition(".")
    if (number := whole(seconds)) is not None and number < 10**9:
        inner["duration"] = number * 1_000_000_000 + int(fraction.ljust(3, "0")[:3] if fraction.isdecimal() else 0) * 1_000_000


def _add_alarm_rule(event: Event, pairs: Pairs) -> None:
    """An alarm's rule is the alarm, with its text; the filter rule stays the vendor's `ruleid`."""
    if "alarmid" in pairs:
        rule = event.setdefault("rule", {})
        rule["id"] = pairs["alarmid"]
        if "msg" in pairs:
            rule["name"] = pairs["msg"]


def _observer(name: str | None, ingress: str | None, egress: str | None) -> dict[str, Any]:
    return {
        "vendor": "Stormshield", "product": "SNS", "type": "firewall", "name": name,
        "ingress": {"interface": {"name": ingress}}, "egress": {"interface": {"name": egress}},
    }  # fmt: skip


def _add_network(event: Event, rest: Pairs) -> None:
    network: dict[str, Any] = {}
    if protocol := rest.pop("ipproto", None):
        network = dict(transport_fields(protocol))
    if (application := rest.get("proto")) and application.lower() != network.get("transport"):
        network["protocol"] = application.lower()
    source, destination = event.get("source", {}), event.get("destination", {})
    if "ip" in source and "ip" in destination:
        network["type"] = "ipv6" if ":" in source["ip"] else "ipv4"
    if "bytes" in source and "bytes" in destination:
        network["bytes"] = source["bytes"] + destination["bytes"]
    if network:
        event["network"] = network
    if "src" in rest and "source" not in event:
        event["source"] = {"domain": rest["src"]}


def _add_request(event: Event, kind: str, rest: Pairs) -> None:
    """`arg` is the path on the server `dstname`; `op` and `result` are HTTP's only in `web`."""
    if kind != "web":
        if http := event.pop("http", None):
            rest["op"] = http.get("request", {}).get("method", "")
        return
    url: dict[str, Any] = dict(url_fields(rest.pop("arg", "") or "/"))
    if domain := event.get("destination", {}).get("domain"):
        url["domain"] = domain
    event["url"] = url


def _log(level: str | None, priority: int | None) -> dict[str, Any]:
    log: dict[str, Any] = {"level": _LEVELS[int(level)]} if level in ("0", "1", "2", "3", "4", "5", "6", "7") else {}
    if priority is not None:
        log["syslog"] = priority_fields(priority)
    return log


SOURCE = Source(
    id="stormshield.sns",
    title="Stormshield Network Security (SNS)",
    parse=parse,
    marks=(b"logtype=",),
    recognise=recognise,
    rank=20,
    ordered=False,
)
