"""What logs of DHCP servers share: the client as `client` and `source`, `network`, what a message of the protocol means."""

from functools import lru_cache
from typing import Any

from normalise.conform import shared_part, valid_ip
from normalise.placing import mac
from vagt.contracts.event import Event

_FAILED = frozenset(("dhcpnak", "dhcpdecline", "declined", "no-free-leases"))
_NONE = frozenset(("0.0.0.0", "::"))  # noqa: S104 - what stands for no address yet
_mac = lru_cache(maxsize=16384)(mac)  # the same machines come again
_GIVEN = frozenset(("dhcpack", "dhcpoffer"))


def put_message(event: Event, action: str, outcome: str | None = None) -> None:
    """`event.action` (`dhcpack`, `no-free-leases`), category and type; the outcome follows from the message if not given."""
    inner: dict[str, Any] = event["event"]
    inner.update(kind="event", category=["network"], type=["protocol"], action=action)
    outcome = outcome or ("failure" if action in _FAILED else "success" if action in _GIVEN else None)
    if outcome:
        inner["outcome"] = outcome


def put_client(event: Event, address: str | None, hardware: str | None, name: str | None = None) -> None:
    """Who asks for an address or has one, as `client` and `source`; what is no address or MAC address is left out."""
    client: dict[str, Any] = {}
    if address and address not in _NONE and valid_ip(address):
        client["address"] = client["ip"] = address
    if hardware and (written := _mac(hardware)) is not None:
        client["mac"] = written
    if name:
        client["domain"] = name
        client.setdefault("address", name)
    if client:
        event["client"] = client
        event["source"] = dict(client)
    version = "ipv6" if address and ":" in address else "ipv4" if address else ""
    event["network"] = dict(shared_part("network", _network, version))  # the community id is added to it


def _network(version: str) -> dict[str, Any]:
    network: dict[str, Any] = {"protocol": "dhcp", "transport": "udp", "iana_number": "17"}
    if version:
        network["type"] = version
    return network


def put_relay(event: Event, via: str, own: dict[str, Any]) -> None:
    """The interface or the relay agent that a message came by."""
    if valid_ip(via):
        own["relay"] = via
    elif via:
        event["observer"] = {**event.get("observer", {}), "ingress": {"interface": {"name": via}}}
