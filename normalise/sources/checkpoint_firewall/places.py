"""Where Check Point's fields stand in ECS ("Log Fields" of the Logging and Monitoring Administration Guide; sk144192)."""

from typing import Any

from normalise.directions import direction_by
from normalise.placing import places, positive, put, whole
from normalise.sources.checkpoint_firewall.forms import Pairs
from normalise.transports import transport_fields
from normalise.urls import url_fields
from vagt.contracts.event import Event

_PLACES = places(
    {
        "src": "source.ip", "s_port": "source.port", "dst": "destination.ip", "service": "destination.port",
        "mac_source_address": "source.mac:mac", "mac_destination_address": "destination.mac:mac",
        "src_machine_name": "source.domain", "dst_machine_name": "destination.domain", "src_user_name": "source.user.name+",
        "dst_user_name": "destination.user.name", "sequencenum": "event.sequence:whole", "method": "http.request.method",
        "referrer": "http.request.referrer", "user_agent": "user_agent.original", "web_client_type": "user_agent.name",
        "http_status": "http.response.status_code:whole", "content_type": "http.response.mime_type",
        "file_name": "file.name", "file_size": "file.size:whole", "file_md5": "file.hash.md5:lower",
        "file_sha1": "file.hash.sha1:lower", "file_sha256": "file.hash.sha256:lower", "file_type": "file.type+",
        "from": "email.from.address:list", "to": "email.to.address:list", "email_subject": "email.subject",
        "email_message_id": "email.message_id", "dns_query": "dns.question.name", "dns_type": "dns.question.type",
        "rule_uid": "rule.uuid", "rule_name": "rule.name+", "rule": "rule.id", "layer_name": "rule.ruleset+",
        "matched_category": "rule.category+",
        "inzone": "observer.ingress.zone", "outzone": "observer.egress.zone", "process_name": "process.name",
        "parent_process_name": "process.parent.name",
    }
)  # fmt: skip
_NOWHERE = frozenset(("", "0.0.0.0", "::", "0"))  # noqa: S104  (what Check Point writes for "not translated")


def place(event: Event, pairs: Pairs) -> Pairs:
    """Put what has a place into `event`; gives what is left, which stays under the vendor's name."""
    rest = put(event, pairs, _PLACES)
    source, destination = event.get("source"), event.get("destination")
    _add_translation(event, rest)
    _add_volume(event, rest)
    _add_network(event, rest)
    _add_address(event, rest)
    source, destination = event.get("source"), event.get("destination")
    for role, end in (("client", source), ("server", destination)):
        if end and "ip" in end:
            event[role] = end.copy()
    return rest


def _add_translation(event: Event, rest: Pairs) -> None:
    for end, address, port in (("source", "xlatesrc", "xlatesport"), ("destination", "xlatedst", "xlatedport")):
        nat: dict[str, Any] = {}
        if (value := rest.pop(address, "")) not in _NOWHERE:
            nat["ip"] = value
        if (number := positive(rest.pop(port, ""))) is not None:
            nat["port"] = number
        if nat:
            event.setdefault(end, {})["nat"] = nat


_VOLUMES = (
    ("source", "bytes", ("client_outbound_bytes", "sent_bytes")),
    ("destination", "bytes", ("server_outbound_bytes", "received_bytes")),
    ("source", "packets", ("client_outbound_packets",)),
    ("destination", "packets", ("server_outbound_packets",)),
    ("network", "bytes", ("bytes",)),
    ("network", "packets", ("packets",)),
)


def _add_volume(event: Event, rest: Pairs) -> None:
    for node, unit, names in _VOLUMES:
        for name in names:
            if name in rest and (number := whole(rest[name])) is not None:
                event.setdefault(node, {})[unit] = number
                del rest[name]
                break


def _add_network(event: Event, rest: Pairs) -> None:
    network = event.setdefault("network", {})
    if protocol := rest.pop("proto", ""):
        network.update(transport_fields(protocol))
        if network.get("transport") in ("icmp", "ipv6-icmp"):
            kind, code = whole(rest.get("icmp_type", "")), whole(rest.get("icmp_code", "0"))
            if kind is not None and code is not None:
                event["vagt"] = {"icmp": {"type": kind, "code": code}}
    if (name := rest.get("appi_name") or rest.get("service_id")) is not None:
        network["application"] = name.lower()
    if (way := rest.get("ifdir", "").lower()) in ("inbound", "outbound"):
        network["direction"] = direction_by(event.get("source", {}).get("ip"), event.get("destination", {}).get("ip"), way)
    if (address := event.get("source", {}).get("ip")) is not None:
        network["type"] = "ipv6" if ":" in address else "ipv4"
    if not network:
        del event["network"]


def _add_address(event: Event, rest: Pairs) -> None:
    """The URL: a whole one, or the path of a request whose host stands beside it."""
    resource, host = rest.get("resource"), rest.pop("http_host", None)
    if resource:
        del rest["resource"]
        event["url"] = url_fields(resource)
    if host:
        event.setdefault("url", {}).setdefault("domain", host)
