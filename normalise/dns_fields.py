"""What logs of name servers share: the question, what an answer's code means, `network` (ECS `dns.*`)."""

from typing import Any

from normalise.conform import shared_part, valid_ip
from vagt.contracts.event import Event


def bare_name(name: str) -> str:
    """A domain name without the dot of the root at its end; the root itself stays a dot."""
    return name.rstrip(".") or "."


def question(name: str, kind: str | None = None, klass: str | None = None) -> dict[str, str]:
    """`dns.question` of a name as the log has it, and its type and class where they are there."""
    found = {"name": bare_name(name)}
    if kind:
        found["type"] = kind
    if klass:
        found["class"] = klass
    return found


def outcome_of(code: str) -> str:
    """`event.outcome` of a response code: an answer was given, or none."""
    return "success" if code == "NOERROR" else "failure"


def put_network(event: Event, transport: str | None, address: str | None = None) -> None:
    """`network` of a lookup, the same for all with that transport and kind of address."""
    version = "" if not address else "ipv6" if ":" in address else "ipv4"
    event["network"] = dict(shared_part("network", _network, transport, version))  # the community id is added to it


def _network(transport: str | None, version: str) -> dict[str, Any]:
    network: dict[str, Any] = {"protocol": "dns"}
    if transport:
        network["transport"] = transport
        network["iana_number"] = "6" if transport == "tcp" else "17"
    if version:
        network["type"] = version
    return network


def put_answers(dns: dict[str, Any], answers: list[dict[str, Any]]) -> None:
    """`dns.answers`, and the addresses among them as `dns.resolved_ip`."""
    if not answers:
        return
    dns["answers"] = answers
    addresses = [one["data"] for one in answers if one.get("type") in ("A", "AAAA") and valid_ip(one["data"])]
    if addresses:
        dns["resolved_ip"] = addresses
