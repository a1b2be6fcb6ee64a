"""One record to an event: a flow (who, to whom, how much, when, what became of it), or what the exporter tells of itself."""

from functools import lru_cache
from typing import Any

from normalise.conform import shared_part, valid_ip
from normalise.partly import partly
from normalise.sources.netflow_flow.records import Fields, Record
from normalise.sources.netflow_flow.sampling import Sampling, sampling_of
from normalise.sources.netflow_flow.values import moment
from normalise.transports import transport_fields
from vagt.clock import from_iso
from vagt.contracts.event import Event
from vagt.errors import NormaliseError
from vagt.flow_export import Message

_DIRECTIONS = {0: "inbound", 1: "outbound"}  # of the interface at which it was seen (flowDirection)
# firewallEvent of IANA, and fwEvent of ASA before it had a number there
_FIREWALL = {1: ("created", None), 2: ("deleted", None), 3: ("denied", "denied"), 4: ("alert", None), 5: ("updated", None)}
_DENIED_REASONS = range(1001, 2000)  # ASA's extended events: by which access list, or why
_SOURCE = ("source_ipv4_address", "source_ipv6_address", "connection_client_ipv4_address")
_DESTINATION = ("destination_ipv4_address", "destination_ipv6_address", "connection_server_ipv4_address")
_SOURCE_PORTS = ("source_transport_port", "udp_source_port", "tcp_source_port")
_DESTINATION_PORTS = ("destination_transport_port", "udp_destination_port", "tcp_destination_port")
_SENT = (
    "initiator_octets",
    "octet_delta_count",
    "octet_total_count",
    "layer2_octet_delta_count",
    "transport_octet_delta_count",
)
_ANSWERED = ("responder_octets", "reverse_octet_delta_count", "reverse_octet_total_count")
_SENT_PACKETS = ("initiator_packets", "packet_delta_count", "packet_total_count", "transport_packet_delta_count")
_ANSWERED_PACKETS = ("responder_packets", "reverse_packet_delta_count", "reverse_packet_total_count")
_STARTS = ("flow_start_milliseconds", "flow_start_seconds", "flow_start_microseconds", "flow_start_nanoseconds")
_ENDS = ("flow_end_milliseconds", "flow_end_seconds", "flow_end_microseconds", "flow_end_nanoseconds")
_USERS = ("user_name", "asa_username", "panos_user_id", "netscaler_aaa_username")
_HIGHEST = 2**63 - 1
_WRAP = 1 << 32  # milliseconds since the start are 32 bits: 49 days


def flow_event(record: Record, message: Message, exporter: str, sampling: Sampling) -> Event:
    """`exporter` is the sender's address, or empty. Bytes and packets are as counted: of sampled flows
    `netflow.exporter.sampling_interval` says of how many packets one was."""
    fields = record.fields
    is_options = bool(record.scope) or ("protocol_identifier" not in fields and _first(fields, _SOURCE) is None)
    event = _event(message, exporter)
    inner = event["event"]
    netflow: Fields = {}
    if is_options:
        inner["action"] = "netflow_options"
        inner["type"] = ["info"]
        netflow["options"] = fields
        netflow["scope"] = record.scope
    else:
        inner["action"] = "netflow_flow"
        inner["type"] = ["connection"]
        netflow.update(fields)
        _add_flow(event, inner, fields, message)
    netflow["type"] = inner["action"]
    netflow["exporter"] = about = _exporter(message, exporter)
    if not is_options and (interval := sampling_of(sampling, message, fields)) is not None:
        about["sampling_interval"] = interval
    if record.others:
        netflow["other"] = record.others
        partly(event, f"elements of enterprise {_enterprises(tuple(record.others))}")
    event["netflow"] = netflow
    return event


def undecoded_event(message: Message, exporter: str) -> Event:
    """What stands for a set that cannot be read."""
    event = _event(message, exporter)
    event["event"] |= {"action": "netflow_undecoded", "type": ["info"]}
    event["netflow"] = {"type": "netflow_undecoded", "exporter": _exporter(message, exporter)}
    partly(event, "set without template")
    return event


def _event(message: Message, exporter: str) -> Event:
    event: Event = {"@timestamp": _exported(message), "event": {"kind": "event", "category": ["network"]}}
    if exporter:
        event["observer"] = shared_part("observer", _observer, exporter)
    return event


@lru_cache(maxsize=1024)
def _enterprises(names: tuple[str, ...]) -> str:
    return ", ".join(sorted({name.partition("_")[0] for name in names})[:5])


def _exported(message: Message) -> str:
    time = moment(message.time * 1_000_000 + message.nanoseconds // 1000)
    if time is None:
        raise NormaliseError("the exporter's time is none")
    return time


def _observer(exporter: str) -> dict[str, Any]:
    return {"ip": [exporter], "name": exporter}


def _exporter(message: Message, exporter: str) -> Fields:
    about: Fields = {"version": message.version, "source_id": message.domain, "timestamp": _exported(message)}
    if message.uptime is not None:
        about["uptime_millis"] = message.uptime
    if exporter:
        about["address"] = exporter
    return about


def _first(fields: Fields, names: tuple[str, ...]) -> Any:
    for name in names:
        if name in fields:
            return fields[name]
    return None


def _add_flow(event: Event, inner: dict[str, Any], fields: Fields, message: Message) -> None:
    network: dict[str, Any] = {}
    source = _end(_first(fields, _SOURCE), _first(fields, _SOURCE_PORTS), fields.get("source_mac_address"))
    destination = _end(_first(fields, _DESTINATION), _first(fields, _DESTINATION_PORTS), fields.get("destination_mac_address"))
    if source:
        event["source"] = source
    if destination:
        event["destination"] = destination
    _add_volume(network, source, destination, fields)
    _add_nat(source, destination, fields)
    protocol = fields.get("protocol_identifier")
    if protocol.__class__ is int:
        network.update(transport_fields(str(protocol)))
        if protocol in (1, 58):
            _add_icmp(event, fields, protocol)
    network["direction"] = _DIRECTIONS.get(fields.get("flow_direction", -1), "unknown")
    if "ip" in source:
        network["type"] = "ipv6" if ":" in source["ip"] else "ipv4"
    if (vlan := fields.get("vlan_id", fields.get("dot1q_vlan_id"))).__class__ is int and vlan:
        network["vlan"] = {"id": str(vlan)}
    if name := fields.get("application_name") or fields.get("panos_app_id") or fields.get("nprobe_l7_proto_name"):
        network["application"] = str(name).lower()
    event["network"] = network
    _add_times(inner, fields, message)
    _add_firewall(event, inner, fields)
    _add_web(event, fields)


def _end(address: Any, port: Any, mac: Any) -> dict[str, Any]:
    end: dict[str, Any] = {}
    if address.__class__ is str and valid_ip(address):
        end["address"] = end["ip"] = address
    if port.__class__ is int and port <= 65535:
        end["port"] = port
    if mac.__class__ is str and len(mac) == 17:
        end["mac"] = mac
    return end


def _add_volume(network: dict[str, Any], source: dict[str, Any], destination: dict[str, Any], fields: Fields) -> None:
    for unit, sent_names, answered_names in (
        ("bytes", _SENT, _ANSWERED),
        ("packets", _SENT_PACKETS, _ANSWERED_PACKETS),
    ):
        sent, answered = _first(fields, sent_names), _first(fields, answered_names)
        total = 0
        for end, count in ((source, sent), (destination, answered)):
            if count.__class__ is int and count <= _HIGHEST:
                end[unit] = count
                total += count
        if (sent.__class__ is int or answered.__class__ is int) and total <= _HIGHEST:
            network[unit] = total


def _add_nat(source: dict[str, Any], destination: dict[str, Any], fields: Fields) -> None:
    """Addresses behind a translation, where it changed something."""
    for end, side, asa in ((source, "source", "src"), (destination, "destination", "dst")):
        address = _first(
            fields, (f"post_nat_{side}_ipv4_address", f"post_nat_{side}_ipv6_address", f"asa_xlate_{asa}_addr_ipv4")
        )
        port = _first(fields, (f"post_napt_{side}_transport_port", f"asa_xlate_{asa}_port"))
        if address.__class__ is str and address not in ("0.0.0.0", "::", end.get("ip")):  # noqa: S104  (none)
            end["nat"] = {"ip": address}
            if port.__class__ is int and port:
                end["nat"]["port"] = port


def _add_icmp(event: Event, fields: Fields, protocol: int) -> None:
    """Type and code: elements of their own, both in one, or (v5, v9) in the destination's port."""
    suffix = "ipv4" if protocol == 1 else "ipv6"
    kind, code = fields.get(f"icmp_type_{suffix}"), fields.get(f"icmp_code_{suffix}")
    both = fields.get(f"icmp_type_code_{suffix}", fields.get("destination_transport_port"))
    if kind.__class__ is not int and both.__class__ is int and not fields.get("source_transport_port"):
        kind, code = both >> 8, both & 0xFF
    if kind.__class__ is int and kind < 256:
        event["vagt"] = {"icmp": {"type": kind, "code": code if code.__class__ is int and code < 256 else 0}}


def _add_times(inner: dict[str, Any], fields: Fields, message: Message) -> None:
    start, end = _first(fields, _STARTS), _first(fields, _ENDS)
    up, down = fields.get("flow_start_sys_up_time"), fields.get("flow_end_sys_up_time")
    duration = None
    if up.__class__ is int and down.__class__ is int:
        duration = (down - up) % _WRAP * 1_000_000  # milliseconds
        if start is None and message.uptime is not None:
            start, end = _since_start(message, up), _since_start(message, down)
    if start.__class__ is str:
        inner["start"] = start
    if end.__class__ is str:
        inner["end"] = end
    if duration is None and start.__class__ is str and end.__class__ is str:
        span = from_iso(end) - from_iso(start)
        duration = (span.days * 86_400_000_000 + span.seconds * 1_000_000 + span.microseconds) * 1000
    if (told := fields.get("flow_duration_milliseconds")).__class__ is int:
        duration = told * 1_000_000
    elif (told := fields.get("flow_duration_microseconds")).__class__ is int:
        duration = told * 1_000
    if duration is not None and 0 <= duration <= _HIGHEST:
        inner["duration"] = duration


def _since_start(message: Message, uptime: int) -> str | None:
    """The exporter's clock when it had been up for so long; its counter may have begun anew between (v5, v9: 32 bits)."""
    ago = ((message.uptime or 0) - uptime) % _WRAP
    if ago > _WRAP // 2:
        ago -= _WRAP
    return moment(message.time * 1_000_000 + message.nanoseconds // 1000 - ago * 1000)


def _add_firewall(event: Event, inner: dict[str, Any], fields: Fields) -> None:
    """What a firewall did with the flow."""
    number = fields.get("firewall_event", fields.get("asa_fw_event"))
    if number.__class__ is int and (found := _FIREWALL.get(number)):
        _, denied = found
        extended = fields.get("fw_ext_event")
        if denied or (extended.__class__ is int and extended in _DENIED_REASONS):
            inner["type"], inner["outcome"] = ["connection", "denied"], "success"
        elif number in (1, 2):
            inner["type"] = ["connection", "start" if number == 1 else "end"]
    elif (status := fields.get("forwarding_status")).__class__ is int and status >> 6 == 2:  # RFC 7270: dropped
        inner["type"], inner["outcome"] = ["connection", "denied"], "success"
    if name := fields.get("fw_rule"):
        event["rule"] = {"name": name}
    if name := _first(fields, _USERS):
        event["user"] = {"name": name}
    if reason := fields.get("reason_text"):
        inner["reason"] = reason


def _add_web(event: Event, fields: Fields) -> None:
    """Requests that a load balancer or a probe saw."""
    host = fields.get("netscaler_http_req_host") or fields.get("http_request_host") or fields.get("nprobe_http_host")
    target = fields.get("netscaler_http_req_url") or fields.get("http_request_target") or fields.get("nprobe_http_url")
    method = fields.get("netscaler_http_req_method") or fields.get("http_request_method")
    status = fields.get("netscaler_http_rsp_status") or fields.get("http_status_code") or fields.get("nprobe_http_return_code")
    agent = fields.get("netscaler_http_req_user_agent") or fields.get("http_user_agent") or fields.get("nprobe_http_user_agent")
    http: dict[str, Any] = {}
    if method:
        http["request"] = {"method": method}
    if status.__class__ is int and status:
        http["response"] = {"status_code": status}
    if http:
        event["http"] = http
    url = {name: value for name, value in (("domain", host), ("original", target)) if value}
    if url:
        event["url"] = url
    if agent:
        event["user_agent"] = {"original": agent}
    if query := fields.get("nprobe_dns_query"):
        event["dns"] = {"question": {"name": query}}
