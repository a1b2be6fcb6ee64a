"""What logs of web servers and proxies have in common: the request line, the status, the address that was asked for."""

from typing import Any

from normalise.urls import url_fields

_CONNECT = "CONNECT"
_LONGEST_METHOD = 32


def split_request(line: str) -> tuple[str, str, str | None] | None:
    """(method, target, HTTP version) of a request line (RFC 9112 §3), None for what is none: noise, TLS on a plain port.

    HTTP/0.9 names no version. A target with blanks in it, which is an attack or a broken client, is kept whole.
    """
    method, _, rest = line.partition(" ")
    if not rest or len(method) > _LONGEST_METHOD or not method.replace("-", "").replace("_", "").isalpha():
        return None
    target, _, version = rest.rpartition(" ")
    if version.startswith("HTTP/"):
        return method, target, version[5:]
    return (method, rest, None) if rest.startswith(("/", "http")) else None


def target_fields(method: str | None, target: str) -> dict[str, Any]:
    """`url.*` of a request's target: a path, a whole URL, or `host:port` (RFC 9112 §3.2)."""
    if method != _CONNECT or "/" in target:
        return dict(url_fields(target))
    url: dict[str, Any] = {"original": target}
    host, colon, port = target.rpartition(":")
    if not colon or not port.isdecimal() or len(port) > 5:
        host, port = target, ""
    if host:
        url["domain"] = host.strip("[]")
    if port:
        url["port"] = int(port)
    return url


def outcome_of(status: str) -> str | None:
    """`event.outcome` of an HTTP status: below 400 the server did what it was asked for; none without a status."""
    if len(status) != 3 or status == "000":
        return None
    return "success" if status < "400" else "failure"


def response_fields(status: str, size: str) -> dict[str, Any]:
    """`http.response` of a status and the length of the body as a log has them; `-` and `000` are none."""
    found: dict[str, Any] = {}
    if status.isdecimal() and status != "000":
        found["status_code"] = int(status)
    if size.isdecimal():
        found["body"] = {"bytes": int(size)}
    return found
