"""What a text found, as ECS fields and the vendor's own: ends, users, times, protocols, URLs."""

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from normalise.cisco.firewall.heads import before
from normalise.conform import valid_ip
from normalise.transports import transport_fields
from vagt.contracts.event import Event

Found = dict[str, str | None]
Special = Callable[[Event, dict[str, Any], dict[str, Any], dict[str, Any], str], None]  # event, event.*, vendor, source, value

_HIDDEN = ("", "*****", "Unknown", "unknown", "N/A")
# names in a shape that have another name below `cisco.asa`, and those that are told in ECS fields only
_VENDOR = {
    "rule_name": "rule_name", "command": "command_line_arguments", "s_security_tag": "source_user_security_group_tag",
    "d_security_tag": "destination_user_security_group_tag", "group": "group_name", "assigned_ip": "assigned_ip",
}  # fmt: skip
_ECS_ONLY = frozenset(
    "s d s_if d_if s_port d_port s_nat d_nat s_natport d_natport s_user d_user s_name d_name on_if transport direction "
    "duration bytes s_bytes d_bytes reason event_reason user user_acting account person client_user url file service text "
    "icmp_type icmp_code error_text deny_reason negotiation abort_reason duplicate peer_text idfw_user payload_transport "
    "payload_s_port payload_d_port".split()
)


class Plan(NamedTuple):
    """What to do with the groups of one shape, worked out once: `special` are handlers, `plain` go to the vendor part."""

    special: tuple[tuple[str, Special], ...]
    plain: tuple[tuple[str, str], ...]
    has_source: bool
    has_destination: bool


def plan_of(names: Iterable[str]) -> Plan:
    """The plan for a shape with these group names."""
    every = list(names)
    return Plan(
        special=tuple((name, _SPECIAL[name]) for name in every if name in _SPECIAL),
        plain=tuple((name, _VENDOR.get(name, name)) for name in every if name not in _ECS_ONLY),
        has_source=any(name == "s" or name.startswith("s_") for name in every),
        has_destination=any(name == "d" or name.startswith("d_") for name in every),
    )


def add_fields(event: Event, inner: dict[str, Any], vendor: dict[str, Any], found: Found, plan: Plan) -> None:
    """Put everything that `found` holds into the event and its vendor part."""
    source = _end("source", found, "s", vendor) if plan.has_source else {}
    destination = _end("destination", found, "d", vendor) if plan.has_destination else {}
    network = _network(found)
    for name, vendor_name in plan.plain:
        if (value := found[name]) is not None:
            vendor[vendor_name] = value
    for name, handle in plan.special:
        if value := found[name]:
            handle(event, inner, vendor, source, value)
    if source:
        event["source"] = source
        if "user" in source and "name" in source["user"]:
            event.setdefault("user", {"name": source["user"]["name"]})
    if destination:
        event["destination"] = destination
    if "server" in event and (listed := vendor.get("listed_end")):
        (source if listed == "source" else destination).setdefault("domain", event["server"].get("domain"))
    if network:
        event["network"] = network


def _end(name: str, found: Found, letter: str, vendor: dict[str, Any]) -> dict[str, Any]:
    end: dict[str, Any] = {}
    get = found.get
    if interface := get(letter + "_if"):
        vendor[name + "_interface"] = interface
    address = get(letter)
    if address:
        end["address"] = address
        end["ip" if valid_ip(address) else "domain"] = address
        port = get(letter + "_port")
        if port:
            end["port"] = int(port)
        if mapped := get(letter + "_nat"):
            _add_mapped(end, vendor, name, mapped, get(letter + "_natport"), address, port)
    if (volume := get(letter + "_bytes")) is not None:
        end["bytes"] = int(volume)
    user = get(letter + "_user") or get(letter + "_name")
    if user:
        vendor[name + "_username"] = user
        add_user(end, user)
    return end


def _add_mapped(
    end: dict[str, Any], vendor: dict[str, Any], name: str, mapped: str, mapped_port: str | None, address: str, port: str | None
) -> None:
    """`*.nat.*` is told only where the translation changed something."""
    nat: dict[str, Any] = {}
    if valid_ip(mapped):
        vendor[f"mapped_{name}_ip"] = mapped
        if mapped != address:
            nat["ip"] = mapped
    else:
        vendor[f"mapped_{name}_host"] = mapped
    if mapped_port:
        number = vendor[f"mapped_{name}_port"] = int(mapped_port)
        if mapped_port != port:
            nat["port"] = number
    if nat:
        end["nat"] = nat


def user_names(text: str) -> tuple[str, str | None]:
    r"""(name, domain) of `LOCAL\ann`, `EXAMPLE\ann`, `ann@example.org` or `ann`; the local database is no domain."""
    domain, _, name = text.strip().removeprefix("LOCAL\\").rpartition("\\")
    domain = domain.rpartition("\\")[2]
    first, at, rest = name.partition("@")
    if at and first and rest and not domain:
        return first, rest
    return name, domain or None


def add_user(holder: dict[str, Any], text: str) -> None:
    """`user.name` and `user.domain` below `holder`; names that the firewall hides are left out."""
    name, domain = user_names(text)
    if name in _HIDDEN:
        return
    user = holder.setdefault("user", {})
    user["name"] = name
    if domain is not None:
        user["domain"] = domain


def _network(found: Found) -> dict[str, Any]:
    network: dict[str, Any] = {}
    if transport := found.get("transport"):
        network |= transport_fields(transport)
    if direction := found.get("direction"):
        network["direction"] = direction.lower()
    if service := found.get("service"):
        network["protocol"] = service.lower()
    if (volume := found.get("bytes")) is not None:
        network["bytes"] = int(volume)
    return network


def add_duration(inner: dict[str, Any], moment: datetime | None, value: str) -> None:
    """`0:01:07`, `0h:32m:16s` or `1d 2h:03m:04s` as nanoseconds, with start and end."""
    days, _, clock = value.rpartition("d")
    hours, minutes, seconds = (int(part.rstrip("hms")[:9]) for part in clock.split(":"))
    total = int(days[:6] or 0) * 86400 + hours * 3600 + minutes * 60 + seconds
    if total >= 10**9:
        return
    inner["duration"] = total * 1_000_000_000
    if moment is not None:
        inner["start"] = before(moment, total)
        inner["end"] = before(moment, 0)


def _reason(event: Event, inner: dict[str, Any], vendor: dict[str, Any], source: dict[str, Any], value: str) -> None:
    inner["reason"] = value.strip()


def _abort_reason(event: Event, inner: dict[str, Any], vendor: dict[str, Any], source: dict[str, Any], value: str) -> None:
    inner["reason"] = f"Negotiation aborted due to {value}"


def _duplicate(event: Event, inner: dict[str, Any], vendor: dict[str, Any], source: dict[str, Any], value: str) -> None:
    inner["reason"] = f"{value} with different initial sequence number"


def _deny_reason(event: Event, inner: dict[str, Any], vendor: dict[str, Any], source: dict[str, Any], value: str) -> None:
    vendor["deny_reason"] = value


def _error_text(event: Event, inner: dict[str, Any], vendor: dict[str, Any], source: dict[str, Any], value: str) -> None:
    vendor["error"] = value


def _person(event: Event, inner: dict[str, Any], vendor: dict[str, Any], source: dict[str, Any], value: str) -> None:
    add_user(event, value)
    add_user(source, value)


def _account(event: Event, inner: dict[str, Any], vendor: dict[str, Any], source: dict[str, Any], value: str) -> None:
    add_user(event, value)
    add_user(event.setdefault("server", {}), value)


def _client_user(event: Event, inner: dict[str, Any], vendor: dict[str, Any], source: dict[str, Any], value: str) -> None:
    add_user(event, value)
    add_user(event.setdefault("client", {}), value)


def _group(event: Event, inner: dict[str, Any], vendor: dict[str, Any], source: dict[str, Any], value: str) -> None:
    source.setdefault("user", {})["group"] = {"name": value}


def _idfw_user(event: Event, inner: dict[str, Any], vendor: dict[str, Any], source: dict[str, Any], value: str) -> None:
    vendor["source_username"] = value


def _on_if(event: Event, inner: dict[str, Any], vendor: dict[str, Any], source: dict[str, Any], value: str) -> None:
    vendor.setdefault("source_interface", value)


def _url(event: Event, inner: dict[str, Any], vendor: dict[str, Any], source: dict[str, Any], value: str) -> None:
    url: dict[str, Any] = {"original": value}
    try:
        parts = urlsplit(value)
    except ValueError:
        parts = urlsplit("")
    extension = parts.path.rpartition("/")[2].rpartition(".")
    names = {"scheme": parts.scheme, "domain": parts.hostname, "path": parts.path, "query": parts.query}
    url |= {name: part for name, part in names.items() if part}
    if extension[0] and extension[2].isalnum():
        url["extension"] = extension[2]
    event["url"] = url


def _file(event: Event, inner: dict[str, Any], vendor: dict[str, Any], source: dict[str, Any], value: str) -> None:
    event["file"] = {"path": value}


def _assigned(event: Event, inner: dict[str, Any], vendor: dict[str, Any], source: dict[str, Any], value: str) -> None:
    if valid_ip(value):
        event["related"] = {"ip": [value]}


def _icmp_type(event: Event, inner: dict[str, Any], vendor: dict[str, Any], source: dict[str, Any], value: str) -> None:
    vendor["icmp_type"] = int(value)


def _icmp_code(event: Event, inner: dict[str, Any], vendor: dict[str, Any], source: dict[str, Any], value: str) -> None:
    vendor["icmp_code"] = int(value)


def _domain(event: Event, inner: dict[str, Any], vendor: dict[str, Any], source: dict[str, Any], value: str) -> None:
    """A name on a dynamic filter's list; it belongs to the destination unless the source was listed."""
    name = value.partition("/")[0]
    if not valid_ip(name):
        event["server"] = {"domain": name}


_SPECIAL = {
    "reason": _reason, "event_reason": _reason, "abort_reason": _abort_reason, "duplicate": _duplicate,
    "deny_reason": _deny_reason, "error_text": _error_text, "user": _person, "user_acting": _account, "person": _person,
    "account": _account, "client_user": _client_user, "group": _group, "idfw_user": _idfw_user, "on_if": _on_if, "url": _url,
    "file": _file, "assigned_ip": _assigned, "icmp_type": _icmp_type, "icmp_code": _icmp_code, "domain": _domain,
}  # fmt: skip
