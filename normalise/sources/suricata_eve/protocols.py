"""The application protocols that Suricata decodes: the object named after the protocol -> ECS fields."""

import re
from collections.abc import Callable
from typing import Any

from normalise.conform import valid_ip
from normalise.sources.suricata_eve.network import Eve
from normalise.urls import url_fields
from vagt.contracts.event import Event

Read = Callable[[Event, Eve], None]
_FAILED_STATUS = 400


def text_of(value: Any) -> str | None:
    """`value` if it is a text that is not empty."""
    return value if type(value) is str and value else None


def read_http(event: Event, http: Eve) -> None:
    """`http` of Suricata 4 to 8."""
    request: dict[str, Any] = {}
    response: dict[str, Any] = {}
    if method := text_of(http.get("http_method")):
        request["method"] = method
    if referrer := text_of(http.get("http_refer")):
        request["referrer"] = referrer
    status = http.get("status")
    if type(status) is int:
        response["status_code"] = status
    if type(length := http.get("length")) is int:
        response["body"] = {"bytes": length}
    if mime := text_of(http.get("http_content_type")):
        response["mime_type"] = mime
    found: dict[str, Any] = {}
    if request:
        found["request"] = request
    if response:
        found["response"] = response
    if version := text_of(http.get("protocol")):
        found["version"] = version.rpartition("/")[2]
    if found:
        event["http"] = found
    _put_url(event, http)
    if agent := text_of(http.get("http_user_agent")):
        event["user_agent"] = _user_agent(agent)


_PRODUCT = re.compile(r"([A-Za-z][\w.-]{0,60})/([0-9][\w.]{0,30})")


def _user_agent(agent: str) -> dict[str, Any]:
    """A program that names itself alone (`curl/8.5.0`) gives name and version; browsers' long forms stay as they are."""
    found: dict[str, Any] = {"original": agent}
    if match := _PRODUCT.fullmatch(agent):
        found["name"], found["version"] = match.groups()
    return found


def _put_url(event: Event, http: Eve) -> None:
    host = text_of(http.get("hostname"))
    original = text_of(http.get("url"))
    url = url_fields(original) if original else {}
    if host:
        url["domain"] = host
        if "destination" in event and not valid_ip(host):
            event["destination"]["domain"] = host
    if type(port := http.get("http_port")) is int:
        url["port"] = port
    if url:
        event["url"] = url


def http_outcome(http: Eve) -> str | None:
    """Success below status 400, failure from there."""
    status = http.get("status")
    return ("failure" if status >= _FAILED_STATUS else "success") if type(status) is int else None


def read_dns(event: Event, dns: Eve) -> None:
    """`dns` of version 1 (one record per answer), 2 (`answers`, `grouped`) and 3 (`queries`, type request/response)."""
    queries = dns.get("queries")
    query = queries[0] if isinstance(queries, list) and queries and isinstance(queries[0], dict) else dns
    found: dict[str, Any] = {}
    kind = dns.get("type")
    if kind in ("query", "request"):
        found["type"] = "query"
    elif kind in ("answer", "response"):
        found["type"] = "answer"
    if type(number := dns.get("id")) is int:
        found["id"] = str(number)
    question = {field: value for name, field in (("rrname", "name"), ("rrtype", "type")) if (value := text_of(query.get(name)))}
    if question:
        found["question"] = question
    if code := text_of(dns.get("rcode")):
        found["response_code"] = code
    if found.get("type") == "answer":
        _put_answers(found, dns)
        flags = [flag.upper() for flag in ("aa", "tc", "rd", "ra") if dns.get(flag) is True]
        if flags:
            found["header_flags"] = flags
    if found:
        event["dns"] = found


def _put_answers(found: dict[str, Any], dns: Eve) -> None:
    listed = dns.get("answers")
    answers = [dns] if "rdata" in dns and not listed else [one for one in listed or () if isinstance(one, dict)]
    made = []
    addresses: list[str] = []
    for answer in answers:
        one: dict[str, Any] = {}
        for name, field in (("rrname", "name"), ("rrtype", "type"), ("rdata", "data")):
            if value := text_of(answer.get(name)):
                one[field] = value
        if type(ttl := answer.get("ttl")) is int:
            one["ttl"] = ttl
        made.append(one)
        data = one.get("data")
        if data and one.get("type") in ("A", "AAAA") and valid_ip(data):
            addresses.append(data)
    if isinstance(grouped := dns.get("grouped"), dict):
        pairs = [(kind, one) for kind, values in grouped.items() if isinstance(values, list) for one in values]
        pairs = [(kind, one) for kind, one in pairs if isinstance(one, str)]
        addresses += [one for kind, one in pairs if kind in ("A", "AAAA") and valid_ip(one)]
        made = made or [{"type": kind, "data": one} for kind, one in pairs]
    if made:
        found["answers"] = made
    if addresses:
        found["resolved_ip"] = list(dict.fromkeys(addresses))


def read_smtp(event: Event, smtp: Eve) -> None:
    """Envelope of a message, with `email` of the same record where Suricata logged the headers."""
    email: dict[str, Any] = {}
    if sender := text_of(smtp.get("mail_from")):
        email["from"] = {"address": [sender.strip("<>")]}
    recipients = smtp.get("rcpt_to")
    if isinstance(recipients, list) and recipients:
        email["to"] = {"address": [one.strip("<>") for one in recipients if isinstance(one, str)]}
    if email:
        event["email"] = email
    if (helo := text_of(smtp.get("helo"))) and "source" in event:
        event["source"]["domain"] = helo


def read_email(event: Event, mail: Eve) -> None:
    """Headers and attachments of a mail (`email` beside `smtp`)."""
    email = event.setdefault("email", {})
    if subject := text_of(mail.get("subject")):
        email["subject"] = subject
    if number := text_of(mail.get("message_id")):
        email["message_id"] = number.strip("<>")
    names = mail.get("attachment")
    if isinstance(names, list):
        found = [{"file": {"name": one}} for one in names if isinstance(one, str)]
        if found:
            email["attachments"] = found


def read_fileinfo(event: Event, info: Eve) -> None:
    """A file seen on the wire."""
    file: dict[str, Any] = {}
    if name := text_of(info.get("filename")):
        file["path"] = name
        file["name"] = name.rpartition("/")[2] or name
    if type(size := info.get("size")) is int:
        file["size"] = size
    hashes = {kind: value for kind in ("md5", "sha1", "sha256") if (value := text_of(info.get(kind)))}
    if hashes:
        file["hash"] = hashes
    if magic := text_of(info.get("magic")):
        file["mime_type"] = magic
    if mime := text_of(info.get("mimetype")):
        file["mime_type"] = mime
    if file:
        event["file"] = file


def read_dhcp(event: Event, dhcp: Eve) -> None:
    """A lease: client, address given, host name."""
    if mac := text_of(dhcp.get("client_mac")):
        event["client"] = {"mac": mac.replace(":", "-").upper()}
        given = text_of(dhcp.get("assigned_ip"))
        if given and valid_ip(given) and given != "0.0.0.0":  # noqa: S104 (an address in a log, nothing is bound)
            event["client"]["ip"] = event["client"]["address"] = given
        if host := text_of(dhcp.get("hostname")):
            event["client"]["domain"] = host
    if kind := text_of(dhcp.get("dhcp_type")):
        event["event"]["action"] = f"dhcp_{kind}"


def read_smb(event: Event, smb: Eve) -> None:
    """A command of SMB: file or share, and the account of its NTLM or Kerberos set-up."""
    if name := text_of(smb.get("filename")) or text_of(smb.get("share")):
        event["file"] = {"path": name, "name": name.replace("\\", "/").rpartition("/")[2] or name}
    if command := text_of(smb.get("command")):
        event["event"]["action"] = command.lower().replace(" ", "_")
    if status := text_of(smb.get("status")):
        event["event"]["outcome"] = (
            "success" if status == "STATUS_SUCCESS" else "failure" if status.startswith("STATUS_") else "unknown"
        )
    ntlm = smb.get("ntlmssp")
    if isinstance(ntlm, dict) and (user := text_of(ntlm.get("user"))):
        event["user"] = {"name": user}
        if domain := text_of(ntlm.get("domain")):
            event["user"]["domain"] = domain


def read_krb5(event: Event, krb5: Eve) -> None:
    """A Kerberos exchange: principal, realm, error."""
    if name := text_of(krb5.get("cname")):
        event["user"] = {"name": name}
        if realm := text_of(krb5.get("realm")):
            event["user"]["domain"] = realm
    if kind := text_of(krb5.get("msg_type")):
        event["event"]["action"] = kind.lower()
        event["event"]["outcome"] = "failure" if kind == "KRB_ERROR" else "success"
    if error := text_of(krb5.get("error_code")):
        event["error"] = {"code": error}


def read_ftp(event: Event, ftp: Eve) -> None:
    """A command of FTP; the name that USER gives."""
    command, data = text_of(ftp.get("command")), text_of(ftp.get("command_data"))
    if command:
        event["event"]["action"] = command.lower()
        if command == "USER" and data:
            event["user"] = {"name": data}
        elif command in ("RETR", "STOR", "DELE", "APPE") and data:
            event["file"] = {"path": data, "name": data.rpartition("/")[2] or data}


def read_tftp(event: Event, tftp: Eve) -> None:
    """A file asked for or sent by TFTP."""
    if name := text_of(tftp.get("file")):
        event["file"] = {"path": name, "name": name.rpartition("/")[2] or name}
    if packet := text_of(tftp.get("packet")):
        event["event"]["action"] = packet.lower()


def read_rdp(event: Event, rdp: Eve) -> None:
    """The cookie of an RDP connection holds the account's name (MS-RDPBCGR 2.2.1.1)."""
    if cookie := text_of(rdp.get("cookie")):
        event["user"] = {"name": cookie}
    if kind := text_of(rdp.get("event_type")):
        event["event"]["action"] = f"rdp_{kind}"


def read_quic(event: Event, quic: Eve) -> None:
    """Server name and fingerprints of a QUIC handshake."""
    client: dict[str, Any] = {}
    if name := text_of(quic.get("sni")):
        client["server_name"] = name
        if "destination" in event:
            event["destination"]["domain"] = name
    ja3 = quic.get("ja3")
    if isinstance(ja3, dict) and (value := text_of(ja3.get("hash"))):
        client["ja3"] = value
    if client:
        event["tls"] = {"client": client}


PROTOCOLS: dict[str, Read] = {
    "http": read_http,
    "dns": read_dns,
    "smtp": read_smtp,
    "email": read_email,
    "fileinfo": read_fileinfo,
    "dhcp": read_dhcp,
    "smb": read_smb,
    "krb5": read_krb5,
    "ftp": read_ftp,
    "tftp": read_tftp,
    "rdp": read_rdp,
    "quic": read_quic,
}
