"""Protocols that log in, and commands: Kerberos, NTLM, SSH, RDP, VNC, RADIUS, FTP, IRC, MySQL, LDAP, SOCKS, and so on."""

from typing import Any

from normalise.distinguished_names import distinguished_name
from normalise.sources.zeek_logs.certificates import text_of
from normalise.sources.zeek_logs.network import Record, mac_of, put_roles
from normalise.sources.zeek_logs.web import put_action
from vagt.contracts.event import Event

Inner = dict[str, Any]
_ON_FILES = frozenset(("RETR", "STOR", "DELE", "APPE", "STOU"))
_AUTHENTICATED = ["network", "authentication"]


def _put_outcome(inner: Inner, value: Any) -> bool:
    """`success` or `failure` of a truth value; False where there is none."""
    if value.__class__ is not bool:
        return False
    inner["outcome"] = "success" if value else "failure"
    return True


def _put_user(event: Event, name: str | None, domain: str | None) -> None:
    user = {key: value for key, value in (("name", name), ("domain", domain)) if value}
    if user:
        event["user"] = user


def add_kerberos(event: Event, inner: Inner, record: Record, network: Inner) -> None:
    """AS: a login; TGS: a ticket for a service. `client` is `name/REALM`, `service` `HTTP/srv01`."""
    inner["category"] = _AUTHENTICATED
    put_action(inner, record, "request_type")
    _put_outcome(inner, record.get("success"))
    if reason := text_of(record.get("error_msg")):
        inner["reason"] = reason
    if client := text_of(record.get("client")):
        name, _, realm = client.rpartition("/")
        _put_user(event, name, realm)
    put_roles(event)
    tls: Inner = {}
    for end in ("client", "server"):
        subject = text_of(record.get(f"{end}_cert_subject")) or text_of(record.get(f"cert.{end}_subject"))
        if subject:
            tls[end] = {"subject": subject}
            if parts := distinguished_name(subject):
                tls[end]["x509"] = {"subject": parts}
    if tls:
        event["tls"] = tls


def add_ntlm(event: Event, inner: Inner, record: Record, network: Inner) -> None:
    """An NTLM login over whatever protocol."""
    inner["category"] = _AUTHENTICATED
    _put_outcome(inner, record.get("success"))
    if reason := text_of(record.get("status")):
        inner["reason"] = reason
    _put_user(event, text_of(record.get("username")), text_of(record.get("domainname")))
    if (name := text_of(record.get("hostname"))) and "source" in event:
        event["source"]["domain"] = name
    server = text_of(record.get("server_dns_computer_name")) or text_of(record.get("server_nb_computer_name"))
    if server and "destination" in event:
        event["destination"]["domain"] = server


def add_ssh(event: Event, inner: Inner, record: Record, network: Inner) -> None:
    """A session; whether the login succeeded Zeek guesses of sizes, and says so only where it can."""
    if _put_outcome(inner, record.get("auth_success")):
        inner["category"] = _AUTHENTICATED


def add_rdp(event: Event, inner: Inner, record: Record, network: Inner) -> None:
    """A connection to a remote desktop; the cookie is the user's name, cut to nine letters."""
    _put_user(event, text_of(record.get("cookie")), None)
    if record.get("ssl").__class__ is bool:
        event["tls"] = {"established": record["ssl"]}
    if (name := text_of(record.get("client_name"))) and "source" in event:
        event["source"]["domain"] = name


def add_rfb(event: Event, inner: Inner, record: Record, network: Inner) -> None:
    """VNC."""
    if _put_outcome(inner, record.get("auth")):
        inner["category"] = _AUTHENTICATED


def add_radius(event: Event, inner: Inner, record: Record, network: Inner) -> None:
    """A login that a network device asked a RADIUS server about."""
    result = text_of(record.get("result"))
    if result in ("success", "failed"):
        inner["outcome"] = "success" if result == "success" else "failure"
    if reason := text_of(record.get("reply_msg")):
        inner["reason"] = reason
    _put_user(event, text_of(record.get("username")), None)
    if (mac := text_of(record.get("mac"))) and len(mac) == 17:
        event["client"] = {"mac": mac_of(mac)}


def add_command(event: Event, inner: Inner, record: Record, network: Inner) -> None:
    """FTP and IRC: a command of a user."""
    put_action(inner, record, "command")
    _put_user(event, text_of(record.get("user")), None)
    if (code := record.get("reply_code")).__class__ is int:
        inner["code"] = str(code)
        inner["outcome"] = "failure" if int(code or 0) >= 400 else "success"
    if str(record.get("command", "")) in _ON_FILES and (path := text_of(record.get("arg"))):
        event["file"] = {"name": path.rpartition("/")[2] or path}
        if record.get("file_size").__class__ is int:
            event["file"]["size"] = record["file_size"]


def add_mysql(event: Event, inner: Inner, record: Record, network: Inner) -> None:
    """A command to a database."""
    put_action(inner, record, "cmd")
    _put_outcome(inner, record.get("success"))


def add_ldap(event: Event, inner: Inner, record: Record, network: Inner) -> None:
    """An operation (a bind is a login) or a search."""
    put_action(inner, record, "opcode")
    result = record.get("result")
    first = result[0] if isinstance(result, list) and result else result
    if text := text_of(first):
        inner["outcome"] = "success" if text == "success" else "failure"
    if (name := text_of(record.get("object"))) and "bind" in str(record.get("opcode", "")):
        inner["category"] = _AUTHENTICATED
        _put_user(event, name, None)


def add_socks(event: Event, inner: Inner, record: Record, network: Inner) -> None:
    """A connection through a SOCKS proxy."""
    if status := text_of(record.get("status")):
        inner["outcome"] = "success" if status == "succeeded" else "failure"
    _put_user(event, text_of(record.get("user")), None)


def add_syslog(event: Event, inner: Inner, record: Record, network: Inner) -> None:
    """A syslog message that was seen on the wire; its text is the event's message."""
    if message := text_of(record.get("message")):
        event["message"] = message
    log: Inner = {}
    for name in ("facility", "severity"):
        if value := text_of(record.get(name)):
            log[name] = {"name": value.lower()}
    if log:
        event["log"] = {"syslog": log}


def add_rpc(event: Event, inner: Inner, record: Record, network: Inner) -> None:
    """DCE/RPC, Modbus, DNP3: an operation of a named function."""
    for name in ("operation", "func", "fc_request"):
        put_action(inner, record, name)
    if reason := text_of(record.get("exception")):
        inner["outcome"], inner["reason"] = "failure", reason
