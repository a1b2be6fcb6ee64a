"""A line of nginx' access or error log in, its ECS event out; what ECS has no field for stays under `nginx.*`."""

import re
from datetime import UTC, tzinfo

from normalise.access_log import (
    Access,
    access_event,
    add_access_fields,
    read_access,
    server_event,
    server_of_body,
    server_of_program,
)
from normalise.carried import look, read_lines
from normalise.conform import valid_ip
from normalise.source import Source
from normalise.sources.nginx_server.error_log import LINE, error_event
from normalise.sources.nginx_server.ingress import add_ingress, manager_event
from vagt.contracts.event import Event
from vagt.contracts.raw import RawLog
from vagt.errors import NormaliseError

_BEGINS = re.compile(
    r"\d{4}/\d\d/\d\d \d\d:\d\d:\d\d \[|.{1,4096}\[\d{1,2}/[A-Z][a-z]{2}/\d{4}:|\[\d{1,2}/[A-Z][a-z]{2}/\d{4}:|<\d{1,3}>"
)
_FORWARDED = re.compile(r'"([^"]{1,4096})"')
_REFUSAL = "neither an access log (combined and its usual variants) nor nginx' error log"


def parse(raw: RawLog, zone: tzinfo) -> list[Event]:
    """One event for each line, or message of several lines. Raises NormaliseError."""
    return [server_event(text, raw, zone, _read, "nginx", _REFUSAL) for text in read_lines(raw, _BEGINS.match)]


def _read(text: str, zone: tzinfo) -> Event | None:
    match = LINE.fullmatch(text)
    if match is not None:
        return error_event(match, zone)
    access = read_access(text)
    if access is not None:
        return _access(access, zone)
    return manager_event(text, zone) if text.startswith("[") else None


def _access(access: Access, zone: tzinfo) -> Event:
    event = access_event(access, zone)
    if access.more is not None:
        ingress = add_ingress(event, access.more)
        if ingress is not None:
            ingress["remote_ip_list"] = list(access.remotes)
            event["nginx"] = {"ingress_controller": ingress}
            return event
        access = _put_forwarded(event, access)
    event["nginx"] = {"access": {}}
    add_access_fields(event["nginx"]["access"], access)
    return event


def _put_forwarded(event: Event, access: Access) -> Access:
    """`"$http_x_forwarded_for"` behind the user agent, as in the configuration that nginx comes with."""
    match = _FORWARDED.match(access.more or "")
    if match is None:
        return access
    if match[1] != "-" and valid_ip(first := match[1].partition(",")[0].strip()):
        event["network"] = {"forwarded_ip": first}
    more = (access.more or "")[match.end() :].strip()
    remotes = access.remotes if match[1] == "-" else (*map(str.strip, match[1].split(",")), *access.remotes)
    return access._replace(remotes=remotes, more=more or None)


_ERROR = re.compile(rb"(?:^|[ \n])\d{4}/\d\d/\d\d \d\d:\d\d:\d\d \[[a-z]{4,6}\] \d{1,10}[#:]\d")
_LONGEST_HEADER = 512


def recognise(body: bytes) -> bool:
    """The error log's head, an access line that `access_log` says is nginx', Nginx Proxy Manager's, or the program's name."""
    if _ERROR.search(body, 0, _LONGEST_HEADER) is not None:
        return True
    server = server_of_body(body)
    if server is not None:
        return server == "nginx"
    if b"nginx" not in body[:1024] and not body.startswith(b"["):
        return False
    record = look(body)
    return server_of_program(record.app) == "nginx" or (record.app is None and _is_manager(record.message))


def _is_manager(text: str) -> bool:
    try:
        return text.startswith("[") and manager_event(text, UTC) is not None
    except NormaliseError:
        return False


SOURCE = Source(
    id="nginx.server",
    title="nginx (access and error log, ingress-nginx, Nginx Proxy Manager)",
    parse=parse,
    marks=(b'] "', b"HTTP/", b"nginx", b"[Client ", b"#", b" [error] ", b" [warn] ", b" [crit] ", b'" 400 '),
    recognise=recognise,
    rank=40,
    framings=("syslog", "file"),
    sender="host",
)
