"""Pairs of a Sophos Firewall to ECS (Sophos Firewall, "Syslog guide", SFOS 17.5 to 21.5).

The standard format and the Central Reporting Format have their own names (`sent_bytes`, `bytes_sent`): both are here.
"""

from typing import Any

from normalise.conform import shared_part
from normalise.placing import places, whole
from normalise.transports import transport_fields
from normalise.urls import url_fields
from vagt.contracts.event import Event

Pairs = dict[str, str]

PLACES = places(
    {
        "src_ip": "source.ip", "sourceip": "source.ip", "src_port": "source.port", "src_mac": "source.mac:mac",
        "dst_ip": "destination.ip", "destinationip": "destination.ip", "localip": "destination.ip",
        "dst_port": "destination.port",
        "dst_mac": "destination.mac:mac", "src_domainname": "source.domain", "dst_domainname": "destination.domain",
        "sent_bytes": "source.bytes:whole", "bytes_sent": "source.bytes:whole", "sent_pkts": "source.packets:whole",
        "packets_sent": "source.packets:whole", "recv_bytes": "destination.bytes:whole",
        "bytes_received": "destination.bytes:whole",
        "recv_pkts": "destination.packets:whole", "packets_received": "destination.packets:whole",
        "tran_src_ip": "source.nat.ip", "src_trans_ip": "source.nat.ip", "tran_src_port": "source.nat.port:positive",
        "src_trans_port": "source.nat.port:positive", "tran_dst_ip": "destination.nat.ip", "dst_trans_ip": "destination.nat.ip",
        "tran_dst_port": "destination.nat.port:positive", "dst_trans_port": "destination.nat.port:positive",
        "fw_rule_id": "rule.id", "fw_rule_name": "rule.name", "policy_type": "rule.ruleset", "rule_id": "rule.id",
        "rule_name": "rule.name", "icmp_type": "vagt.icmp.type:whole", "icmp_code": "vagt.icmp.code:whole",
        "message": "message", "reason": "event.reason",
        "user_agent": "user_agent.original", "useragent": "user_agent.original", "referer": "http.request.referrer",
        "http_referer": "http.request.referrer", "method": "http.request.method", "http_method": "http.request.method",
        "status_code": "http.response.status_code:whole", "httpresponsecode": "http.response.status_code:whole",
        "httpstatus": "http.response.status_code:whole", "http_status": "http.response.status_code:whole",
        "contenttype": "http.response.mime_type", "content_type": "http.response.mime_type",
        "from_email_address": "email.from.address:list", "sender": "email.from.address:list",
        "to_email_address": "email.to.address:list", "recipient": "email.to.address:list",
        "email_subject": "email.subject", "subject": "email.subject", "mailid": "email.message_id",
        "message_id": "email.message_id",
        "filename": "file.name", "file_name": "file.name", "download_file_name": "file.name", "upload_file_name": "file.name",
        "file_size": "file.size:whole", "filesize": "file.size:whole", "file_path": "file.path", "filetype": "file.mime_type",
        "sha1sum": "file.hash.sha1", "sha256sum": "file.hash.sha256",
        "tls_version": "tls.version", "cipher_suite": "tls.cipher", "sni": "tls.client.server_name",
        "bytesrcv": "source.bytes:whole", "bytessent": "destination.bytes:whole",
        "execution_path": "process.executable",
    }
)  # fmt: skip

# In the logs of the intrusion prevention the rule is the signature; the firewall rule stays the vendor's.
SIGNATURE_PLACES = {
    **{name: place for name, place in PLACES.items() if place.outer != "rule"},
    **places(
        {
            "signature_id": "rule.id",
            "signature_msg": "rule.name",
            "classification": "rule.category",
            "idp_policy_id": "rule.ruleset+",
        }
    ),
}

_LEVELS = {"information": "informational", "notice": "notification", "info": "informational"}
_WAN, _INSIDE = "WAN", frozenset(("LAN", "DMZ", "VPN", "WiFi", "WIFI", "LOCAL"))


def log_level(pairs: Pairs) -> str | None:
    """The severity's name as syslog has it."""
    level = (pairs.pop("priority", "") or pairs.pop("severity", "")).lower()
    return _LEVELS.get(level, level) or None


def add_observer(event: Event, rest: Pairs, host: str | None) -> None:
    """The firewall, the interfaces and the zones that the traffic came in and went out by."""
    take = rest.pop
    event["observer"] = shared_part(
        "observer",
        _observer,
        host,
        take("device_id", None) or take("device_serial_id", None),
        (take("in_interface", None), take("in_display_interface", None), take("srczone", None) or take("src_zone", None)),
        (take("out_interface", None), take("out_display_interface", None), take("dstzone", None) or take("dst_zone", None)),
    )


def _observer(host: str | None, serial: str | None, *sides: tuple[str | None, str | None, str | None]) -> dict[str, Any]:
    observer: dict[str, Any] = {"vendor": "Sophos", "product": "XG", "type": "firewall", "name": host, "serial_number": serial}
    for name, (interface, alias, zone) in zip(("ingress", "egress"), sides, strict=True):
        side: dict[str, Any] = {"zone": zone} if zone else {}
        if interface:
            side["interface"] = {"name": interface, "alias": alias} if alias and alias != interface else {"name": interface}
        observer[name] = side
    return observer


def add_network(event: Event, rest: Pairs) -> None:
    """Transport, protocol, application, direction and volume."""
    network: dict[str, Any] = {}
    if protocol := rest.pop("protocol", None):
        network |= transport_fields(protocol)
    source, destination = event.get("source"), event.get("destination")
    if source is not None:
        if destination is not None and (address := source.get("ip")):
            network["type"] = "ipv6" if ":" in address else "ipv4"
        if destination is not None and "bytes" in source and "bytes" in destination:
            network["bytes"] = source["bytes"] + destination["bytes"]
            if "packets" in source and "packets" in destination:
                network["packets"] = source["packets"] + destination["packets"]
    if application := rest.get("application") or rest.get("app_name") or rest.get("application_name"):
        network["application"] = application.lower()
    direction = _direction(
        rest.get("srczonetype") or rest.get("src_zone_type"), rest.get("dstzonetype") or rest.get("dst_zone_type")
    )
    if direction:
        network["direction"] = direction
    if network:
        event["network"] = network


def _direction(source: str | None, destination: str | None) -> str | None:
    if source == _WAN:
        return "inbound" if destination in _INSIDE else "external" if destination == _WAN else None
    if source in _INSIDE:
        return "outbound" if destination == _WAN else "internal" if destination in _INSIDE else None
    return None


_USERS = ("user_name", "user", "login_user")
_GROUPS = ("user_gp", "user_group", "usergroupname", "user_group_name")


def add_user(event: Event, rest: Pairs) -> None:
    """The user, who is the one behind the source address too."""
    user: dict[str, Any] = {}
    for name in _USERS:
        if (value := rest.get(name)) and value not in ("-", "N/A"):
            user["name"] = value
            rest.pop(name)
            break
    for name in _GROUPS:
        if (value := rest.get(name)) and value != "N/A":
            user["group"] = {"name": value}
            rest.pop(name)
            break
    if user:
        event.setdefault("source", {})["user"] = user
        if "name" in user:
            event["user"] = {"name": user["name"]}


def add_url(event: Event, rest: Pairs) -> None:
    """`url` is whole, or the path of the web server that the WAF protects; `domain` names the host besides."""
    original = rest.pop("url", None)
    url: dict[str, Any] = dict(url_fields(original)) if original and (original[0] == "/" or "://" in original) else {}
    if original and not url:
        url = {"original": original, "domain": original.partition("/")[0]}
    if query := rest.pop("querystring", None):
        url["query"] = query.removeprefix("?")
    domain = rest.pop("domain", None) or rest.pop("domainname", None)
    if domain and "domain" not in url:
        url["domain"] = domain
    if "scheme" in url and "domain" in url and original:
        url["full"] = original
    if url:
        event["url"] = url


_LAST_SECOND = 10**9


def add_duration(inner: dict[str, Any], rest: Pairs) -> int | None:
    """`duration` is in seconds; gives it, or None."""
    if "duration" not in rest or (seconds := whole(rest["duration"])) is None or seconds > _LAST_SECOND:
        return None
    del rest["duration"]
    inner["duration"] = seconds * 1_000_000_000
    return seconds
