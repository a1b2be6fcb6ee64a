"""Access logs in the formats that Apache httpd and nginx share (Common and Combined Log Format and their usual variants).

    ADDRESS IDENT USER [TIME] "REQUEST" STATUS BYTES ["REFERER" "USER AGENT" [more]]

A virtual host (with or without its port) or the addresses of `X-Forwarded-For` may stand before the address. Which of the
two servers wrote a line is decided here, for both sources alike: see `server_of`.
https://httpd.apache.org/docs/2.4/mod/mod_log_config.html, https://nginx.org/en/docs/http/ngx_http_log_module.html
"""

import re
from collections.abc import Callable
from datetime import tzinfo
from typing import Any, NamedTuple

from normalise.addresses import put_end
from normalise.carried import carried, look, put_carrier
from normalise.conform import valid_ip
from normalise.directions import is_internal
from normalise.http_fields import outcome_of, response_fields, split_request, target_fields
from normalise.partly import partly
from normalise.timestamps import from_clf
from vagt.contracts.event import Event
from vagt.contracts.raw import RawLog
from vagt.errors import NormaliseError

_QUOTED = r'"([^"\\]*(?:\\.[^"\\]*)*)"'
_OPEN_QUOTED = r'"([^"\\]*(?:\\.[^"\\]*)*)(?:"|$)'  # a line that was cut in the user agent
_TIME = r"\[(\d{1,2}/[A-Z][a-z]{2}/\d{4}:\d\d:\d\d:\d\d[ +\-\d.]{0,16})\]"
_REQUEST = rf" {_QUOTED} (\d{{3}}|-) (\d{{1,20}}|-)(?: {_QUOTED} {_OPEN_QUOTED})?(?: (.*))?"
_USUAL = re.compile(rf"([^\s,\"]{{1,255}}) \S{{1,255}} (\S{{1,255}}) {_TIME}{_REQUEST}", re.DOTALL)
_MOMENT = re.compile(_TIME)
_HOST_FIRST = re.compile(r" ([\w.:-]{1,255})(?= \")")
_TAIL = re.compile(_REQUEST, re.DOTALL)
_ADDRESS = re.compile(r"[\w.%:\[\]-]{1,255}")
_LONGEST_LEAD = 4096  # characters before the time; a list of forwarding proxies may be long


class Access(NamedTuple):
    """`remotes` are the addresses that the line has of its client: those of `X-Forwarded-For` first, the peer last."""

    remotes: tuple[str, ...]
    server: str | None
    user: str | None
    stamp: str
    request: str
    status: str
    size: str
    referrer: str | None
    agent: str | None
    more: str | None


def read_access(text: str) -> Access | None:
    """The parts of one line; None where it is no line of these formats."""
    match = _USUAL.fullmatch(text)
    if match is not None:
        remote, user, *rest = match.groups()
        return Access((remote,), None, user, *rest)
    moment = _MOMENT.search(text, 0, _LONGEST_LEAD)
    if moment is None or moment.start() == 0:
        return None
    at = moment.end()
    host = _HOST_FIRST.match(text, at)
    tail = _TAIL.fullmatch(text, host.end() if host else at)
    if tail is None:
        return None
    server, remotes, user = _read_lead(text[: moment.start()].rstrip())
    if not remotes or not all(map(_ADDRESS.fullmatch, (*remotes, server or "-"))):
        return None
    return Access(remotes, host[1] if host else server, user, moment[1], *tail.groups())


def _read_lead(lead: str) -> tuple[str | None, tuple[str, ...], str | None]:
    """(virtual host, addresses, user) of what stands before the time; a user's name may hold blanks."""
    groups: list[list[str]] = []
    words = lead.split(" ")
    at = 0
    while at < len(words) and (at == 0 or words[at] != "-"):
        group = [words[at]]
        quoted = words[at].startswith('"')
        while at + 1 < len(words) and (not words[at].endswith('"') if quoted else words[at].endswith(",")):
            at += 1
            group.append(words[at])
        groups.append([name for word in group if (name := word.strip('",'))])
        at += 1
    user = " ".join(words[at + 1 :])
    if at >= len(words):  # no `-` for the ident: it is named, and the user is one word
        if len(groups) < 3:
            return None, (), None
        user = " ".join(groups.pop())
        groups.pop()
    server = None
    if len(groups) > 1 and len(groups[0]) == 1:
        server = groups.pop(0)[0]
    return server, tuple(name for group in groups for name in group), user if user.strip("- ") else None


def access_event(access: Access, zone: tzinfo) -> Event:
    """The ECS fields of a line. Of several addresses the first one of the internet is the client. Raises NormaliseError."""
    status = access.status
    inner: dict[str, Any] = {"kind": "event", "category": ["web"], "type": ["access"]}
    outcome = outcome_of(status)
    if outcome is not None:
        inner["outcome"] = outcome
    http: dict[str, Any] = {}
    event: Event = {"@timestamp": from_clf(access.stamp, zone), "event": inner, "http": http}
    put_end(event, "source", _client(access.remotes))
    request = split_request(access.request)
    if request is not None:
        method, target, version = request
        event["url"] = target_fields(method, target)
        http["request"] = {"method": method}
        if version is not None:
            http["version"] = version
    if access.referrer and access.referrer != "-":
        http.setdefault("request", {})["referrer"] = access.referrer
    if response := response_fields(status, access.size):
        http["response"] = response
    if access.server is not None:
        _put_server(event, access.server)
    if access.user and access.user not in ("-", '""'):
        event["user"] = {"name": access.user}
    if access.agent and access.agent != "-":
        event["user_agent"] = {"original": access.agent}
    return event


def _client(remotes: tuple[str, ...]) -> str:
    if len(remotes) == 1:
        return remotes[0]
    return next((one for one in remotes if valid_ip(one) and not is_internal(one)), remotes[0])


def _put_server(event: Event, server: str) -> None:
    """`destination` and `url.domain` of a virtual host, which may have its port."""
    host, colon, port = server.rpartition(":")
    if not colon or not port.isdecimal() or ":" in host:
        host, port = server, ""
    put_end(event, "destination", host, port)
    destination = event.get("destination", {})
    if "domain" in destination and "domain" not in event.setdefault("url", {}):
        event["url"]["domain"] = destination["domain"]


def add_access_fields(vendor: dict[str, Any], access: Access) -> None:
    """What ECS has no field for, under the server's own name: all addresses, a request that is none, what stands at the end."""
    vendor["remote_ip_list"] = list(access.remotes)
    if access.request not in ("", "-") and split_request(access.request) is None:
        vendor["request"] = access.request
    if access.more:
        vendor["more"] = access.more


# Which server wrote a line

_LOOKS_LIKE = re.compile(rb"\d\d:\d\d:\d\d[ +\-\d.]{0,16}\](?: [\w.:-]{1,255})? \"")


def server_of_body(body: bytes) -> str | None:
    """`nginx` or `apache` where `body` begins with an access line, for the sources' `recognise`; else None."""
    if _LOOKS_LIKE.search(body, 0, _LONGEST_LEAD) is None:
        return None
    record = look(body)
    access = read_access(record.message)
    return None if access is None else server_of(access, record.app)


_PROGRAMS = {"nginx": "nginx", "openresty": "nginx", "angie": "nginx", "freenginx": "nginx", "tengine": "nginx"}
_PROGRAMS |= dict.fromkeys(("apache", "apache2", "httpd", "httpd2", "apache24", "httpd24"), "apache")
_SQUID = re.compile(r"(?:TCP|UDP|NONE)[A-Z_]{0,40}:[A-Z_]{2,48}")
_NGINX_STATUS = frozenset(("444", "494", "495", "496", "497", "498", "499"))


def server_of_program(program: str | None) -> str | None:
    """`nginx` or `apache` of the program in a syslog header (`httpd/backend1`, `apache2`); None for any other."""
    return None if program is None else _PROGRAMS.get(program.partition("/")[0].partition("_")[0].lower())


def server_of(access: Access, program: str | None) -> str | None:
    """`nginx` or `apache`: who wrote a line; None for a line of Squid, which writes its result at the end.

    The program of a syslog header decides. Else what only one of them writes: Apache a `-` for no request or no bytes, a
    virtual host with its port; nginx an empty request and its own status codes. Else the format that each has by default:
    Common is Apache's, Combined is nginx's.
    """
    known = server_of_program(program)
    if known is not None:
        return known
    if access.more and _SQUID.match(access.more):
        return None
    if access.status in _NGINX_STATUS or not access.request:
        return "nginx"
    if access.request == "-" or access.size == "-" or access.agent is None:
        return "apache"
    if access.server is not None and access.server.rpartition(":")[2].isdecimal():
        return "apache"
    return "nginx"


def server_event(
    text: str, raw: RawLog, zone: tzinfo, read: Callable[[str, tzinfo], Event | None], server: str, refusal: str
) -> Event:
    """The event of one record of `server`, with what carried it: as `read` reads it, else its message in another format
    where the program of the syslog header is the server. Raises NormaliseError, with `refusal`."""
    record = carried(text, raw, zone)
    event = read(record.message, zone)
    if event is None:
        if server_of_program(record.app) != server:
            raise NormaliseError(refusal)
        event = {"event": {"kind": "event", "category": ["web"], "type": ["info"]}, "message": record.message}
        partly(event, "message in another format")
    if record.message is not text:
        put_carrier(event, record)
    return event
