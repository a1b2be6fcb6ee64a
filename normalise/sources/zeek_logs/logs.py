"""Every log of Zeek: its protocol and transport, how ECS categorises it, and what reads its own fields."""

from collections.abc import Callable
from typing import Any, NamedTuple

from normalise.sources.zeek_logs.certificates import add_known_certificate, add_ocsp, add_ssl, add_x509
from normalise.sources.zeek_logs.files import add_file, add_program, add_share, add_smb_command, add_smb_file
from normalise.sources.zeek_logs.findings import add_failure, add_intel, add_notice, add_signature, add_weird
from normalise.sources.zeek_logs.logins import (
    add_command,
    add_kerberos,
    add_ldap,
    add_mysql,
    add_ntlm,
    add_radius,
    add_rdp,
    add_rfb,
    add_rpc,
    add_socks,
    add_ssh,
    add_syslog,
)
from normalise.sources.zeek_logs.lookups import add_dns
from normalise.sources.zeek_logs.machines import (
    add_dhcp,
    add_known_host,
    add_known_service,
    add_report,
    add_software,
    add_tunnel,
)
from normalise.sources.zeek_logs.network import Record, add_connection
from normalise.sources.zeek_logs.web import add_http, add_sip, add_smtp
from vagt.contracts.event import Event

Add = Callable[[Event, dict[str, Any], Record, dict[str, Any]], None]


def _nothing(_: Event, __: dict[str, Any], ___: Record, ____: dict[str, Any]) -> None:
    return None


class Log(NamedTuple):
    """`add(event, event["event"], record, network)` reads what is the log's own."""

    protocol: str | None = None
    transport: str | None = None
    add: Add = _nothing
    category: tuple[str, ...] = ("network",)
    types: tuple[str, ...] = ("connection", "protocol", "info")
    kind: str = "event"


_SESSION = ("connection", "protocol")
_INFO = ("info",)
LOGS: dict[str, Log] = {
    "conn": Log(add=add_connection),
    "dns": Log("dns", "udp", add_dns),
    "http": Log("http", "tcp", add_http, ("network", "web")),
    "ssl": Log("tls", "tcp", add_ssl, types=_SESSION),
    "quic": Log("quic", "udp", types=_SESSION),
    "sip": Log("sip", None, add_sip, types=_SESSION),
    "smtp": Log("smtp", "tcp", add_smtp),
    "websocket": Log("websocket", "tcp"),
    "kerberos": Log("kerberos", None, add_kerberos, types=_SESSION),
    "ntlm": Log("ntlm", "tcp", add_ntlm, types=_SESSION),
    "ssh": Log("ssh", "tcp", add_ssh, types=_SESSION),
    "rdp": Log("rdp", "tcp", add_rdp, types=("protocol", "info")),
    "rfb": Log("rfb", "tcp", add_rfb, types=("connection", "info")),
    "radius": Log("radius", "udp", add_radius, ("network", "authentication"), ("connection", "info")),
    "ftp": Log("ftp", "tcp", add_command),
    "irc": Log("irc", "tcp", add_command),
    "mysql": Log("mysql", "tcp", add_mysql, ("network", "database")),
    "postgresql": Log("postgresql", "tcp", add_mysql, ("network", "database")),
    "redis": Log("redis", "tcp", add_mysql, ("network", "database")),
    "ldap": Log("ldap", "tcp", add_ldap),
    "ldap_search": Log("ldap", "tcp", add_ldap),
    "socks": Log("socks", "tcp", add_socks, types=_SESSION),
    "snmp": Log("snmp", "udp"),
    "ntp": Log("ntp", "udp"),
    "syslog": Log("syslog", "udp", add_syslog),
    "dce_rpc": Log("dce_rpc", "tcp", add_rpc),
    "modbus": Log("modbus", "tcp", add_rpc),
    "dnp3": Log("dnp3", "tcp", add_rpc),
    "mqtt_connect": Log("mqtt", "tcp"),
    "mqtt_publish": Log("mqtt", "tcp"),
    "mqtt_subscribe": Log("mqtt", "tcp"),
    "dhcp": Log("dhcp", "udp", add_dhcp),
    "smb_files": Log("smb", "tcp", add_smb_file, ("network", "file")),
    "smb_mapping": Log("smb", "tcp", add_share),
    "smb_cmd": Log("smb", "tcp", add_smb_command, types=_SESSION),
    "files": Log(None, None, add_file, ("file",), _INFO),
    "pe": Log(None, None, add_program, ("file",), _INFO),
    "x509": Log(None, None, add_x509, ("file",), _INFO),
    "ocsp": Log("ocsp", None, add_ocsp, types=_INFO),
    "tunnel": Log(None, None, add_tunnel, types=("connection",)),
    "traceroute": Log(types=_INFO),
    "notice": Log(None, None, add_notice, ("intrusion_detection",), ("allowed", "info"), "alert"),
    "notice_alarm": Log(None, None, add_notice, ("intrusion_detection",), ("allowed", "info"), "alert"),
    "signatures": Log(None, None, add_signature, ("intrusion_detection",), _INFO, "alert"),
    "intel": Log(None, None, add_intel, ("threat",), ("indicator",), "alert"),
    "weird": Log(None, None, add_weird, types=_INFO, kind="alert"),
    "dpd": Log(None, None, add_failure, types=("connection", "info")),
    "analyzer": Log(None, None, add_failure, types=("connection", "info")),
    "known_hosts": Log(None, None, add_known_host, ("host",), _INFO),
    "known_services": Log(None, None, add_known_service, types=_INFO),
    "known_certs": Log(None, None, add_known_certificate, types=_INFO),
    "known_modbus": Log(None, None, add_known_host, ("host",), _INFO),
    "software": Log(None, None, add_software, ("host",), _INFO),
    "capture_loss": Log(types=_INFO, kind="metric"),
    "stats": Log(types=_INFO, kind="metric"),
    "packet_filter": Log(types=_INFO),
    "loaded_scripts": Log(category=("configuration",), types=_INFO),
    "reporter": Log(None, None, add_report, ("process",), _INFO),
    "cluster": Log(None, None, add_report, ("process",), _INFO),
    "broker": Log(None, None, add_report, ("process",), _INFO),
}
OTHER = Log(types=_INFO)
