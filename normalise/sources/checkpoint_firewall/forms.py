"""The ways in which Check Point logs are written, each to the same pairs by the names that the logs have themselves.

Log Exporter's formats (sk122323): syslog (`[action:"Drop"; src:"192.0.2.1"; ]`), RFC 5424 structured data
(`[x@2620 action="Drop"]`), Splunk and generic (`time=1795338930|action=Drop|`), CEF, LEEF, JSON. LEA clients write
`loc=1|action=drop|orig=192.0.2.1|`, `fw log` `22Nov2026 10:15:30 drop 192.0.2.1 >eth0 rule: 5; src: 198.51.100.23;`. Of a
name that comes twice (one value for each layer of the policy) the first counts, the others are kept beside it.
"""

import re
from typing import NamedTuple

import orjson

from normalise.cef import read_cef
from normalise.leef import read_leef
from vagt.errors import NormaliseError

Pairs = dict[str, str]


class Log(NamedTuple):
    """`head`: what stands before the log; `more`: the further values of a name."""

    head: str
    pairs: Pairs
    more: dict[str, list[str]]


_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
_PAIR = re.compile(r'([\w./-]{1,64})::?"([^"\\]*(?:\\.[^"\\]*)*)"', re.DOTALL)
_SD_PAIR = re.compile(r' ([\w./-]{1,64})="([^"\\]*(?:\\.[^"\\]*)*)"', re.DOTALL)
_SD_START = re.compile(r"\[[\w.-]{1,32}@2620 ")
_BARS_START = re.compile(r"(?<![^ >])(?:time|loc|hostname|num|loguid|action|product)=[^|]{0,512}\|(?=[\w/ .-]{1,64}=)")
_FW_LOG = re.compile(
    r"(?<![^ :])([0-9]{1,2}) ?([A-Z][a-z]{2}) ?([0-9]{4}) +([0-9]{1,2}:[0-9]{2}:[0-9]{2}) (\w{1,32}) +(\S{1,255}) +"
    r"([<>])(\S{1,64}) "
)
_LONGEST_HEAD = 2048


def read_log(text: str) -> Log:
    """Raises NormaliseError for a text that is written in none of these ways."""
    at = text.find("[", 0, _LONGEST_HEAD)
    while at >= 0:
        if _SD_START.match(text, at):
            return _structured(text, at)
        if _PAIR.match(text, at + 1):
            return _quoted(text, at)
        at = text.find("[", at + 1, _LONGEST_HEAD)
    if "CEF:" in text[:_LONGEST_HEAD]:
        return _cef(text)
    if "LEEF:" in text[:_LONGEST_HEAD]:
        record = read_leef(text)
        return Log(
            record.head, _renamed({"product": record.product, "action": record.event_id} | record.attributes, _FROM_LEEF), {}
        )
    if text.startswith("{"):
        return _json(text)
    if match := _BARS_START.search(text, 0, _LONGEST_HEAD):
        return _bars(text, match.start())
    if match := _FW_LOG.search(text, 0, _LONGEST_HEAD):
        return _fw_log(text, match)
    raise NormaliseError("no Check Point log: neither Log Exporter's formats (syslog, splunk, cef, leef, json) nor fw log's")


def _collect(found: list[tuple[str, str]]) -> tuple[Pairs, dict[str, list[str]]]:
    pairs: Pairs = {}
    more: dict[str, list[str]] = {}
    for name, value in found:
        if not value:
            continue
        if "\\" in value:
            value = _ESCAPED.sub(r"\1", value)
        if name not in pairs:
            pairs[name] = value
        elif pairs[name] != value:
            more.setdefault(name, []).append(value)
    return pairs, more


def _quoted(text: str, at: int) -> Log:
    """Cut at the quotes; only where one is escaped a regular expression is needed, which takes three times as long."""
    if '\\"' in text:
        return Log(_head(text, at), *_collect(_PAIR.findall(text, at)))
    parts = text[at + 1 :].split('"')
    names, values = [_NAMES[part] for part in parts[:-1:2]], parts[1::2]
    pairs = dict(zip(names, values, strict=False))
    more: dict[str, list[str]] = {}
    if len(pairs) < len(names):
        pairs = {}
        for name, value in zip(names, values, strict=False):
            if name not in pairs:
                pairs[name] = value
            elif pairs[name] != value:
                more.setdefault(name, []).append(value)
    if "\\" in text:
        for name, value in pairs.items():
            if "\\" in value:
                pairs[name] = _ESCAPED.sub(r"\1", value)
    return Log(_head(text, at), pairs, more)


class _Names(dict[str, str]):
    """`; src:` -> `src`, `; ike::` -> `ike`: what stands between two values, and the name in it, remembered."""

    def __missing__(self, text: str) -> str:
        name = text.strip(" ;:[]")[:_LONGEST_NAME]
        if len(self) < _MOST_NAMES and len(text) <= _LONGEST_NAME:
            self[text] = name
        return name


_LONGEST_NAME = 64
_MOST_NAMES = 4096
_NAMES = _Names()


def _head(text: str, at: int) -> str:
    """The header, whose structured data is the log itself; some relays drop its priority but not its version."""
    return text[:at].removeprefix("1 ") + "-"


def _structured(text: str, at: int) -> Log:
    return Log(_head(text, at), *_collect(_SD_PAIR.findall(text, at)))


def _bars(text: str, at: int) -> Log:
    found = []
    for part in text[at:].split("|"):
        name, equals, value = part.partition("=")
        if equals and len(name) <= 64:
            found.append((name.strip(), value.strip()))
    pairs, more = _collect(found)
    return Log(text[:at], _renamed(pairs, _FROM_LEA), more)


def _fw_log(text: str, match: re.Match[str]) -> Log:
    day, month, year, clock, action, origin, way, interface = match.groups()
    found = [("action", action), ("origin", origin), ("ifname", interface), ("ifdir", "inbound" if way == ">" else "outbound")]
    for part in text[match.end() :].split("; "):
        name, colon, value = part.strip(" ;").partition(":")
        if colon and len(name) <= 64:
            found.append((name.strip().lower().replace(" ", "_"), value.strip()))
    pairs, more = _collect(found)
    pairs.setdefault("fw_time", f"{month} {int(day):2d} {year} {clock.rjust(8, '0')}")
    return Log(text[: match.start()], pairs, more)


def _json(text: str) -> Log:
    try:
        document = orjson.loads(text)
    except orjson.JSONDecodeError:
        raise NormaliseError("the record begins like JSON but cannot be read as JSON") from None
    if not isinstance(document, dict) or not ("loguid" in document or "origin" in document):
        raise NormaliseError("the JSON is no log of Check Point: it has neither loguid nor origin")
    pairs: Pairs = {}
    more: dict[str, list[str]] = {}
    for name, value in document.items():
        values = [
            str(one)
            for one in (value if isinstance(value, list) else [value])
            if isinstance(one, (str, int, float)) and one != ""
        ]
        if values and len(name) <= 64:
            pairs[name] = values[0]
            if values[1:]:
                more[name] = values[1:]
    return Log("", pairs, more)


def _cef(text: str) -> Log:
    record = read_cef(text)
    pairs = {"product": record.product} | record.extension
    for label, value in record.labelled.items():
        pairs.setdefault(label.lower().replace(" ", "_")[:64], value)
    renamed = _renamed(pairs, _FROM_CEF)
    if way := renamed.pop("deviceDirection", None):
        renamed["ifdir"] = {"0": "inbound", "1": "outbound"}.get(way, way)
    return Log(record.head, renamed, {})


def _renamed(pairs: Pairs, names: dict[str, str]) -> Pairs:
    renamed: Pairs = {}
    for name, value in pairs.items():
        renamed.setdefault(names.get(name, name), value)
    return renamed


_FROM_CEF = {
    "act": "action", "spt": "s_port", "dpt": "service", "rt": "time", "suser": "src_user_name", "duser": "dst_user_name",
    "shost": "src_machine_name", "dhost": "dst_machine_name", "sourceTranslatedAddress": "xlatesrc", "app": "service_id",
    "destinationTranslatedAddress": "xlatedst", "sourceTranslatedPort": "xlatesport", "destinationTranslatedPort": "xlatedport",
    "request": "resource", "requestMethod": "method", "requestClientApplication": "user_agent", "fname": "file_name",
    "fsize": "file_size", "fileHash": "file_md5", "fileType": "file_type", "in": "received_bytes", "out": "sent_bytes",
    "msg": "description", "deviceInboundInterface": "ifname", "deviceOutboundInterface": "ifname", "cnt": "event_count",
    "threat_prevention_rule_name": "malware_rule_name", "threat_prevention_rule_id": "malware_rule_id",
    "application_rule_name": "rule_name", "application_rule_id": "rule_uid", "rule_id": "rule_uid", "reason": "reason",
    "sntdom": "src_domain_name", "smac": "mac_source_address", "dmac": "mac_destination_address", "externalId": "loguid",
    "source_ipv6_address": "src", "destination_ipv6_address": "dst", "duration_in_seconds": "duration",
    "cp_severity": "severity", "cp_app_risk": "app_risk", "baseEventCount": "event_count",
    "email_sender": "from", "email_recipient": "to",
}  # fmt: skip
_FROM_LEEF = {
    "srcPort": "s_port", "dstPort": "service", "devTime": "time", "usrName": "src_user_name", "srcPostNAT": "xlatesrc",
    "dstPostNAT": "xlatedst", "srcPostNATPort": "xlatesport", "dstPostNATPort": "xlatedport", "url": "resource",
    "sev": "severity", "srcBytes": "sent_bytes", "dstBytes": "received_bytes", "srcMAC": "mac_source_address",
}  # fmt: skip
_FROM_LEA = {
    "orig": "origin", "i/f_dir": "ifdir", "i/f_name": "ifname", "d_port": "service", "user": "src_user_name",
    "ICMP Type": "icmp_type", "ICMP Code": "icmp_code", "hostname": "exporter",
}  # fmt: skip
