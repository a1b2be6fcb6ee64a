"""Zeek's JSON (`LogAscii::use_json`, json-streaming-logs, Corelight, forwarders that spell dots as `_`) as flat records."""

from typing import Any

import orjson

from normalise.sources.zeek_logs.stamps import time_or_none
from normalise.text import decode
from vagt.errors import NormaliseError

# Names with a dot, for forwarders that write `_` instead (their stores do not take dots).
_DOTTED = (
    "id.orig_h id.orig_p id.resp_h id.resp_p certificate.version certificate.serial certificate.subject certificate.issuer"
    " certificate.not_valid_before certificate.not_valid_after certificate.key_alg certificate.sig_alg certificate.key_type"
    " certificate.key_length certificate.exponent certificate.curve san.dns san.uri san.email san.ip basic_constraints.ca"
    " basic_constraints.path_len data_channel.passive data_channel.orig_h data_channel.resp_h data_channel.resp_p"
    " remote_location.country_code remote_location.region remote_location.city remote_location.latitude"
    " remote_location.longitude times.modified times.accessed times.created times.changed version.major version.minor"
    " version.minor2 version.minor3 version.addl request.host request.name bound.host bound.name seen.indicator"
    " seen.indicator_type seen.where seen.node"
).split()
_UNDERSCORED = {name.replace(".", "_"): name for name in _DOTTED}
TIMES = frozenset(
    "from till certificate.not_valid_before certificate.not_valid_after times.modified times.accessed times.created"
    " times.changed ref_time org_time rec_time xmt_time thisUpdate nextUpdate revoketime compile_ts up_since"
    " not_valid_before not_valid_after first_seen last_seen referenced_file.ts last_active".split()
)
_ABOUT = ("message", "log", "event.original", "json", "zeek", "event")  # where shippers put the record
_DEEPEST = 4


def load(body: bytes) -> dict[str, Any]:
    """The JSON object in `body`. Raises NormaliseError."""
    try:
        document = orjson.loads(body)
    except orjson.JSONDecodeError:
        try:
            document = orjson.loads(decode(body)[0].encode("utf-8", "replace"))
        except orjson.JSONDecodeError as error:
            raise NormaliseError(f"the record is no JSON: {error.msg[:100]}") from None
    if not isinstance(document, dict):
        raise NormaliseError("the JSON is no object")
    return document


def unwrap(document: dict[str, Any]) -> tuple[dict[str, Any], str | None, str | None]:
    """(Zeek's object, the path and the host that a shipper names)."""
    if "ts" in document or "_path" in document or "@stream" in document:
        return document, None, None
    for name in _ABOUT:
        inner = document.get(name)
        if isinstance(inner, str) and inner.startswith("{"):
            inner = load(inner.encode("utf-8", "replace"))
        if isinstance(inner, dict) and ("ts" in inner or "_path" in inner or "name" in inner):
            return inner, _shipped_path(document), _shipped_host(document)
    return document, _shipped_path(document), None


def _shipped_path(document: dict[str, Any]) -> str | None:
    """Filebeat's `log.file.path`, Fluent Bit's and Vector's `path`, `file` or `filename`."""
    node: Any = document.get("log")
    node = node.get("file") if isinstance(node, dict) else None
    path = node.get("path") if isinstance(node, dict) else None
    for found in (path, *(document.get(name) for name in ("path", "file", "filename", "source"))):
        if isinstance(found, str) and found:
            return found
    return None


def _shipped_host(document: dict[str, Any]) -> str | None:
    host = document.get("host")
    name = host.get("hostname", host.get("name")) if isinstance(host, dict) else host
    return name if isinstance(name, str) and name else None


def flat(document: dict[str, Any]) -> dict[str, Any]:
    """Names as Zeek spells them, values as TSV has them: six digits, and nothing that is unset or empty."""
    record: dict[str, Any] = {}
    _add(record, document, "", 0)
    return record


def _add(record: dict[str, Any], document: dict[str, Any], prefix: str, depth: int) -> None:
    for key, value in document.items():
        name = prefix + key if prefix else _UNDERSCORED.get(key, key)
        kind = value.__class__
        if kind is str:
            if value:
                record[name] = (time_or_none(value) or value) if name in TIMES else value
        elif kind is float:
            record[name] = (time_or_none(value) or value) if name in TIMES else round(value, 6)
        elif kind is list:
            if kept := [round(one, 6) if one.__class__ is float else one for one in value if one is not None and one != ""]:
                record[name] = kept
        elif kind is dict:
            if depth < _DEEPEST:
                _add(record, value, f"{name}.", depth + 1)
            else:
                record[name] = value
        elif kind is int and name in TIMES:
            record[name] = time_or_none(value) or value
        elif value is not None:
            record[name] = value
