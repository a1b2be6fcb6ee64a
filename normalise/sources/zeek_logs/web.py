"""`http`, `sip`, `smtp`: requests and mail."""

import re
from typing import Any

from normalise.conform import valid_ip
from normalise.sources.zeek_logs.certificates import text_of
from normalise.sources.zeek_logs.network import Record
from normalise.transports import transport_fields
from normalise.urls import url_fields
from vagt.contracts.event import Event

_HOST = re.compile(r"\[?([^\[\]]+?)\]?(?::(\d{1,5}))?")
_SIP = re.compile(r"(sips?):(?:([^@;?]{1,256})@)?([^:;?@]{1,256})(?::(\d{1,5}))?(?:[;?].*)?", re.DOTALL)
_SIP_TRANSPORT = re.compile(r"SIP/2\.0/([A-Z]{2,5})\b")
_ADDRESS = re.compile(r"<?([^<>\s,]{1,256}@[^<>\s,]{1,256})>?$")
_USUAL_PORT = 80


def add_http(event: Event, inner: dict[str, Any], record: Record, network: dict[str, Any]) -> None:
    """A request and its answer; `host` may carry a port, `uri` be a whole URL (a proxy's)."""
    request: dict[str, Any] = {}
    response: dict[str, Any] = {}
    if method := text_of(record.get("method")):
        request["method"] = method
        inner["action"] = method.lower()
    if referrer := text_of(record.get("referrer")):
        request["referrer"] = referrer
    if (status := record.get("status_code")).__class__ is int:
        response["status_code"] = status
        inner["outcome"] = "failure" if int(status or 0) >= 400 else "success"
    for part, side in ((request, "request"), (response, "response")):
        if record.get(f"{side}_body_len").__class__ is int:
            part["body"] = {"bytes": record[f"{side}_body_len"]}
    for part, name in ((request, "orig_mime_types"), (response, "resp_mime_types")):
        if (types := record.get(name)).__class__ is list and types:
            part["mime_type"] = str(types[0])
    http: dict[str, Any] = {name: part for name, part in (("request", request), ("response", response)) if part}
    if version := text_of(record.get("version")):
        http["version"] = version
    if http:
        event["http"] = http
    if agent := text_of(record.get("user_agent")):
        event["user_agent"] = {"original": agent}
    _put_url(event, record)
    if user := text_of(record.get("username")):
        event["user"] = {"name": user}
        event.setdefault("url", {})["username"] = user


def _put_url(event: Event, record: Record) -> None:
    """A request's target is a path, of a proxy's client a whole URL, of CONNECT `host:port` (RFC 9112, 3.2)."""
    uri, host = text_of(record.get("uri")), text_of(record.get("host"))
    through_proxy = uri is not None and not uri.startswith(("/", "*"))
    if record.get("method") == "CONNECT" and uri:
        url: dict[str, Any] = {"original": uri}
        host = uri
    else:
        url = dict(url_fields(uri)) if uri else {}
    port = None if through_proxy else event.get("destination", {}).get("port")
    if host and (match := _HOST.fullmatch(host)):
        url["domain"] = match[1]
        if not through_proxy and not valid_ip(match[1]) and "destination" in event:
            event["destination"]["domain"] = match[1]
        port = int(match[2]) if match[2] else port
        if uri and uri.startswith("/"):
            shown = "" if port == _USUAL_PORT or match[2] or port is None else f":{port}"
            url["full"] = f"http://{host}{shown}{uri}"
            url["scheme"] = "http"
    if through_proxy and "scheme" in url:
        url["full"] = uri
    if port is not None and url:
        url.setdefault("port", port)
    if url:
        event["url"] = url


def add_sip(event: Event, inner: dict[str, Any], record: Record, network: dict[str, Any]) -> None:
    """A SIP request and its answer; the transport stands in the path of the request."""
    put_action(inner, record, "method")
    status = record.get("status_code")
    if status.__class__ is int:
        inner["outcome"] = "failure" if int(status or 0) >= 400 else "success"
    path = record.get("request_path") or record.get("response_path")
    if isinstance(path, list) and path and (match := _SIP_TRANSPORT.match(str(path[0]))):
        network.update(transport_fields({"TLS": "tcp", "WS": "tcp", "WSS": "tcp"}.get(match[1], match[1])))
    if uri := text_of(record.get("uri")):
        url: dict[str, Any] = {"original": uri, "full": uri}
        if match := _SIP.fullmatch(uri):
            url |= {"scheme": match[1], "domain": match[3]}
            if match[2]:
                url["username"] = match[2].partition(":")[0]
            if match[4]:
                url["port"] = int(match[4])
        event["url"] = url
    if agent := text_of(record.get("user_agent")):
        event["user_agent"] = {"original": agent}


def add_smtp(event: Event, inner: dict[str, Any], record: Record, network: dict[str, Any]) -> None:
    """One mail (or an attempt) of an SMTP session: the envelope's addresses, and those that the header names."""
    email: dict[str, Any] = {}
    for name, key in (("from", "from"), ("sender", "mailfrom"), ("to", "to"), ("cc", "cc"), ("reply_to", "reply_to")):
        if addresses := _addresses(record.get(key)):
            email[name] = {"address": addresses[0] if name == "sender" else addresses}
    if "to" not in email and (addresses := _addresses(record.get("rcptto"))):
        email["to"] = {"address": addresses}
    for name, key in (("subject", "subject"), ("message_id", "msg_id"), ("x_mailer", "user_agent")):
        if value := text_of(record.get(key)):
            email[name] = value.strip("<>") if name == "message_id" else value
    if email:
        event["email"] = email
        inner["category"] = ["network", "email"]
    if (reply := text_of(record.get("last_reply"))) and reply[:1].isdecimal():
        inner["outcome"] = "failure" if reply[0] in "45" else "success"
    if (helo := text_of(record.get("helo"))) and "source" in event and not valid_ip(helo.strip("[]")):
        event["source"]["domain"] = helo


def _addresses(value: Any) -> list[str]:
    values = value if isinstance(value, list) else [value]
    return [match[1] for one in values if isinstance(one, str) and (match := _ADDRESS.search(one[:1024].strip()))]


def put_action(inner: dict[str, Any], record: Record, name: str) -> None:
    """`event.action` of a field that is a text."""
    if value := text_of(record.get(name)):
        inner["action"] = value
