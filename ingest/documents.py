"""A shipper's document (Beats, Logstash, Fluent Bit, Vector) as a raw log: its source, body, position and host.

- source: the token's; else the index name's (settings); else the document's dataset; else `windows.eventlog` for what
  Winlogbeat sends; else none, and normalise looks at the content.
- body: `unwrap` message takes the line that the shipper wrapped (`event.original`, `message`, `log`), document the whole
  document, auto the line except where the document is the log (Windows events; no line in it).
- position: index and `_id` where the sender gives one; else what the shipper tells of the place that it read from; else new.
"""

from collections.abc import Mapping
from datetime import datetime
from fnmatch import fnmatchcase
from typing import Any, NamedTuple

import orjson

from ingest.bulk import BulkItem
from ingest.identity import Identity
from vagt.contracts.event import get_field
from vagt.contracts.raw import RawLog
from vagt.errors import RejectedError
from vagt.ids import content_id, uuid7

_WINDOWS = "windows.eventlog"
DATASETS: Mapping[str, str] = {
    "system.auth": "linux.auth",
    "system.syslog": "syslog.generic",
    "fortinet.firewall": "fortinet.fortigate",
    "fortinet_fortigate.log": "fortinet.fortigate",
    "cisco_asa.log": "cisco.asa",
    **dict.fromkeys(("system.security", "system.system", "system.application", "winlog.winlog"), _WINDOWS),
    **dict.fromkeys(("windows.sysmon_operational", "windows.powershell", "windows.powershell_operational"), _WINDOWS),
    "windows.forwarded": _WINDOWS,
}
_LINES = ("event.original", "message", "log")
_HOSTS = ("host.name", "host.hostname", "agent.hostname", "agent.name", "hostname", "host")


class Shaping(NamedTuple):
    """How documents become logs. `known` are the source ids that a dataset may name itself."""

    index_sources: Mapping[str, str]
    dataset_sources: Mapping[str, str]
    known: frozenset[str]
    unwrap: str


def log_of(item: BulkItem, sender: Identity, shaping: Shaping, now: datetime, peer: str) -> RawLog:
    """The log of one document. Raises RejectedError `document_parsing_exception` or `security_exception`."""
    try:
        document = orjson.loads(item.document)
    except orjson.JSONDecodeError as error:
        raise RejectedError("document_parsing_exception", f"the document is not JSON: {error}") from None
    if not isinstance(document, dict):
        raise RejectedError("document_parsing_exception", "the document is no JSON object")
    source = source_of(document, item.index_name, sender, shaping)
    if not sender.may_send(source):
        raise RejectedError("security_exception", f"this token may not send {source or 'documents that name no source'}")
    body = body_of(document, item.document, source, sender.unwrap or shaping.unwrap)
    position = f"{item.index_name}/{item.id}" if item.id is not None else place_of(document)
    return RawLog(sender.tenant, source, body, now, "http", host_of(document) or peer, position or uuid7(), sender.subject)


def source_of(document: dict[str, Any], index: str, sender: Identity, shaping: Shaping) -> str | None:
    """The document's source, None where only its content can tell."""
    if sender.source is not None:
        return sender.source
    for pattern, source in shaping.index_sources.items():
        if fnmatchcase(index, pattern):
            return source
    for name in ("data_stream.dataset", "event.dataset"):
        dataset = get_field(document, name)
        if isinstance(dataset, str):
            source_id = shaping.dataset_sources.get(dataset) or DATASETS.get(dataset)
            if source_id or dataset in shaping.known:
                return source_id or dataset
    return _WINDOWS if isinstance(document.get("winlog"), dict) or index.startswith("winlogbeat") else None


def body_of(document: dict[str, Any], raw: bytes, source: str | None, unwrap: str) -> bytes:
    """The log in the document: a line that the shipper wrapped, or the document as it came."""
    if unwrap == "document" or (unwrap == "auto" and (source == _WINDOWS or "winlog" in document)):
        return raw
    for name in _LINES:
        line = get_field(document, name)
        if isinstance(line, str) and line:
            return line.encode()
    return raw


def host_of(document: dict[str, Any]) -> str:
    """The host that the shipper names; empty where it names none."""
    for name in _HOSTS:
        value = get_field(document, name)
        if isinstance(value, str) and value:
            return value[:255]
    return ""


def place_of(document: dict[str, Any]) -> str | None:
    """Where the shipper read the log, where it says so: Winlogbeat's record number, Filebeat's file and offset.

    With the time in it: a record number comes again after a log was cleared, an offset after a rotation.
    """
    time = get_field(document, "@timestamp")
    record = get_field(document, "winlog.record_id")
    if record is not None:
        names = ("winlog.computer_name", "winlog.channel", "winlog.provider_name")
        return _place("winlog", *(get_field(document, name) for name in names), record, time)
    offset = get_field(document, "log.offset")
    file = get_field(document, "log.file.fingerprint") or get_field(document, "log.file.inode")
    agent = get_field(document, "agent.id")
    if offset is not None and file and agent and time:
        return _place("file", agent, get_field(document, "log.file.path"), file, offset, time)
    return None


def _place(kind: str, *parts: object) -> str:
    return f"{kind}-{content_id(*(str(part).encode() for part in parts))}"
