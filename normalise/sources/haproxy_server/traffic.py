"""HAProxy's lines about connections and requests (https://docs.haproxy.org/3.0/configuration.html#8.2) to ECS.

HTTP   192.0.2.1:43738 [22/Nov/2026:10:15:30.497] fe~ be/srv1 0/0/1/30/31 200 1235 - - ---- 1/1/0/0/0 0/0 {a|b} {c} "GET / HTTP/1.1"
TCP    192.0.2.1:43738 [22/Nov/2026:10:15:30.497] fe be/srv1 0/1/5007 212 -- 0/0/0/0/3 0/0
error  192.0.2.1:43738 [22/Nov/2026:10:15:30.497] fe/bind: SSL handshake failure
"""  # noqa: E501  (a log line stays on one line)

import re
from datetime import tzinfo
from typing import Any

from normalise.addresses import put_end
from normalise.http_fields import outcome_of, split_request, target_fields
from normalise.timestamps import from_clf
from vagt.contracts.event import Event

_HEAD = r"(\S{1,128}):(\d{1,5}) \[(\d{1,2}/[A-Z][a-z]{2}/\d{4}:\d\d:\d\d:\d\d\.\d{3})\] "
_PROXIES = r"(\S{1,255}) ([^\s/]{1,255})/(\S{1,255}) "
_TIME = r"([+-]?\d{1,12})"
_COUNTS = r"(\d{1,9})/(\d{1,9})/(\d{1,9})/(\d{1,9})/\+?(\d{1,9}) (\d{1,9})/(\d{1,9})"
_HTTP = re.compile(
    _HEAD + _PROXIES + r"(?:([\w.:-]{1,255}) )?"
    rf"{_TIME}/{_TIME}/{_TIME}/{_TIME}/{_TIME} (\d{{3}}|-1) \+?(\d{{1,18}}) (\S{{1,4096}}) (\S{{1,4096}}) (\S{{2,4}}) {_COUNTS}"
    r'(?: \{([^{}]{0,8192})\})?(?: \{([^{}]{0,8192})\})? "([^"]*)"?(?: (.*))?',
    re.DOTALL,
)
_TCP = re.compile(_HEAD + _PROXIES + rf"{_TIME}/{_TIME}/{_TIME} \+?(\d{{1,18}}) (\S{{2,4}}) {_COUNTS}(?: (.*))?", re.DOTALL)
_ERROR = re.compile(_HEAD + r"([^\s/]{1,255})/([^\s:]{1,255}): (.*)", re.DOTALL)
_DEFAULT = re.compile(r"Connect from (\S{1,128}):(\d{1,5}) to (\S{1,128}):(\d{1,5}) \(([^/()]{1,255})/(\w{1,16})\)")
# option httpslog: …/… fc_err/ssl_fc_err/c_err/c_ca_err/resumed sni/version/cipher
_TLS = re.compile(r"[\dA-Fa-f/-]{9,64} ([^/\s]{1,255})/(TLS|SSL)v([\d.]{1,3})/([\w-]{1,64})")
LOOKS_LIKE = re.compile(_HEAD + r"\S{1,255}(?:: | \S{1,255}/\S)")
_DENIED = ("PR", "PT", "PL")  # the proxy itself refused the request (§8.5)


def traffic_event(text: str, zone: tzinfo) -> Event | None:
    """The event of a line about a connection or request, None for any other. Raises NormaliseError for a time that is none."""
    if (match := _HTTP.fullmatch(text)) is not None:
        return _http(match, zone)
    if (match := _TCP.fullmatch(text)) is not None:
        return _tcp(match, zone)
    if (match := _ERROR.fullmatch(text)) is not None:
        return _error(match, zone)
    if (match := _DEFAULT.fullmatch(text)) is not None:
        return _default(match)
    return None


def _base(address: str, port: str, stamp: str, zone: tzinfo, inner: dict[str, Any], vendor: dict[str, Any]) -> Event:
    event: Event = {"@timestamp": from_clf(stamp, zone), "event": {"kind": "event", **inner}, "haproxy": vendor}
    if address == "-":
        event["source"] = {"port": int(port)}
    else:
        put_end(event, "source", address, port)
    return event


def _proxies(frontend: str, backend: str, server: str, state: str, counts: tuple[str, ...], size: str) -> dict[str, Any]:
    active, front, back, srv, retries, server_queue, backend_queue = map(int, counts)
    return {
        "frontend_name": frontend,
        "backend_name": backend,
        "server_name": server,
        "termination_state": state,
        "bytes_read": int(size),
        "connections": {"active": active, "frontend": front, "backend": back, "server": srv, "retries": retries},
        "server_queue": server_queue,
        "backend_queue": backend_queue,
    }


def _http(match: re.Match[str], zone: tzinfo) -> Event:
    address, port, stamp, frontend, backend, server, host, *rest = match.groups()
    wait, queued, connect, answer, total, status, size, cookie, set_cookie, state = rest[:10]
    sent, received, line, more = rest[17:]
    vendor = _proxies(frontend, backend, server, state, tuple(rest[10:17]), size)
    vendor |= {"total_waiting_time_ms": int(queued), "connection_wait_time_ms": int(connect)}
    request = {"time_wait_ms": int(wait), "time_wait_without_data_ms": int(answer), "captured_cookie": cookie}
    request["raw_request_line"] = line
    response: dict[str, Any] = {"captured_cookie": set_cookie}
    for part, headers in ((request, sent), (response, received)):
        if headers is not None:
            part["captured_headers"] = [value for value in headers.split("|") if value]
    vendor["http"] = {"request": request, "response": response}
    inner: dict[str, Any] = {"category": ["web"], "type": ["access"]}
    denied = state.startswith(_DENIED)
    if denied:
        inner = {"category": ["web", "network"], "type": ["access", "denied"]}
    if outcome := "failure" if denied or status == "-1" else outcome_of(status):
        inner["outcome"] = outcome
    _put_duration(inner, total)
    event = _base(address, port, stamp, zone, inner, vendor)
    _put_request(event, status, size, line, host)
    if more is not None:
        _put_tls(event, vendor, more)
    return event


def _put_duration(inner: dict[str, Any], milliseconds: str) -> None:
    if milliseconds[0] != "-":
        inner["duration"] = int(milliseconds) * 1_000_000


def _put_request(event: Event, status: str, size: str, line: str, host: str | None) -> None:
    http: dict[str, Any] = {"response": {"bytes": int(size)}}
    if status != "-1":
        http["response"]["status_code"] = int(status)
    if (parts := split_request(line)) is not None:
        method, target, version = parts
        http["request"] = {"method": method}
        if version is not None:
            http["version"] = version
        event["url"] = target_fields(method, target)
    if host is not None:  # %[capture.req.hdr(0)] or the like, put before the times
        name, _, port = host.partition(":")
        put_end(event, "destination", name, port)
        event.setdefault("url", {}).setdefault("domain", name)
    event["http"] = http


def _put_tls(event: Event, vendor: dict[str, Any], more: str) -> None:
    if (match := _TLS.fullmatch(more)) is None:
        vendor["more"] = more
        return
    event["tls"] = {"version_protocol": match[2].lower(), "version": match[3], "cipher": match[4]}
    if match[1] != "-":
        event["tls"]["client"] = {"server_name": match[1]}


def _tcp(match: re.Match[str], zone: tzinfo) -> Event:
    address, port, stamp, frontend, backend, server, queued, connect, total, size, state, *rest = match.groups()
    vendor = _proxies(frontend, backend, server, state, tuple(rest[:7]), size)
    vendor |= {"mode": "TCP", "total_waiting_time_ms": int(queued), "connection_wait_time_ms": int(connect)}
    if rest[7] is not None:
        vendor["more"] = rest[7]
    denied = state.startswith(_DENIED)
    inner: dict[str, Any] = {"category": ["network"], "type": ["connection", "denied" if denied else "end"]}
    inner["outcome"] = "success" if state.startswith("--") else "failure"
    _put_duration(inner, total)
    event = _base(address, port, stamp, zone, inner, vendor)
    event["network"] = {"transport": "tcp"}
    event["destination"] = {"bytes": int(size)}
    return event


def _error(match: re.Match[str], zone: tzinfo) -> Event:
    address, port, stamp, frontend, bind, message = match.groups()
    inner = {"category": ["network"], "type": ["connection"], "outcome": "failure", "reason": message}
    event = _base(address, port, stamp, zone, inner, {"frontend_name": frontend, "bind_name": bind})
    event["message"] = message
    if "heartbeat" in message:
        event["event"] |= {
            "kind": "alert",
            "category": ["network", "intrusion_detection"],
            "type": ["connection", "info"],
            "action": "heartbleed-attempt",
        }
    elif "SSL handshake failure" in message:
        event["event"]["action"] = "tls-handshake-failed"
    return event


def _default(match: re.Match[str]) -> Event:
    address, port, to, to_port, frontend, mode = match.groups()
    event: Event = {
        "event": {"kind": "event", "category": ["network", "web"] if mode == "HTTP" else ["network"], "type": ["connection"]},
        "haproxy": {"frontend_name": frontend, "mode": mode},
    }
    put_end(event, "source", address, port)
    put_end(event, "destination", to, to_port)
    return event
