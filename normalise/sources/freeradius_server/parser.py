"""Records of FreeRADIUS (radius.log, syslog, detail files, linelog) to ECS; its words stay under `freeradius.server.*`."""

import re
from datetime import tzinfo
from typing import Any

from normalise.addresses import put_end
from normalise.carried import carried, look, put_carrier, read_lines
from normalise.partly import partly
from normalise.radius_fields import put_attributes, put_packet, put_user
from normalise.source import Source
from normalise.sources.freeradius_server.detail import read_detail
from normalise.sources.syslog_generic.record import Record
from normalise.timestamps import from_named_month
from vagt.contracts.event import Event
from vagt.contracts.raw import RawLog
from vagt.errors import NormaliseError

Fields = dict[str, Any]
_STAMP = re.compile(r"[A-Z][a-z]{2} ([A-Z][a-z]{2}) ([ \d]\d) (\d\d:\d\d:\d\d) (\d{4})(?: : (?P<level>\w{4,8}): ?|$)", re.ASCII)
_REQUEST = re.compile(r"\s{0,4}\((\d{1,10})\)\s{1,8}")
_LOGIN = re.compile(
    r"(?P<what>Login OK|Login incorrect|Invalid user|rlm_\w{2,32}: Login incorrect)(?: \((?P<why>.{1,512}?)\))?: \["
    r"(?P<user>[^\]\n]{0,512})\]"
    r"(?P<more>.{0,512}?) ?\(from client (?P<client>\S{1,128}) port (?P<port>\d{1,10})(?: cli (?P<cli>\S{1,64}))?"
    r"(?P<tunnel> via TLS tunnel)?\)(?P<rest>.*)",
    re.DOTALL,
)
_UNKNOWN_CLIENT = re.compile(
    r"Ignoring request to .{1,256}? from unknown client (?P<ip>[0-9A-Fa-f.:]{2,45}) port (?P<port>\d{1,5})"
)
_SECRET = re.compile(
    r"(?:Dropping packet without response because of error: )?Received packet from (?P<ip>[0-9A-Fa-f.:]{2,45}) with invalid "
    r"(?:Message-|Request )?Authenticator"
)
_HOME = re.compile(
    r"Marking home server (?P<ip>[0-9A-Fa-f.:]{2,45}) port (?P<port>\d{1,5}) (?P<state>as zombie|alive|as dead|as alive)"
)
_LINELOG = re.compile(r"(?P<what>Accepted|Rejected) user: (?P<user>.{1,253})|Sent challenge: (?P<challenged>.{1,253})")
_SESSION = re.compile(
    r"(?P<what>Connect|Disconnect): \[(?P<user>[^\]]{0,253})\] \(did (?P<called>[^\s)]{0,128}) cli (?P<cli>[^\s)]{0,128}) "
    r"port (?P<port>[^\s)]{0,32}) ip (?P<ip>[^\s)]{0,45})\)"
    r"(?: (?P<seconds>\d{1,10}) seconds)?"
)
_LONGEST = 8192
_PROGRAMS = frozenset(("radiusd", "freeradius"))


def parse(raw: RawLog, zone: tzinfo) -> list[Event]:
    """One event a line, or a record of a detail file. Raises NormaliseError."""
    events = [_event(record, raw, zone) for record in read_lines(raw, _begins) if record.strip()]
    if not events:
        raise NormaliseError("the record is empty")
    return events


def _begins(line: str) -> bool:
    return line[:1] not in ("\t", "")


def _event(text: str, raw: RawLog, zone: tzinfo) -> Event:
    first, _, below = text.partition("\n")
    event: Event = {"event": {"kind": "event", "category": ["network"], "type": ["info"]}}
    own: Fields = {}
    stamp = _STAMP.match(first)
    record = Record(None, None, None, None, first) if stamp else carried(first, raw, zone)
    message = record.message.strip()
    if stamp is None and record.app in _PROGRAMS and (stamp := _STAMP.match(message)) is not None:
        first = message
    if stamp is not None:
        event["@timestamp"] = from_named_month(stamp[2].strip(), stamp[1], stamp[4], stamp[3], "", zone)
        message = first[stamp.end() :].strip()
        if stamp["level"]:
            event["log"] = {"level": stamp["level"].lower()}
    elif record.app not in _PROGRAMS and _LOGIN.match(message) is None:
        raise NormaliseError("not a record of FreeRADIUS: no time as in radius.log, and no radiusd or freeradius in the header")
    event["message"] = message or first
    event["process"] = {"name": record.app or "radiusd"}
    if stamp is not None and not stamp["level"]:
        if not read_detail(event, own, below.split("\n")):
            raise NormaliseError(
                "a detail record without attributes: send its lines as one record (see the README: multi-line)"
            )
    else:
        _message(event, own, message[:_LONGEST])
    if own:
        event["freeradius"] = {"server": own}
    put_carrier(event, record)
    return event


def _message(event: Event, own: Fields, text: str) -> None:
    if (request := _REQUEST.match(text)) is not None:
        own["request"] = request[1]
        text = text[request.end() :]
    inner = event["event"]
    if (login := _LOGIN.match(text)) is not None:
        _login(event, inner, own, login)
    elif (match := _UNKNOWN_CLIENT.match(text)) or (match := _SECRET.match(text)):
        is_unknown = text.startswith("Ignoring")
        inner.update(
            category=["authentication"],
            action="unknown-client" if is_unknown else "wrong-secret",
            outcome="failure",
            reason=text,
        )
        put_end(event, "client", match["ip"], match.groupdict().get("port"))
        event["source"] = dict(event["client"])
    elif (match := _HOME.search(text)) is not None:
        inner.update(
            action="home-server-" + match["state"].removeprefix("as "),
            outcome="success" if "alive" in match["state"] else "failure",
        )
        put_end(event, "server", match["ip"], match["port"])
    elif (match := _LINELOG.match(text)) is not None:
        kind = {"Accepted": "Access-Accept", "Rejected": "Access-Reject"}.get(match["what"] or "", "Access-Challenge")
        put_packet(event, kind, None)
        put_user(event, match["user"] or match["challenged"])
    elif (match := _SESSION.match(text)) is not None:
        put_packet(event, "Accounting-Request", "Start" if match["what"] == "Connect" else "Stop")
        names = {"user": "User-Name", "called": "Called-Station-Id", "cli": "Calling-Station-Id", "ip": "Framed-IP-Address"}
        found = {attribute: match[name] for name, attribute in names.items() if match[name]}
        put_attributes(event, found | ({"Acct-Session-Time": match["seconds"]} if match["seconds"] else {}))
    elif text.startswith(("Login", "Invalid user")):
        partly(event, "login")
    elif event.get("log", {}).get("level") == "error":
        inner.update(outcome="failure", reason=text)


def _login(event: Event, inner: Fields, own: Fields, match: re.Match[str]) -> None:
    """The password that `auth_badpass` and `auth_goodpass` put behind the name goes to no field."""
    good = match["what"] == "Login OK"
    inner.update(category=["authentication"], type=["start"], action="login", outcome="success" if good else "failure")
    if not good:
        inner["reason"] = match["why"] or match["what"]
    name, slash, _ = match["user"].partition("/")
    if name == "host" and slash:  # a computer: host/pc-041.kommune.example
        name = "/".join(match["user"].split("/", 2)[:2])
    if name:
        put_user(event, name)
    own["client"] = match["client"]
    own["nas_port"] = match["port"]
    if match["tunnel"]:
        own["tunnel"] = "tls"
    put_attributes(event, {"Calling-Station-Id": match["cli"] or "", "NAS-Identifier": match["client"]})


def recognise(body: bytes) -> bool:
    """The time as in radius.log with a level, or alone above attributes; a line of radiusd; a login in syslog."""
    head = body[:_LONGEST].decode("latin-1")
    first, _, below = head.partition("\n")
    if (stamp := _STAMP.match(first)) is not None:
        if not stamp["level"]:
            return below.startswith("\t") and " = " in below
        return stamp["level"] in _LEVELS
    return look(body).app in _PROGRAMS


_LEVELS = frozenset(("Auth", "Info", "Error", "Warn", "Proxy", "Debug", "Acct", "WARNING", "ERROR", "INFO"))
SOURCE = Source(
    id="freeradius.server",
    title="FreeRADIUS (logins, detail files, linelog)",
    parse=parse,
    marks=(b" : Auth: ", b" : Info: ", b" : Error: ", b" : Warn", b" : Proxy: ", b" : Debug: ", b" : Acct: ", b" : WARNING: ",
           b" : ERROR: ", b" : INFO: ", b"radiusd",
        b"freeradius", b"User-Name = ", b"NAS-IP-Address = ", b"Acct-Status-Type = "),
    recognise=recognise,
    rank=24,
    framings=("file", "syslog", "journal"),
    sender="host",
)  # fmt: skip
