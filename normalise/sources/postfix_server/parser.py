"""A syslog line of one of Postfix's daemons in, its ECS event out; Postfix's own words stay under `postfix.*`."""

import re
from datetime import tzinfo
from typing import Any

from normalise.carried import carried, look, put_carrier, read_lines
from normalise.partly import partly
from normalise.source import Source
from normalise.sources.postfix_server.fields import LONGEST
from normalise.sources.postfix_server.queue import read_queued
from normalise.sources.postfix_server.smtpd import read_client, read_queued_client, read_verdict
from vagt.contracts.event import Event
from vagt.contracts.raw import RawLog
from vagt.errors import NormaliseError

# short ids are hexadecimal; long ones (enable_long_queue_ids) have consonants and digits, a `z` between time and inode
_QUEUE_ID = re.compile(r"(NOQUEUE|[0-9A-F]{5,20}|[0-9B-DF-HJ-NP-TV-Zb-df-hj-np-tv-z]{10,24}): ")
_SEVERITY = re.compile(r"(warning|error|fatal|panic): ")
_CLIENT_DAEMONS = frozenset(("smtpd", "postscreen", "smtp", "lmtp", "tlsproxy", "qmqpd", "cleanup", "dnsblog"))
_QUIET = frozenset(("anvil", "master", "scache", "postfix-script", "tlsmgr", "postmap", "postalias", "postsuper", "verify"))
_LISTED = re.compile(r"addr ([0-9A-Fa-f.:]{2,45}) listed by domain (\S{1,255}) as (\S{1,64})")


def parse(raw: RawLog, zone: tzinfo) -> list[Event]:
    """One event a line. Raises NormaliseError."""
    return [_parse_line(line, raw, zone) for line in read_lines(raw)]


def _parse_line(text: str, raw: RawLog, zone: tzinfo) -> Event:
    record = carried(text, raw, zone)
    if not _is_postfix(record.app):
        raise NormaliseError("not a message of Postfix: the program in the syslog header is no postfix/daemon")
    daemon = (record.app or "").rpartition("/")[2]
    message = record.message.strip()
    inner: dict[str, Any] = {"kind": "event", "category": ["email"], "type": ["info"]}
    postfix: dict[str, Any] = {"daemon": daemon}
    event: Event = {"event": inner, "message": message, "postfix": postfix}
    if not _read(event, inner, postfix, daemon, message[:LONGEST]):
        partly(event, f"message of {daemon}" if daemon in _CLIENT_DAEMONS else "message of a daemon")
    put_carrier(event, record)
    return event


def _read(event: Event, inner: dict[str, Any], postfix: dict[str, Any], daemon: str, message: str) -> bool:
    match = _QUEUE_ID.match(message)
    if match is not None:
        if match[1] != "NOQUEUE":
            postfix["queue_id"] = match[1]
            event["email"] = {"local_id": match[1]}
        rest = message[match.end() :]
        return (
            read_queued_client(event, inner, postfix, rest)
            or read_verdict(event, inner, postfix, rest)
            or read_queued(event, inner, postfix, rest)
            or read_client(event, inner, postfix, rest)
        )
    if severity := _SEVERITY.match(message):
        event["log"] = {"level": severity[1]}
    if read_client(event, inner, postfix, message):
        return True
    if listed := _LISTED.match(message):
        inner |= {"action": "dnsbl-listed", "category": ["email", "network"]}
        event["source"] = {"address": listed[1], "ip": listed[1]}
        postfix["dnsbl"] = {"domain": listed[2], "answer": listed[3]}
        return True
    return daemon in _QUIET or severity is not None


def _is_postfix(app: str | None) -> bool:
    return app is not None and app.startswith("postfix")


def recognise(body: bytes) -> bool:
    """The program in the syslog header or the journal entry is `postfix/smtpd` or the like."""
    return b"postfix" in body[:4096] and _is_postfix(look(body).app)


SOURCE = Source(
    id="postfix.server",
    title="Postfix (smtpd, postscreen, cleanup, qmgr, smtp, local and its other daemons)",
    parse=parse,
    marks=(b"postfix",),
    recognise=recognise,
    rank=20,
    framings=("syslog", "file", "journal"),
    sender="host",
)
