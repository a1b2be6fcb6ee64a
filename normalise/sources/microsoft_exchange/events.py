"""The columns of one line of an Exchange log to an ECS event; all columns stay under `microsoft.exchange.*`."""

from datetime import UTC
from typing import Any

from normalise.addresses import put_end
from normalise.conform import valid_ip
from normalise.http_fields import outcome_of, response_fields, target_fields
from normalise.sources.microsoft_exchange.columns import ECP, HTTP_PROXY, MAILBOX, SMTP, TRACKING
from normalise.timestamps import from_iso_stamp
from vagt.contracts.event import Event

Columns = dict[str, str]
_KNOWN = frozenset((*TRACKING, *SMTP, *MAILBOX, *HTTP_PROXY, *ECP))
_NUMBERS = frozenset(("total-bytes", "recipient-count", "sequence-number", "seqNumber", "duration", "rqsize", "rpsize"))
_FAILED = frozenset(("FAIL", "BADMAIL", "POISONMESSAGE", "DEFER", "DSN", "THROTTLE", "MALWARE", "REJECT"))
_DONE = frozenset(("DELIVER", "SEND", "SENDEXTERNAL", "RECEIVE", "SUBMIT", "DUPLICATEDELIVER", "PROCESS"))
_DIRECTIONS = {"Originating": "outbound", "Incoming": "inbound"}


def event_of(columns: Columns) -> Event:
    """Raises NormaliseError for a time that is none."""
    columns = {name: value for name, value in columns.items() if value != "" and name in _KNOWN}
    inner: dict[str, Any] = {"kind": "event", "category": ["email"], "type": ["info"]}
    event: Event = {"event": inner}
    stamp = columns.get("date-time") or columns.get("dateTime") or columns.get("DateTime")
    if stamp is not None:
        event["@timestamp"] = from_iso_stamp(stamp, UTC)
    if "event-id" in columns:
        log = "tracking"
        _tracking(event, inner, columns)
    elif "remote-endpoint" in columns:
        log = "smtp"
        _smtp(event, inner, columns)
    elif "EcpEvent" in columns:
        log = "ecp"
        inner |= {"category": ["web", "configuration"], "type": ["info"], "action": columns["EcpEvent"].lower()}
        event["message"] = columns.get("EcpDetails", "")
    elif "RequestId" in columns:
        log = "http_proxy"
        _http_proxy(event, inner, columns)
    else:
        log = "mailbox"
        _mailbox(event, inner, columns)
    event["microsoft"] = {"exchange": {log: {_tidy(name): _typed(name, value) for name, value in columns.items()}}}
    return event


def _tidy(name: str) -> str:
    return name.replace("-", "_")


def _typed(name: str, value: str) -> str | int:
    return int(value) if name in _NUMBERS and value.isdecimal() and len(value) < 18 else value


def _tracking(event: Event, inner: dict[str, Any], columns: Columns) -> None:
    kind = columns["event-id"]
    inner["action"] = kind.lower()
    inner["provider"] = columns.get("source", "")
    if kind in _FAILED:
        inner["outcome"] = "failure"
    elif kind in _DONE:
        inner["outcome"] = "success"
    if "recipient-status" in columns:
        inner["reason"] = columns["recipient-status"]
    for end, address, name in (("source", "client-ip", "client-hostname"), ("destination", "server-ip", "server-hostname")):
        if valid_ip(columns.get(address, "").partition("%")[0]):
            put_end(event, end, columns[address])
            if name in columns:
                event[end]["domain"] = columns[name]
        elif name in columns:
            put_end(event, end, columns[name])
    _put_email(event, columns)


def _put_email(event: Event, columns: Columns) -> None:
    email: dict[str, Any] = {}
    for part, name in (("from", "sender-address"), ("to", "recipient-address")):
        if addresses := [one for one in columns.get(name, "").split(";") if one and one != "<>"]:
            email[part] = {"address": addresses}
    for field, name in (("subject", "message-subject"), ("local_id", "internal-message-id")):
        if name in columns:
            email[field] = columns[name]
    if message_id := columns.get("message-id", "").strip("<>"):
        email["message_id"] = message_id
    if direction := _DIRECTIONS.get(columns.get("directionality", "")):
        email["direction"] = direction
    if email:
        event["email"] = email


def _put_endpoints(event: Event, client: str | None, server: str | None) -> None:
    for end, endpoint in (("source", client), ("destination", server)):
        if endpoint is not None:
            address, _, port = endpoint.rpartition(":")
            put_end(event, end, address, port)


def _smtp(event: Event, inner: dict[str, Any], columns: Columns) -> None:
    """The other side is the client: in the log of a send connector it is the server, which no line says."""
    _put_endpoints(event, columns.get("remote-endpoint"), columns.get("local-endpoint"))
    data, kind = columns.get("data", ""), columns.get("event", "")
    inner["category"] = ["email", "network"]
    inner["action"] = "smtp-protocol"
    if kind in ("+", "-"):
        inner |= {"type": ["connection", "start" if kind == "+" else "end", "info"], "action": "smtp-connection"}
    elif data.startswith("535 "):
        inner |= {"category": ["authentication", "email"], "action": "smtp-login", "outcome": "failure", "reason": data}
    elif data.startswith("235 "):
        inner |= {"category": ["authentication", "email"], "action": "smtp-login", "outcome": "success"}
    elif kind == ">" and data[:1] in ("4", "5") and data[:3].isdecimal():
        inner |= {"type": ["denied", "info"], "outcome": "failure", "code": data[:3], "reason": data}
    if data:
        event["message"] = data


def _mailbox(event: Event, inner: dict[str, Any], columns: Columns) -> None:
    _put_endpoints(event, columns.get("cIp"), columns.get("sIp"))
    command, context = columns.get("command", ""), columns.get("context", "")
    inner["category"] = ["email", "network"]
    inner["action"] = command.lower() or "mailbox-protocol"
    if columns.get("duration", "").isdecimal():
        inner["duration"] = int(columns["duration"]) * 1_000_000
    if "user" in columns:
        event["user"] = {"name": columns["user"]}
    if command.lower() in ("authenticate", "auth", "login", "pass"):
        inner["category"] = ["authentication", "email"]
        if "AuthFailed" in context or "-ERR" in context or " NO " in context:
            inner |= {"outcome": "failure", "reason": context}
        elif "R=ok" in context or "R=OK" in context:
            inner["outcome"] = "success"


def _http_proxy(event: Event, inner: dict[str, Any], columns: Columns) -> None:
    """A request that the front end passed on to a mailbox server; ProxyLogon and ProxyShell are seen in its columns."""
    status = columns.get("HttpStatus", "")
    inner |= {"category": ["web"], "type": ["access"], "action": columns.get("ProxyAction", "request").lower()}
    if outcome := outcome_of(status):
        inner["outcome"] = outcome
    if "ErrorCode" in columns:
        inner["code"] = columns["ErrorCode"]
    http: dict[str, Any] = {"response": response_fields(status, ""), "request": {"id": columns["RequestId"]}}
    if "Method" in columns:
        http["request"]["method"] = columns["Method"]
    event["http"] = http
    if "UrlStem" in columns:
        event["url"] = target_fields(None, columns["UrlStem"])
    if "UrlHost" in columns:
        event.setdefault("url", {})["domain"] = columns["UrlHost"]
    if "ClientIpAddress" in columns:
        put_end(event, "source", columns["ClientIpAddress"])
    if "UserAgent" in columns:
        event["user_agent"] = {"original": columns["UserAgent"]}
    if "AuthenticatedUser" in columns:
        event["user"] = {"name": columns["AuthenticatedUser"]}
