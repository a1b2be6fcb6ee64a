"""What BIG-IP's modules write in forms of their own: ASM (pairs and CEF), AFM, iRules (HSL) and request logs (JSON)."""

import re
from datetime import tzinfo
from typing import Any

import orjson

from normalise.cef import read_cef
from normalise.cef_fields import cef_event, vendor_fields
from normalise.meanings import add_meaning
from normalise.placing import places, port, put
from normalise.transports import transport_fields
from normalise.urls import url_fields
from vagt.contracts.event import Event
from vagt.contracts.raw import RawLog
from vagt.errors import NormaliseError

_ASM = places(
    {
        "ip_client": "source.ip", "src_port": "source.port", "dest_ip": "destination.ip", "dest_port": "destination.port",
        "method": "http.request.method", "response_code": "http.response.status_code:whole", "request_status": "event.action",
        "attack_type": "rule.category", "policy_name": "rule.ruleset", "username": "user.name", "support_id": "event.reference",
        "sig_names": "rule.name", "sig_ids": "rule.id", "virus_name": "rule.description",
    }
)  # fmt: skip
_FIREWALL = places(
    {
        "source_ip": "source.ip", "source_port": "source.port", "dest_ip": "destination.ip", "dest_port": "destination.port",
        "translated_source_ip": "source.nat.ip", "translated_source_port": "source.nat.port",
        "translated_dest_ip": "destination.nat.ip", "translated_dest_port": "destination.nat.port",
        "action": "event.action:lower", "acl_rule_name": "rule.name", "acl_policy_name": "rule.ruleset",
        "drop_reason": "event.reason",
        "attack_name": "rule.name", "dos_attack_name": "rule.name", "attack_id": "rule.id", "dos_attack_id": "rule.id",
        "source_user": "source.user.name",
    }
)  # fmt: skip
_IRULE = places(
    {
        "src_ip": "source.ip", "vip": "destination.ip", "dns_server_ip": "destination.ip", "http_method": "http.request.method",
        "http_version": "http.version", "http_user_agent": "user_agent.original", "http_referrer": "http.request.referrer",
        "http_content_type": "http.request.mime_type", "http_status": "http.response.status_code:whole", "user": "user.name",
        "bytes_in": "source.bytes:whole", "bytes_out": "destination.bytes:whole", "question_name": "dns.question.name",
        "question_class": "dns.question.class", "question_type": "dns.question.type", "node": "destination.nat.ip",
        "node_port": "destination.nat.port",
    }
)  # fmt: skip
_CSV = re.compile(r'(?:^|,)(\w+)=(?:"([^"]*)"?|([^,]*))')
_STOPPED = frozenset(("blocked", "drop", "dropped", "reject", "rejected", "closed", "established-dropped", "denied"))


def _csv(text: str) -> dict[str, str]:
    """`name=value,name="value, with commas"`; a quote that is not closed goes to the end."""
    return {name: quoted or bare for name, quoted, bare in _CSV.findall(text)}


def add_asm(event: Event, vendor: dict[str, Any], text: str) -> None:
    """A request that ASM (Advanced WAF) let pass, alarmed or blocked."""
    pairs = _csv(text)
    protocol, uri, query = pairs.pop("protocol", ""), pairs.pop("uri", ""), pairs.pop("query_string", "")
    rest = put(event, pairs, _ASM)
    inner = event["event"]
    if uri:
        event["url"] = url_fields(uri)
        if query not in ("", "N/A"):
            event["url"].setdefault("query", query)
    if protocol:
        event.setdefault("network", {})["protocol"] = protocol.lower()
    _judge(event, inner, "violations" in pairs or "attack_type" in pairs)
    event["network"] = {"transport": "tcp"} | event.get("network", {})
    vendor.update(rest)


def _judge(event: Event, inner: dict[str, Any], attack: bool) -> None:
    """Kind, category and type of a request by its status: passed, alerted, blocked."""
    status = inner.get("action", "").lower()
    blocked = status in _STOPPED or status.startswith("blocked")
    inner["category"] = ["network", "web", "intrusion_detection"] if attack or blocked else ["network", "web"]
    inner["type"] = ["access", "denied" if blocked else "allowed"]
    inner["outcome"] = "success"  # of the judging: what is blocked was stopped
    if blocked or status in ("alerted", "alarmed"):
        inner["kind"] = "alert"


def add_firewall(event: Event, vendor: dict[str, Any], pairs: dict[str, str]) -> str | None:
    """AFM: network firewall, DoS and IP intelligence. Gives no level: its severity is a number of its own."""
    protocol = pairs.pop("ip_protocol", None) or pairs.pop("protocol", None)
    rest = put(event, pairs, _FIREWALL)
    inner = event["event"]
    if number := rest.get("errdefs_msgno"):
        inner["code"] = number[:8]
    if protocol:
        event["network"] = transport_fields(protocol)
    denied = inner.get("action", "") in _STOPPED
    dos = "dos_attack_name" in pairs or "attack_id" in pairs or rest.get("errdefs_msg_name", "").startswith(("DoS", "DNS DoS"))
    inner["category"] = ["network", "intrusion_detection"] if dos else ["network"]
    inner["type"] = ["connection", "denied" if denied else "info" if dos else "allowed"]
    inner["outcome"] = "success"
    if dos:
        inner["kind"] = "alert"
    vendor.update(rest)
    return None


def add_irule(event: Event, vendor: dict[str, Any], text: str) -> None:
    """What F5's Splunk iRules send by HSL: HTTP requests and responses, failed load balancing, DNS questions and answers."""
    pairs = _csv(text.replace("#015", ""))
    host, uri = pairs.pop("http_host", ""), pairs.pop("http_uri", "")
    pairs.pop("http_url", None)
    rest = put(event, pairs, _IRULE)
    inner = event["event"]
    kind = rest.get("f5_irule", "")
    inner["action"] = kind.lower()
    if "DNS" in kind:
        _add_dns(event, inner, rest)
    else:
        inner["category"], inner["type"] = ["web", "network"], ["access"]
        inner["outcome"] = "failure" if "FAILED" in kind else "success"
        _add_url(event, host, uri)
    vendor.update(rest)


def _add_dns(event: Event, inner: dict[str, Any], rest: dict[str, str]) -> None:
    inner["category"], inner["type"], inner["outcome"] = ["network"], ["protocol"], "success"
    event["network"] = {"protocol": "dns"}
    dns = event.setdefault("dns", {})
    dns["type"] = "answer" if "answer" in rest else "query"
    answers = []
    for answer in rest.get("answer", "").split(";"):
        words = answer.split()
        if len(words) >= 5 and words[1].isdecimal() and len(words[1]) < 10:
            answers.append({"name": words[0], "ttl": int(words[1]), "class": words[2], "type": words[3], "data": words[4]})
    if answers:
        dns["answers"] = answers


def _add_url(event: Event, host: str, uri: str) -> None:
    url: dict[str, Any] = dict(url_fields(uri)) if uri else {}
    domain, _, number = host.replace(" ", "").partition(":")
    if domain:
        url["domain"] = domain
    if (found := port(number)) is not None:
        url["port"] = found
    if url:
        event["url"] = url


_JSON = {
    "src_ip": ("source", "ip"), "src_port": ("source", "port"), "dest_ip": ("destination", "ip"), "dest_port": ("destination",
    "port"),
    "http_method": ("http", "request", "method"), "http_status": ("http", "response", "status_code"), "uri_query": ("url",
    "query"),
    "uri_path": ("url", "path"), "ssl_version": ("tls", "version"), "ssl_cipher": ("tls", "cipher"),
}  # fmt: skip


def add_requests(event: Event, vendor: dict[str, Any], text: str) -> None:
    """Request logs that a publisher sends as JSON. Raises NormaliseError."""
    try:
        document = orjson.loads(text)
    except orjson.JSONDecodeError:
        raise NormaliseError("the JSON of the request log is not complete") from None
    if not isinstance(document, dict):
        raise NormaliseError("the JSON of the request log is no object")
    for name, value in document.items():
        path = _JSON.get(name)
        if path is None or not isinstance(value, (str, int)) or value == "":
            vendor[name] = value
            continue
        node = event
        for key in path[:-1]:
            node = node.setdefault(key, {})
        node[path[-1]] = value
    headers = document.get("header")
    if isinstance(headers, dict) and isinstance(headers.get("User-Agent"), str):
        event["user_agent"] = {"original": headers["User-Agent"]}
    if isinstance(host := document.get("http_host"), str):
        domain, _, number = host.partition(":")
        event.setdefault("url", {})["domain"] = domain
        if (found := port(number)) is not None:
            event["url"]["port"] = found
    inner = event["event"]
    inner["category"], inner["type"], inner["outcome"] = ["web", "network"], ["access"], "success"
    inner["action"] = str(document.get("event_type", "http_request")).lower()


def from_cef(text: str, raw: RawLog, zone: tzinfo) -> Event:
    """ASM's and AFM's messages in ArcSight's format."""
    record = read_cef(text)
    event = cef_event(record, raw.received, zone, kind="load_balancer", product="BIG-IP")
    inner = event["event"]
    if record.product == "ASM" or "policy_name" in record.labelled:
        attack = record.labelled.get("attack_type", "N/A") not in ("N/A", "")
        _judge(event, inner, attack)
    else:
        add_meaning(event, record.name)
        inner.setdefault("category", ["network"])
        inner.setdefault("type", ["info"])
    event["f5"] = {"bigip": vendor_fields(record)}
    return event
