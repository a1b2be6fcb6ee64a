"""A line of Apache httpd's access or error log in, its ECS event out; what ECS has no field for stays under `apache.*`."""

import re
from datetime import tzinfo
from typing import Any

from normalise.access_log import access_event, add_access_fields, read_access, server_event, server_of_body, server_of_program
from normalise.addresses import put_end
from normalise.carried import look, read_lines
from normalise.http_fields import response_fields, split_request, target_fields
from normalise.source import Source
from normalise.sources.apache_httpd.error_log import LINE, error_event
from normalise.timestamps import from_clf
from vagt.contracts.event import Event
from vagt.contracts.raw import RawLog

_BEGINS = re.compile(r"\[|<\d{1,3}>|.{1,4096}\[(?:\d{1,2}/[A-Z][a-z]{2}/\d{4}:|error\]|[\w-]{0,32}:[a-z0-9]{4,6}\])")
# CustomLog … "%t %h %{SSL_PROTOCOL}x %{SSL_CIPHER}x \"%r\" %b": the request log of mod_ssl's example configuration
_TLS = re.compile(
    r'\[([^\]]{20,30})\] (\S{1,255}) (TLSv[\d.]{1,3}|SSLv\d|-) (\S{1,128}) "([^"\\]*(?:\\.[^"\\]*)*)" (\d{1,20}|-)'
)
_REFUSAL = "neither an access log (common, combined and their usual variants) nor httpd's error log"


def parse(raw: RawLog, zone: tzinfo) -> list[Event]:
    """One event for each line. Raises NormaliseError."""
    return [server_event(text, raw, zone, _read, "apache", _REFUSAL) for text in read_lines(raw, _BEGINS.match)]


def _read(text: str, zone: tzinfo) -> Event | None:
    if text.startswith("["):
        match = LINE.fullmatch(text)
        return error_event(match, zone) if match is not None else _tls_request(text, zone)
    access = read_access(text)
    if access is None:
        return None
    event = access_event(access, zone)
    event["apache"] = {"access": {}}
    add_access_fields(event["apache"]["access"], access)
    return event


def _tls_request(text: str, zone: tzinfo) -> Event | None:
    match = _TLS.fullmatch(text)
    if match is None:
        return None
    stamp, client, protocol, cipher, line, size = match.groups()
    http: dict[str, Any] = {}
    event: Event = {
        "@timestamp": from_clf(stamp, zone),
        "event": {"kind": "event", "category": ["web"], "type": ["access"]},
        "http": http,
        "apache": {"access": {"ssl": {"protocol": protocol, "cipher": cipher}}},
    }
    put_end(event, "source", client)
    if (request := split_request(line)) is not None:
        method, target, version = request
        event["url"] = target_fields(method, target)
        http["request"] = {"method": method}
        if version is not None:
            http["version"] = version
    if response := response_fields("-", size):
        http["response"] = response
    if protocol != "-":
        event["tls"] = {"version_protocol": protocol[:3].lower(), "version": protocol[4:], "cipher": cipher}
    return event


_ERROR = re.compile(
    rb"(?:^|[ \n])(?:\[(?:[A-Z][a-z]{2} )?[A-Z][a-z]{2} {1,2}\d{1,2} \d\d:\d\d:\d\d(?:\.\d{1,6})? \d{4}\] "
    rb"\[(?:[\w-]{0,32}:)?(?:emerg|alert|crit|error|warn|notice|info|debug|trace[1-8])\] "
    rb"|\[[\w-]{0,32}:?(?:emerg|alert|crit|error|warn|notice|info|debug|trace[1-8])\] \[(?:client|pid) )"
)
_LONGEST_HEADER = 512


def recognise(body: bytes) -> bool:
    """The error log's head, an access line that `access_log` says is Apache's, mod_ssl's request log, or the program's name."""
    if _ERROR.search(body, 0, _LONGEST_HEADER) is not None:
        return True
    server = server_of_body(body)
    if server is not None:
        return server == "apache"
    if (
        b"TLSv1" not in body[:1024]
        and b"SSLv" not in body[:1024]
        and b"apache" not in body[:512]
        and b"httpd" not in body[:512]
    ):
        return False
    record = look(body)
    return server_of_program(record.app) == "apache" or _TLS.fullmatch(record.message) is not None


SOURCE = Source(
    id="apache.httpd",
    title="Apache httpd (access and error log)",
    parse=parse,
    marks=(b'] "', b"HTTP/", b"] [", b"apache", b"httpd", b"] TLSv"),
    recognise=recognise,
    rank=40,
    framings=("syslog", "file"),
    sender="host",
)
