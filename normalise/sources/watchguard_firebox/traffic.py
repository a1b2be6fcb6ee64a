"""The traffic part of a Firebox message: `Deny 0-External Firebox 52 tcp 20 117 203.0.113.9 192.0.2.1 4507 22 ...`, and pairs.

Source: WatchGuard, "Read a Log Message" and "Fireware Log Message Catalog".
"""

import re
from typing import Any

from normalise.conform import shared_part
from normalise.placing import places, port, put, whole
from normalise.transports import transport_fields
from normalise.urls import url_fields
from vagt.contracts.event import Event

Pairs = dict[str, str]
_TRAFFIC = re.compile(
    r"(?P<verdict>Allow|Deny|Block|Drop|Strip|Reset|Tunnel)\w* (?P<interfaces>\S+ \S+|\S.{0,100}?) (?:(?P<length>\d{1,6}) "
    r")?(?P<protocol>[a-z][\w.-]{1,15}) "
    r"(?:\d{1,3} (?P<ttl>\d{1,3}) )?(?P<source>[0-9A-Fa-f.:]{3,45}) (?P<destination>[0-9A-Fa-f.:]{3,45})(?: "
    r"(?P<from>\d{1,5}) (?P<to>\d{1,5}))?"
)
_LONGEST_NAME = 128
_PROTOCOLS = frozenset(("http", "https", "ftp", "smtp", "pop3", "imap", "dns", "sip"))
_INTERFACES = re.compile(r"(\d{1,3}-.+?|Firebox|\S+) (\d{1,3}-.+|Firebox|\S+)\Z")
_PLACES = places(
    {
        "sent_bytes": "source.bytes:whole", "rcvd_bytes": "destination.bytes:whole", "src_ip_nat": "source.nat.ip",
        "src_port_nat": "source.nat.port", "dst_ip_nat": "destination.nat.ip", "dst_port_nat": "destination.nat.port",
        "src_user": "user.name", "user": "user.name", "app_name": "network.application:lower", "op": "http.request.method",
        "dstname": "url.domain", "sni": "tls.client.server_name",
        "signature_name": "rule.name", "signature_id": "rule.id", "signature_cat": "rule.category", "rule_name": "rule.name",
        "file_name": "file.name", "filename": "file.name", "md5": "file.hash.md5", "sender": "email.from.address:list",
        "recipients": "email.to.address:list", "rcode": "http.response.status_code:whole", "reason": "event.reason",
        "query_name": "dns.question.name", "question": "dns.question.name", "query_type": "dns.question.type",
        "mailfrom": "email.from.address:list", "user_agent": "user_agent.original", "fqdn_dst_match": "destination.domain",
        "fqdn_src_match": "source.domain",
    }
)  # fmt: skip
_ALERTS = re.compile(
    r"(?P<malware>virus found|apt (?:detected|threat)|malware|intelligentav|gateway.?av|botnet)|(?P<intrusion>ips "
    r"(?:detected|match)|attack|flood|"
    r"port scan|ip scan|spoof|ddos)"
)


def add_traffic(event: Event, inner: dict[str, Any], program: str, text: str, pairs: Pairs) -> Pairs | None:
    """Map a traffic message; gives the pairs that are left, or None where the text is none."""
    found = _TRAFFIC.match(text)
    if found is None:
        return None
    denied = found["verdict"] not in ("Allow", "Tunnel")
    rest = put(event, pairs, _PLACES)
    for name, address, number in (
        ("source", found["source"], found["from"]),
        ("destination", found["destination"], found["to"]),
    ):
        end = event.setdefault(name, {})
        end["ip"] = address
        if number and found["protocol"] not in ("icmp", "icmpv6", "ipv6-icmp"):
            end["port"] = port(number)
    _add_network(event, found)
    at = text.rfind(" (") if text[-1] == ")" else -1
    rest["interfaces"] = found["interfaces"]
    if at >= 0 and len(text) - at < _LONGEST_NAME:
        policy = text[at + 2 : -1]
        rule = event.setdefault("rule", {})
        rule["ruleset" if "name" in rule else "name"] = policy
        rest["policy"] = policy
    message = rest.get("msg", "")
    inner["action"] = message.lower() if message else found["verdict"].lower()
    if message:
        event["message"] = message
    denied = denied or message.startswith(("ProxyDrop", "ProxyDeny", "ProxyBlock", "ProxyStrip"))
    _categorise(inner, event, program, message, denied)
    _add_content(event, rest)
    return rest


def _add_network(event: Event, found: re.Match[str]) -> None:
    network: dict[str, Any] = event.setdefault("network", {})
    network |= transport_fields(found["protocol"]) | {"type": "ipv6" if ":" in found["source"] else "ipv4"}
    source, destination = event["source"], event["destination"]
    if "bytes" in source and "bytes" in destination:
        network["bytes"] = source["bytes"] + destination["bytes"]
    if found["protocol"].startswith("icmp") and found["from"]:
        event["vagt"] = {"icmp": {"type": int(found["from"]), "code": int(found["to"])}}


def _categorise(inner: dict[str, Any], event: Event, program: str, message: str, denied: bool) -> None:
    verdict = "denied" if denied else "allowed"
    kind = _ALERTS.search(message.lower()) if message else None
    inner["outcome"] = "success"
    inner["category"] = ["network"]
    inner["type"] = ["connection", verdict]
    if kind is not None or "signature_id" in message:
        inner["kind"] = "alert"
        inner["category"].append("malware" if kind and kind.lastgroup == "malware" else "intrusion_detection")
        inner["type"].append("info")
    elif program.startswith(("http", "https")) and "url" in event:
        inner["category"].append("web")
    elif "smtp" in program or "imap" in program or "pop3" in program:
        inner["category"].append("email")
    if program.endswith("-proxy") and (protocol := program.removesuffix("-proxy")) in _PROTOCOLS:
        event["network"]["protocol"] = protocol


def _add_content(event: Event, rest: Pairs) -> None:
    if (path := rest.pop("arg", None)) is not None:
        event.setdefault("url", {}).update({key: value for key, value in url_fields(path).items() if key != "domain"})
    if (name := rest.pop("cn", None)) is not None:
        event.setdefault("tls", {})["server"] = {"x509": {"subject": {"common_name": [name]}}}
    if "user" in event:
        user, _, domain = event["user"]["name"].rpartition("@")
        if user:
            event["user"] = {"name": user, "domain": domain}
        event["source"]["user"] = dict(event["user"])
    if (seconds := whole(rest.get("duration", ""))) is not None and seconds < 10**9:
        event["event"]["duration"] = seconds * 1_000_000_000


def add_observer(event: Event, host: str | None, serial: str | None, interfaces: str | None) -> None:
    """The Firebox and the interfaces that the traffic came in and went out by (`1-Trusted 0-External`)."""
    found = _INTERFACES.match(interfaces) if interfaces else None
    ingress, egress = (found[1], found[2]) if found else (None, None)
    event["observer"] = shared_part("observer", _observer, host, serial, ingress, egress)


def _observer(host: str | None, serial: str | None, ingress: str | None, egress: str | None) -> dict[str, Any]:
    return {
        "vendor": "WatchGuard", "product": "Firebox", "type": "firewall", "name": host, "serial_number": serial,
        "ingress": {"interface": {"name": ingress}}, "egress": {"interface": {"name": egress}},
    }  # fmt: skip
