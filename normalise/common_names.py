"""Names that programs give their fields when nobody tells them how -> ECS: for GELF, JSON and key=value of any program.

Only names that mean one thing wherever they are used. Everything else stays the program's.
"""

from collections.abc import Mapping
from datetime import datetime, tzinfo
from functools import lru_cache
from typing import Any

from normalise.device_times import device_time
from normalise.ends import add_action, add_file_hash, add_outcome, add_protocols, add_request, tidy_names
from normalise.placing import by_field, put
from vagt.contracts.event import Event

_PLACES = by_field({
    "message": "msg message short_message",
    "host.name": "host hostname host_name computer computername host.name host.hostname",
    "log.logger": "logger logger_name loggername log.logger",
    "process.name": "program process process_name proc_name ident process.name",
    "process.pid:whole": "pid process_id process.pid",
    "process.thread.name": "thread thread_name threadname process.thread.name",
    "user.name": "user username user_name usr login account user.name",
    "user.id": "uid user_id userid user.id",
    "source.ip": "src srcip src_ip source_ip sourceip source_address client_ip clientip remote_ip remote_addr remoteip saddr "
    "ip source.ip client.ip",
    "source.port": "srcport src_port sport spt source_port client_port remote_port source.port",
    "source.mac:mac": "srcmac src_mac smac",
    "destination.ip": "dst dstip dst_ip dest_ip destination_ip destip daddr server_ip destination.ip",
    "destination.port": "dstport dst_port dport dpt dest_port destination_port destination.port",
    "destination.mac:mac": "dstmac dst_mac dmac",
    "network.bytes:whole": "bytes bytes_total",
    "source.bytes:whole": "bytes_out sent_bytes bytes_sent sentbyte",
    "destination.bytes:whole": "bytes_in received_bytes bytes_received rcvdbyte",
    "http.request.method": "http_method request_method",
    "http.request.id": "request_id requestid req_id",
    "http.request.referrer": "referer referrer http_referer",
    "http.response.status_code:whole": "status_code statuscode http_status http_status_code response_code",
    "user_agent.original": "user_agent useragent http_user_agent user_agent.original",
    "event.reason": "reason",
    "error.message": "error err error_message error.message",
    "error.type": "error_type exception_class error.type",
    "error.stack_trace": "stack_trace stacktrace exception traceback error.stack_trace",
    "trace.id": "trace_id traceid trace.id",
    "span.id": "span_id spanid span.id",
    "service.name": "service service_name service.name",
    "service.version": "service_version service.version",
    "container.id": "container_id container.id",
    "container.name": "container_name container.name",
    "container.image.name": "image_name container.image.name",
    "file.path": "file_path filepath file.path",
    "url.domain": "vhost",
})  # fmt: skip
_TIMES = ("@timestamp", "timestamp", "time", "ts", "eventtime", "event_time", "datetime", "date", "asctime", "t")
_LEVELS = ("level", "severity", "loglevel", "log_level", "levelname", "lvl", "log.level")
_WORDS = {
    "emerg": "emergency", "emergency": "emergency", "panic": "emergency", "alert": "alert", "crit": "critical",
    "critical": "critical", "fatal": "critical", "err": "error", "error": "error", "warn": "warning", "warning": "warning",
    "notice": "notice", "info": "informational", "information": "informational", "informational": "informational",
    "debug": "debug", "trace": "debug", "verbose": "debug",
}  # fmt: skip
_KINDS = frozenset(("type", "subtype", "event", "event_type", "eventtype", "event_name", "category"))
_DEEPEST = 3
_LONGEST_KEY = 128
_MOST_KEYS = 1000


def place_common(event: Event, pairs: dict[str, str], day: datetime, zone: tzinfo) -> dict[str, str]:
    """Put what has a common name into `event`; gives the other pairs, by their names as sent.

    `event` has an `event` object. A name is known in any case, with hyphens, blanks or underscores.
    """
    names: dict[str, str] = {}
    known: dict[str, str] = {}
    again: dict[str, str] = {}
    for name, value in pairs.items():
        plain = _plain(name)
        if plain in known:
            again[name] = value
        else:
            names[plain] = name
            known[plain] = value
    inner = event["event"]
    _add_time(event, known, day, zone)
    _add_level(event, known)
    left = put(event, known, _PLACES, keep_second=True)
    tidy_names(event)
    add_action(inner, left, "action", "event.action")
    add_outcome(inner, left, "outcome", "result", "status")
    add_protocols(event, left, ("proto", "transport"), ("protocol", "app_protocol"))
    add_request(event, left, "url", "request_uri", "uri", "request_url")
    add_file_hash(event, left, "sha256", "sha1", "md5")
    if "name" in event.get("host", ()):
        event["host"].setdefault("hostname", event["host"]["name"])
    rest = {names[plain]: value for plain, value in left.items()}
    return rest | again if again else rest


@lru_cache(maxsize=8192)
def _plain(name: str) -> str:
    return name.lower().replace("-", "_").replace(" ", "_")


def _add_time(event: Event, known: dict[str, str], day: datetime, zone: tzinfo) -> None:
    for name in _TIMES:
        if name in known and (moment := device_time(known[name], day, zone)) is not None:
            event.setdefault("@timestamp", moment)
            del known[name]
            return
    if "date" in known and "time" in known:  # apart, as many appliances have them
        moment = device_time(f"{known['date']} {known['time']}", day, zone)
        if moment is not None:
            event.setdefault("@timestamp", moment)
            del known["date"], known["time"]


def _add_level(event: Event, known: dict[str, str]) -> None:
    """`log.level` in the words of syslog; a number or another word stays a pair, as its meaning differs by program."""
    for name in _LEVELS:
        if name in known and (level := _WORDS.get(known[name].lower())) is not None:
            event.setdefault("log", {})["level"] = level
            del known[name]
            return


def kinds_of(pairs: Mapping[str, Any]) -> list[str]:
    """What the record calls its own kind; for `add_meaning`."""
    return [value for name, value in pairs.items() if _plain(name) in _KINDS and value.__class__ is str]


def flatten(document: Mapping[str, Any]) -> tuple[dict[str, str], dict[str, Any]]:
    """(texts and numbers by dotted name, all else as it is): three levels deep, a thousand names at most.

    A dot in a name of a document is a level, as in `{"user.name": "bo"}`.
    """
    pairs: dict[str, str] = {}
    rest: dict[str, Any] = {}
    _flatten(document, "", pairs, rest, _DEEPEST)
    return pairs, rest


def _flatten(node: Mapping[str, Any], prefix: str, pairs: dict[str, str], rest: dict[str, Any], depth: int) -> None:
    for key, value in node.items():
        if value is None or value == "":
            continue
        name = f"{prefix}{key}" if prefix else key
        kind = value.__class__
        if len(name) > _LONGEST_KEY or len(pairs) >= _MOST_KEYS:
            rest.setdefault("more", {})[name[:_LONGEST_KEY].replace(".", "_")] = value
        elif kind is str:
            pairs[name] = value
        elif kind is bool:
            pairs[name] = "true" if value else "false"
        elif kind is int or kind is float:
            pairs[name] = str(value)
        elif kind is dict and depth > 1:
            _flatten(value, f"{name}.", pairs, rest, depth - 1)
        elif value:
            rest[name.replace(".", "_")] = value
