"""What nginx variants write behind or instead of the combined format: ingress-nginx and Nginx Proxy Manager.

https://kubernetes.github.io/ingress-nginx/user-guide/nginx-configuration/log-format/
"""

import re
from datetime import tzinfo
from typing import Any

from normalise.addresses import put_end
from normalise.conform import valid_ip
from normalise.http_fields import outcome_of, response_fields, split_request, target_fields
from normalise.timestamps import from_clf
from vagt.contracts.event import Event

# $request_length $request_time [$proxy_upstream_name] [$proxy_alternative_upstream_name] $upstream_addr
# $upstream_response_length $upstream_response_time $upstream_status $req_id; the upstream's may be lists
_LIST = r"([^\s,]{1,128}(?:(?:, | : )[^\s,]{1,128})*)"
_INGRESS = re.compile(
    r"(\d{1,18}) (\d{1,9}\.\d{1,6}) \[([^\]]{0,255})\] \[([^\]]{0,255})\] " + f"{_LIST} " * 4 + r"(\w{1,64}|-)"
)


def add_ingress(event: Event, more: str) -> dict[str, Any] | None:
    """`nginx.ingress_controller` of what stands behind the user agent, None where it is not that; adds `http.request.id`."""
    match = _INGRESS.fullmatch(more)
    if match is None:
        return None
    length, took, name, alternative, addresses, lengths, times, statuses, identifier = match.groups()
    request = event["http"].setdefault("request", {})
    request["bytes"] = int(length)
    found: dict[str, Any] = {"http": {"request": {"length": int(length), "time": float(took)}}}
    if identifier != "-":
        request["id"] = identifier
        found["http"]["request"]["id"] = identifier
    event["event"]["duration"] = round(float(took) * 1_000_000_000)
    upstream: dict[str, Any] = {"name": name, "alternative_name": alternative}
    if addresses != "-":
        hosts = _split(addresses)
        found["upstream_address_list"] = hosts
        host, _, port = hosts[-1].rpartition(":")
        if valid_ip(host.strip("[]")) and port.isdecimal() and len(port) < 6:
            upstream |= {"ip": host.strip("[]"), "port": int(port)}
            event["related"] = {"ip": [host.strip("[]")]}
        upstream["response"] = {
            "length_list": _split(lengths), "time_list": _split(times), "status_code_list": _split(statuses),
        }  # fmt: skip
    found["upstream"] = upstream
    return found


def _split(text: str) -> list[str]:
    return text.replace(" : ", ", ").split(", ")


# [time] [cache] [upstream status] status - METHOD scheme host "uri" [Client a] [Length n] [Gzip r] [Sent-to s] "agent" "ref"
_MANAGER = re.compile(
    r'\[([^\]]{20,30})\] (?:(?:[A-Z]{3,12}|-) )?(?:(?:\d{3}|-) )??(\d{3}) - ([A-Z]{3,16}) (https?) (\S{1,255}) "([^"]*)" '
    r"\[Client ([^\]\s]{1,64})\] \[Length (\d{1,18}|-)\] \[Gzip ([\d.]{1,16}|-)\]"
    r'(?: \[Sent-to ([^\]\s]{1,255})\])? "([^"]*)" "([^"]*)"'
)
# [time] host address seconds "request" status bytes bytes referrer agent (mailcow)
_SHORT = re.compile(
    r'\[([^\]]{20,30})\] (\S{1,255}) ([0-9A-Fa-f.:]{3,45}) (\d{1,9}\.\d{1,6}) "([^"]*)" '
    r"(\d{3}) (\d{1,18}|-) (\d{1,18}|-) (\S+) (.*)"
)


def manager_event(text: str, zone: tzinfo) -> Event | None:
    """A line of Nginx Proxy Manager's hosts; None where it is none. Raises NormaliseError for a time that is none."""
    match = _MANAGER.fullmatch(text)
    if match is None:
        return _short_event(text, zone)
    stamp, status, method, scheme, host, target, client, size, _, sent_to, agent, referrer = match.groups()
    event = _event(stamp, status, size, client, referrer, agent, zone)
    event["url"] = {**target_fields(method, target), "scheme": scheme}
    _put_host(event, host)
    event["http"]["request"] = {"method": method, **event["http"].get("request", {})}
    if sent_to:
        event["nginx"]["access"]["upstream"] = sent_to
    return event


def _short_event(text: str, zone: tzinfo) -> Event | None:
    match = _SHORT.fullmatch(text)
    if match is None:
        return None
    stamp, host, client, took, line, status, size, _, referrer, agent = match.groups()
    event = _event(stamp, status, size, client, referrer, agent, zone)
    event["event"]["duration"] = round(float(took) * 1_000_000_000)
    request = split_request(line)
    if request is None:
        event["nginx"]["access"]["request"] = line
    else:
        method, target, version = request
        event["url"] = target_fields(method, target)
        event["http"]["request"] = {"method": method, **event["http"].get("request", {})}
        if version:
            event["http"]["version"] = version
    _put_host(event, host)
    return event


def _put_host(event: Event, host: str) -> None:
    if host != "_":
        event.setdefault("url", {}).setdefault("domain", host)
        put_end(event, "destination", host)


def _event(stamp: str, status: str, size: str, client: str, referrer: str, agent: str, zone: tzinfo) -> Event:
    inner: dict[str, Any] = {"kind": "event", "category": ["web"], "type": ["access"], "outcome": outcome_of(status)}
    event: Event = {
        "@timestamp": from_clf(stamp, zone),
        "event": inner,
        "http": {"response": response_fields(status, size)},
        "nginx": {"access": {"remote_ip_list": [client]}},
    }
    put_end(event, "source", client)
    if referrer and referrer != "-":
        event["http"]["request"] = {"referrer": referrer}
    if agent and agent != "-":
        event["user_agent"] = {"original": agent}
    return event
