"""Which log a record is of: by the name that it, its header or its shipper gives, else by the fields that only this log has."""

import re
from collections.abc import Callable
from functools import lru_cache

Names = frozenset[str]
Check = Callable[[Names], bool]
_NAME = re.compile(r"[a-z0-9_]{1,48}")
_ALIASES = {"connection": "conn", "connections": "conn", "signature": "signatures", "conn_red": "conn", "dns_red": "dns"}
_ALIASES |= {"files_red": "files", "http_red": "http", "ssl_red": "ssl", "http2": "http"}
# files of Zeek that are no logs of what it saw
NO_PATHS = frozenset(("stdout", "stderr", "current", "logs", "message", "eve"))


def log_of_path(path: str) -> str | None:
    """`/opt/zeek/logs/current/conn.log`, `conn.2026-11-22-10.log.gz` or `conn` -> `conn`; None for what is no log's name."""
    name = path.rpartition("/")[2].rpartition("\\")[2].partition(".")[0].lower()
    for prefix in ("zeek_", "bro_", "corelight_"):
        name = name.removeprefix(prefix)
    if not _NAME.fullmatch(name) or name in NO_PATHS:
        return None
    return _ALIASES.get(name, name)


@lru_cache(maxsize=4096)
def log_of_fields(names: Names) -> str | None:
    """The log whose own fields are among `names`; None where those of none are."""
    for log, has in _FIELDS:
        if has(names):
            return log
    return None


def _all(*names: str) -> Check:
    return frozenset(names).issubset


def _any(*names: str) -> Check:
    wanted = frozenset(names)
    return lambda found: not wanted.isdisjoint(found)


def _both(*checks: Check) -> Check:
    return lambda found: all(check(found) for check in checks)


def _only(*names: str) -> Check:
    return frozenset(names).__eq__


_ENDS = _any("id.orig_h", "id.resp_h")
# The order matters: the busiest first, and a log before those that have its fields among others.
_FIELDS: tuple[tuple[str, Check], ...] = (
    ("conn", _all("conn_state")),
    ("dns", _both(_ENDS, _any("trans_id", "qtype_name", "rcode_name"), _any("rejected", "query", "qtype"))),
    ("ssl", _both(_ENDS, _all("established"))),
    ("sip", _both(_ENDS, _any("call_id", "request_from", "response_from"))),
    ("smtp", _both(_ENDS, _all("trans_depth"), _any("helo", "last_reply", "mailfrom", "rcptto"))),
    ("http", _both(_ENDS, _all("trans_depth"))),
    ("notice", _both(_all("note"), _any("actions", "suppress_for"))),
    ("signatures", _all("sig_id")),
    ("intel", _any("seen.indicator")),
    ("files", _both(_all("fuid"), _any("seen_bytes", "tx_hosts", "analyzers"))),
    ("x509", _any("certificate.version", "certificate.serial", "certificate.subject")),
    ("dhcp", _both(_any("uids", "uid"), _any("msg_types", "lease_time"))),
    ("kerberos", _both(_ENDS, _any("request_type"), _any("client", "service", "till"))),
    ("ntlm", _both(_ENDS, _any("server_nb_computer_name", "server_dns_computer_name", "domainname", "hostname"))),
    ("rdp", _both(_ENDS, _any("security_protocol", "keyboard_layout", "cookie", "cert_count"))),
    ("rfb", _both(_ENDS, _any("authentication_method", "desktop_name", "client_major_version"))),
    ("ssh", _both(_ENDS, _any("auth_attempts", "auth_success", "kex_alg", "host_key_alg"))),
    ("dce_rpc", _both(_ENDS, _any("endpoint", "named_pipe"), _any("operation", "rtt"))),
    ("smb_files", _both(_ENDS, _all("action"), _any("name", "path", "size", "times.modified", "prev_name"))),
    ("smb_mapping", _both(_ENDS, _all("share_type"))),
    ("smb_cmd", _both(_ENDS, _all("command"), _any("tree", "sub_command", "referenced_file.action", "tree_service"))),
    ("ftp", _both(_ENDS, _any("data_channel.passive", "reply_code"))),
    ("mysql", _both(_ENDS, _all("cmd"))),
    ("irc", _both(_ENDS, _all("command"), _any("value", "nick", "addl"))),
    ("socks", _both(_ENDS, _any("bound.host", "bound.name", "request_p", "bound_p"))),
    ("snmp", _both(_ENDS, _any("community", "get_bulk_requests"))),
    ("ntp", _both(_ENDS, _any("xmt_time", "root_disp"))),
    ("syslog", _both(_ENDS, _all("facility", "severity"))),
    ("modbus", _both(_ENDS, _all("func"))),
    ("dnp3", _both(_ENDS, _any("fc_request", "fc_reply", "iin"))),
    ("quic", _both(_ENDS, _any("client_initial_dcid", "server_scid"))),
    ("mqtt_connect", _both(_ENDS, _any("connect_status", "proto_version"))),
    ("mqtt_publish", _both(_ENDS, _all("from_client"))),
    ("mqtt_subscribe", _both(_ENDS, _any("topics", "granted_qos_level"))),
    ("ldap_search", _both(_ENDS, _all("message_id"), _any("scope", "deref_aliases", "filter"))),
    ("ldap", _both(_ENDS, _all("message_id"), _any("opcode", "version"))),
    ("radius", _both(_ENDS, _any("result"), _any("username", "mac", "framed_addr", "tunnel_client", "connect_info", "ttl"))),
    ("tunnel", _all("tunnel_type")),
    ("analyzer", _any("analyzer_kind")),
    ("dpd", _both(_ENDS, _all("analyzer"), _any("failure_reason", "packet_segment"))),
    ("weird", _both(_all("name"), _any("notice"), _any("peer", "uid", "source"))),
    ("software", _all("software_type")),
    ("known_certs", _any("issuer_subject")),
    ("known_services", _all("host", "port_num")),
    ("known_modbus", _all("host", "device_type")),
    ("known_hosts", _only("ts", "host")),
    ("pe", _any("is_exe", "subsystem")),
    ("ocsp", _any("hashAlgorithm", "certStatus")),
    ("capture_loss", _all("percent_lost")),
    ("stats", _all("pkts_proc")),
    ("packet_filter", _all("node", "filter")),
    ("reporter", _both(_all("level", "message"), _any("location"))),
    ("traceroute", _only("ts", "src", "dst", "proto")),
    ("conn", _both(_ENDS, _any("local_orig", "orig_ip_bytes"))),
)
