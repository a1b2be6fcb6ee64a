"""What a text found, as ECS fields and the vendor's own part."""

from collections.abc import Callable
from typing import Any

from normalise.cisco.addresses import mac_address
from normalise.cisco.firewall.fields import add_user
from normalise.conform import valid_ip
from normalise.endpoints import split_endpoint
from normalise.transports import transport_fields
from vagt.contracts.event import Event

Put = Callable[[Event, dict[str, Any], dict[str, Any], str], None]  # event, event.*, vendor's part, value
_NOBODY = frozenset(("", "unknown", "<unknown>", "UNKNOWN", "N/A", "console"))


def _end(name: str) -> Put:
    def put(event: Event, inner: dict[str, Any], vendor: dict[str, Any], value: str) -> None:
        value = value.strip("[]")
        if value in _NOBODY or value == "0.0.0.0":  # noqa: S104  (what the log says of a console)
            return
        end = event.setdefault(name, {})
        end["address"] = value
        if valid_ip(value):
            end["ip"] = value
        elif not any(sign in value for sign in "/() "):
            end["domain"] = value

    return put


def _of_end(name: str, field: str) -> Put:
    def put(event: Event, inner: dict[str, Any], vendor: dict[str, Any], value: str) -> None:
        if value != "0":
            event.setdefault(name, {})[field] = int(value)

    return put


def _packets(event: Event, inner: dict[str, Any], vendor: dict[str, Any], value: str) -> None:
    event.setdefault("source", {})["packets"] = event.setdefault("network", {})["packets"] = int(value)


def _mac(event: Event, inner: dict[str, Any], vendor: dict[str, Any], value: str) -> None:
    if (address := mac_address(value)) is not None:
        event.setdefault("source", {})["mac"] = address


def _transport(event: Event, inner: dict[str, Any], vendor: dict[str, Any], value: str) -> None:
    event.setdefault("network", {}).update(transport_fields(value))


def _service(event: Event, inner: dict[str, Any], vendor: dict[str, Any], value: str) -> None:
    event.setdefault("network", {})["protocol"] = value.lower()


def _vlan(event: Event, inner: dict[str, Any], vendor: dict[str, Any], value: str) -> None:
    event.setdefault("network", {})["vlan"] = {"id": value}


def _ssid(event: Event, inner: dict[str, Any], vendor: dict[str, Any], value: str) -> None:
    event.setdefault("network", {})["name"] = value


def _user(event: Event, inner: dict[str, Any], vendor: dict[str, Any], value: str) -> None:
    if value not in _NOBODY:
        add_user(event, value)


def _acl(event: Event, inner: dict[str, Any], vendor: dict[str, Any], value: str) -> None:
    vendor["access_list"] = value
    event["rule"] = {"name": value}


def _ingress(event: Event, inner: dict[str, Any], vendor: dict[str, Any], value: str) -> None:
    vendor["interface"] = value
    event["observer"] = {"ingress": {"interface": {"name": value}}}


def _rule(event: Event, inner: dict[str, Any], vendor: dict[str, Any], value: str) -> None:
    event["rule"] = {"name": value, "id": f"{vendor['signature']}:{vendor['subsignature']}"}


def _reason(event: Event, inner: dict[str, Any], vendor: dict[str, Any], value: str) -> None:
    inner["reason"] = value.strip()


def _command(event: Event, inner: dict[str, Any], vendor: dict[str, Any], value: str) -> None:
    vendor["command"] = value
    event["process"] = {"command_line": value}


def _peer(event: Event, inner: dict[str, Any], vendor: dict[str, Any], value: str) -> None:
    address, _ = split_endpoint(value)
    if address is not None:
        vendor["peer"] = address
        event["related"] = {"ip": [address]}


def _result(event: Event, inner: dict[str, Any], vendor: dict[str, Any], value: str) -> None:
    vendor["result"] = value


def _icmp_type(event: Event, inner: dict[str, Any], vendor: dict[str, Any], value: str) -> None:
    event["vagt"] = {"icmp": {"type": int(value), "code": 0}}


def _icmp_code(event: Event, inner: dict[str, Any], vendor: dict[str, Any], value: str) -> None:
    event["vagt"]["icmp"]["code"] = int(value)


def _package(event: Event, inner: dict[str, Any], vendor: dict[str, Any], value: str) -> None:
    event["package"] = {"name": value}


_PUT: dict[str, Put] = {
    "s": _end("source"), "d": _end("destination"), "s_port": _of_end("source", "port"), "packets": _packets, "mac": _mac,
    "d_port": _of_end("destination", "port"), "s_bytes": _of_end("source", "bytes"), "transport": _transport, "vlan": _vlan,
    "d_bytes": _of_end("destination", "bytes"), "service": _service, "ssid": _ssid, "user": _user, "acl": _acl,
    "ingress": _ingress, "rule": _rule, "reason": _reason, "failure": _reason, "command": _command, "peer": _peer,
    "result": _result, "icmp_type": _icmp_type, "icmp_code": _icmp_code, "package": _package,
}  # fmt: skip
_PASSED = frozenset(("verdict", "opened", "closed"))


def add_found(event: Event, inner: dict[str, Any], vendor: dict[str, Any], found: dict[str, str | None]) -> None:
    """Put everything that `found` holds into the event; a name that has no place in ECS goes to the vendor's part."""
    for name, value in found.items():
        if value:
            put = _PUT.get(name)
            if put is not None:
                put(event, inner, vendor, value)
            elif name not in _PASSED:
                vendor[name] = value
    source = event.get("source")
    if "d" in found and source is not None and "ip" in source:
        event.setdefault("network", {})["type"] = "ipv6" if ":" in source["ip"] else "ipv4"
