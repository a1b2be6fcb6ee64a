"""What PostgreSQL's messages say: connections, logins and their failures, statements, pgAudit's records."""

import csv
import re
from typing import Any

from normalise.addresses import put_end
from vagt.contracts.event import Event

Inner = dict[str, Any]
_LONGEST = 16384
_ERRORS = frozenset(("ERROR", "FATAL", "PANIC"))
_DURATION = re.compile(
    r"duration: (\d{1,12})\.(\d{3}) ms(?:  (statement|parse|bind|execute)(?: ([^\s:]{1,64}))?: (.*))?", re.DOTALL
)
_STATEMENT = re.compile(r"(statement|execute|parse|bind)(?: ([^\s:]{1,64}))?: (.*)", re.DOTALL)
_RECEIVED = re.compile(r"connection received: host=(\S{1,255})(?: port=(\d{1,5}))?")
_AUTHORIZED = re.compile(
    r"(?:replication )?connection authorized: user=(.{1,63}?)(?: database=(.{1,63}?))?"
    r"(?= application_name=| SSL | GSS |$)(.*)"
)
_AUTHENTICATED = re.compile(r'connection authenticated: (?:identity="([^"]{1,255})"|user="([^"]{1,63})") method=(\S{1,32})')
_TLS = re.compile(r"SSL enabled \(protocol=(TLS|SSL)v([\d.]{1,3}), cipher=([\w-]{1,64})")
_DISCONNECTED = re.compile(
    r"disconnection: session time: (\d{1,6}):(\d\d):(\d\d)\.(\d{3}) "
    r"user=(\S{1,63}) database=(\S{1,63}) host=(\S{1,255})(?: port=(\d{1,5}))?"
)
_FAILED = re.compile(r'([\w-]{2,24}) authentication failed for user "([^"]{0,255})"')
_NO_ENTRY = re.compile(
    r"(?:no pg_hba\.conf entry for|pg_hba\.conf rejects) (?:replication connection (?:from|for) )?(?:connection for )?"
    r'host "([^"]{1,255})", user "([^"]{0,255})"'
)
_MISSING = re.compile(
    r'(role|database) "([^"]{0,255})" (?:does not exist|is not permitted to log in|is not currently accepting)'
)
_DENIED = re.compile(r"permission denied|must be owner of|must be superuser|must have admin option|only superusers? ")
_AUDIT = "AUDIT: "
_AUDIT_COLUMNS = (
    "type",
    "statement_id",
    "substatement_id",
    "class",
    "command",
    "object_type",
    "object_name",
    "statement",
    "parameter",
)
_AUDIT_TYPES = {
    "READ": "access",
    "WRITE": "change",
    "DDL": "change",
    "ROLE": "change",
    "FUNCTION": "access",
    "MISC_SET": "change",
}
_ROLE_TYPES = {"CREATE": "creation", "DROP": "deletion"}


def add_meaning(event: Event, inner: Inner, log: dict[str, Any], severity: str, message: str) -> None:
    """Add category, type, action, outcome and what is in the text; `log` is `postgresql.log`."""
    inner["category"] = ["database"]
    inner["type"] = ["error" if severity in _ERRORS else "info"]
    if severity == "STATEMENT":
        log["query"] = message
        return
    if severity in ("FATAL", "ERROR"):
        _add_failure(event, inner, message[:_LONGEST])
    elif severity == "LOG":
        _BY_WORD.get(message.partition(" ")[0].rstrip(":"), _ignore)(event, inner, log, message)


def _ignore(event: Event, inner: Inner, log: dict[str, Any], message: str) -> None:
    return


def _add_duration(_: Event, inner: Inner, log: dict[str, Any], message: str) -> None:
    match = _DURATION.fullmatch(message)
    if match is not None:
        inner["duration"] = (int(match[1]) * 1000 + int(match[2])) * 1000
        _put_query(log, match[3], match[4], match[5])
        if match[3]:
            inner["action"] = "statement"


def _add_statement(_: Event, inner: Inner, log: dict[str, Any], message: str) -> None:
    match = _STATEMENT.fullmatch(message)
    if match is not None:
        inner["action"] = "statement"
        _put_query(log, *match.groups())


def _put_query(log: dict[str, Any], step: str | None, name: str | None, query: str | None) -> None:
    if step:
        log["query_step"] = step
        log["query"] = query
    if name and name != "<unnamed>":
        log["query_name"] = name


def _add_connection(event: Event, inner: Inner, log: dict[str, Any], message: str) -> None:
    text = message[:_LONGEST]
    if match := _RECEIVED.match(text):
        inner |= {"category": ["database", "network"], "type": ["connection", "start", "info"], "action": "connection-received"}
        _put_client(event, match[1], match[2])
    elif match := _AUTHORIZED.match(text):
        _login(inner, "connection-authorized", "success")
        inner["type"] = ["start", "info"]
        event["user"] = {"name": match[1]}
        if match[2]:
            log["database"] = match[2]
        if tls := _TLS.search(match[3]):
            event["tls"] = {"version_protocol": tls[1].lower(), "version": tls[2], "cipher": tls[3], "established": True}
    elif match := _AUTHENTICATED.match(text):
        _login(inner, "connection-authenticated", "success")
        event.setdefault("user", {})["name"] = match[1] or match[2]
        log["authentication_method"] = match[3]


def _login(inner: Inner, action: str, outcome: str) -> None:
    categories = ["database", "authentication"] + (["session"] if action == "connection-authorized" else [])
    inner |= {"category": categories, "action": action, "outcome": outcome}


def _add_end(event: Event, inner: Inner, log: dict[str, Any], message: str) -> None:
    match = _DISCONNECTED.match(message[:_LONGEST])
    if match is None:
        return
    hours, minutes, seconds, milliseconds, user, database, host, port = match.groups()
    took = (int(hours) * 60 + int(minutes)) * 60 + int(seconds)
    inner |= {
        "category": ["database", "session"],
        "type": ["end", "info"],
        "action": "disconnection",
        "duration": (took * 1000 + int(milliseconds)) * 1_000_000,
    }
    event["user"] = {"name": user}
    log["database"] = database
    _put_client(event, host, port)


def _put_client(event: Event, host: str, port: str | None) -> None:
    if host != "[local]":
        put_end(event, "source", host, port)


def _add_failure(event: Event, inner: Inner, text: str) -> None:
    inner["outcome"] = "failure"
    if match := _FAILED.search(text):
        _login(inner, "authentication-failed", "failure")
        inner["type"] = ["error", "info"]
        inner["reason"] = f"{match[1]} authentication failed"
        event["user"] = {"name": match[2]}
    elif match := _NO_ENTRY.match(text):
        _login(inner, "connection-rejected", "failure")
        inner["type"] = ["error", "info"]
        event["user"] = {"name": match[2]}
        if "source" not in event:
            _put_client(event, match[1], None)
    elif match := _MISSING.match(text):
        _login(inner, "authentication-failed", "failure")
        inner["type"] = ["error", "info"]
        inner["reason"] = text
        if match[1] == "role":
            event["user"] = {"name": match[2]}
    elif _DENIED.search(text[:256]):
        inner["action"] = "permission-denied"


def _add_audit(event: Event, inner: Inner, log: dict[str, Any], message: str) -> None:
    """pgAudit: `AUDIT: SESSION,1,1,DDL,CREATE TABLE,TABLE,public.x,"create table x …",<not logged>`."""
    try:
        values = next(csv.reader((message[len(_AUDIT) :],)), [])
    except csv.Error:
        return
    audit = {name: value for name, value in zip(_AUDIT_COLUMNS, values, strict=False) if value}
    kind, command = audit.get("class", ""), audit.get("command", "")
    inner["type"] = [_AUDIT_TYPES.get(kind, "info")]
    if command:
        inner["action"] = command.lower().replace(" ", "-")
    if kind == "ROLE":
        inner["category"] = ["database", "iam"]
        inner["type"] = [_ROLE_TYPES.get(command.partition(" ")[0], "change"), "user", "info"]
    if "statement" in audit:
        log["query"] = audit["statement"]
    event["postgresql"]["audit"] = audit


_BY_WORD = {
    "duration": _add_duration,
    "statement": _add_statement,
    "execute": _add_statement,
    "parse": _add_statement,
    "bind": _add_statement,
    "connection": _add_connection,
    "replication": _add_connection,
    "disconnection": _add_end,
    "AUDIT": _add_audit,
}
