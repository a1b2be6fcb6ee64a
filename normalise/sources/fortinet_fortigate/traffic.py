"""The pairs that say who talked to whom, and what the policy said: `source`, `destination`, `network`, `observer`, `rule`.

What is mapped without loss is taken out of the pairs; what detections know by the vendor's name stays there too.
"""

from typing import Any

from normalise.conform import shared_part
from normalise.directions import direction_by
from normalise.transports import NAMES
from vagt.contracts.event import Event

Pairs = dict[str, str]

_ABSENT = ("N/A", "n/a", "(null)", "unknown", "none", "undefined")
_DIRECTIONS = {"outgoing": "outbound", "incoming": "inbound", "outbound": "outbound", "inbound": "inbound"}


def known(value: str | None) -> str | None:
    """`value`, or None where FortiOS fills in a word for "nothing"."""
    return None if not value or value in _ABSENT else value


def add_ends(event: Event, pairs: Pairs) -> None:
    """`source.*`, `destination.*` and `network.*` of everything that crosses or reaches the firewall."""
    source = _end(pairs, _SOURCE)
    destination = _end(pairs, _DESTINATION)
    network: dict[str, Any] = {}
    if "ip" in source:
        network["type"] = "ipv6" if ":" in source["ip"] else "ipv4"
    if "dstname" in pairs and (value := known(pairs["dstname"])):
        destination["domain"] = value
    if "sentbyte" in pairs or "sentpkt" in pairs:
        _add_volume(source, destination, network, pairs)
    if "transip" in pairs or "tranip" in pairs:
        _add_translation(source, destination, pairs)
    _add_protocols(event, network, pairs)
    if "direction" in network and "ip" in source and "ip" in destination:
        network["direction"] = direction_by(source["ip"], destination["ip"], network["direction"])
    if source:
        event["source"] = source
    if destination:
        event["destination"] = destination
    if network:
        event["network"] = network


_SOURCE = ("srcip", "src", "srcport", "src_port", "srcmac")
_DESTINATION = ("dstip", "dst", "dstport", "dst_port", "dstmac")


def _end(pairs: Pairs, names: tuple[str, str, str, str, str]) -> dict[str, Any]:
    """Address, port and MAC address of one end; of two spellings the first counts."""
    ip, old_ip, port, old_port, mac = names
    end: dict[str, Any] = {}
    if (value := pairs.pop(ip, "")) or (old_ip in pairs and (value := pairs.pop(old_ip))):
        end["ip"] = value
    if (value := pairs.pop(port, "")) or (old_port in pairs and (value := pairs.pop(old_port))):
        end["port"] = int(value) if value.isdecimal() and len(value) < 6 else value
    if mac in pairs and (value := pairs.pop(mac)):
        end["mac"] = value.upper().replace(":", "-")
    return end


def _add_protocols(event: Event, network: dict[str, Any], pairs: Pairs) -> None:
    if value := pairs.pop("proto", None):
        network["iana_number"] = value
        if name := NAMES.get(value):
            network["transport"] = name
            if value == "1" or value == "58":
                _add_icmp(event, pairs)
    if "service" in pairs and (service := pairs["service"].lower()) and service != "none":
        network["protocol"] = service
    if "app" in pairs and (value := pairs["app"]):
        network["application"] = value
    if "direction" in pairs or "dir" in pairs:
        way = _DIRECTIONS.get(pairs.get("direction") or pairs.get("dir") or "")
        if way is not None:
            network["direction"] = way


def _add_volume(source: dict[str, Any], destination: dict[str, Any], network: dict[str, Any], pairs: Pairs) -> None:
    for unit, sent_name, received_name in (("bytes", "sentbyte", "rcvdbyte"), ("packets", "sentpkt", "rcvdpkt")):
        sent, received = pairs.pop(sent_name, ""), pairs.pop(received_name, "")
        if sent.isdecimal():
            source[unit] = int(sent)
        if received.isdecimal():
            destination[unit] = int(received)
            if sent.isdecimal():
                network[unit] = source[unit] + destination[unit]


def _add_translation(source: dict[str, Any], destination: dict[str, Any], pairs: Pairs) -> None:
    """`trandisp` names what was translated: `transip` is the new source, `tranip` the new destination."""
    address, port = pairs.pop("transip", None), pairs.pop("transport", None)
    if address and address not in ("0.0.0.0", "::"):  # noqa: S104  (what FortiOS writes for "none")
        source["nat"] = {"ip": address}
        if port and port != "0":
            source["nat"]["port"] = int(port) if port.isdecimal() and len(port) < 6 else port
    address, port = pairs.pop("tranip", None), pairs.pop("tranport", None)
    if address and address not in ("0.0.0.0", "::"):  # noqa: S104
        destination["nat"] = {"ip": address}
        if port and port != "0":
            destination["nat"]["port"] = int(port) if port.isdecimal() and len(port) < 6 else port


def _add_icmp(event: Event, pairs: Pairs) -> None:
    """Type and code for the community id: `icmptype="0x08"`, or a service such as `icmp/8/0` or `icmp6/128/0`."""
    kind, code = pairs.get("icmptype"), pairs.get("icmpcode", "0")
    if kind is None:
        words = (pairs.get("service") or "").split("/")
        if len(words) != 3 or not words[0].startswith("icmp"):
            return
        kind, code = words[1:]
    try:
        event["vagt"] = {"icmp": {"type": int(kind, 0), "code": int(code, 0)}}
    except ValueError:
        return


def add_observer(event: Event, pairs: Pairs) -> None:
    """The firewall itself, and the interfaces that the packet came in and went out by."""
    take = pairs.pop
    event["observer"] = shared_part(
        "observer", _observer, take("devname", None), take("devid", None), take("srcintf", None), take("dstintf", None)
    )


def _observer(name: str | None, serial: str | None, ingress: str | None, egress: str | None) -> dict[str, Any]:
    observer: dict[str, Any] = {"vendor": "Fortinet", "product": "Fortigate", "type": "firewall"}
    if name:
        observer["name"] = name
    if serial:
        observer["serial_number"] = serial
    if ingress:
        observer["ingress"] = {"interface": {"name": ingress}}
    if egress:
        observer["egress"] = {"interface": {"name": egress}}
    return observer


def add_rule(event: Event, pairs: Pairs) -> None:
    """The policy that decided, or the description of what happened."""
    get = pairs.get
    kind = pairs["type"]
    if kind == "traffic" or kind == "event":  # in events `profile` is the administrator's
        ruleset = get("policytype")
    else:
        ruleset = get("profile") or get("applist") or get("policytype")
    names = (pairs.pop("policyid", None), get("policyname"), pairs.pop("poluuid", None), ruleset)
    rule = shared_part("rule", _rule, *names, get("catdesc") or get("appcat"), get("logdesc"))
    if rule:
        event["rule"] = rule


def _rule(*values: str | None) -> dict[str, Any]:
    names = ("id", "name", "uuid", "ruleset", "category", "description")
    return {name: value for name, value in zip(names, values, strict=True) if value}


_NAMES = ("user", "xauthuser", "unauthuser")
_GROUPS = ("group", "xauthgroup")


def add_user(event: Event, pairs: Pairs) -> None:
    """The user: the one who acts (`user.*`), and the one behind the source address (`source.user.*`)."""
    name = group = None
    for pair in _NAMES:
        if pair in pairs and name is None:
            name = known(pairs[pair])
    for pair in _GROUPS:
        if pair in pairs and group is None:
            group = known(pairs[pair])
    if name is None and group is None:
        return
    user: dict[str, Any] = {}
    if name is not None:
        user["name"] = name
        event["user"] = {"name": name}
    if group is not None:
        user["group"] = {"name": group}
    event.setdefault("source", {})["user"] = user
