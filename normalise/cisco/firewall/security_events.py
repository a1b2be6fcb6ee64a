"""FTD's intrusion, connection, file and malware events (430001 to 430005) as ECS.

After "Security Event Syslog Messages" of Cisco's Secure Firewall Threat Defense syslog guide.
"""

from collections.abc import Callable
from functools import lru_cache
from typing import Any

from normalise.cisco.firewall.fields import add_user
from normalise.cisco.firewall.heads import Head, before
from normalise.cisco.firewall.security_pairs import Pairs, with_vendor_names
from normalise.cisco.firewall.shapes import Meaning
from normalise.conform import valid_ip
from normalise.timestamps import from_iso_stamp
from normalise.transports import transport_fields
from normalise.urls import url_fields
from vagt.contracts.event import Event
from vagt.errors import NormaliseError

INTRUSION, START, END, FILE, MALWARE = "430001", "430002", "430003", "430004", "430005"
_NO_USER = frozenset(("No Authentication Required", "Not Found", "Unknown", "Failed Authentication", "Authentication Failed"))
_ENDS = (
    ("source", "SrcIP", "SrcPort", "InitiatorPackets", "InitiatorBytes", "NAT_InitiatorIP", "NAT_InitiatorPort"),
    ("destination", "DstIP", "DstPort", "ResponderPackets", "ResponderBytes", "NAT_ResponderIP", "NAT_ResponderPort"),
)
_RECORDS = {
    "a host address": "A", "ip6 address": "AAAA", "a domain name pointer": "PTR", "mail exchange": "MX",
    "an authoritative name server": "NS", "the canonical name for an alias": "CNAME", "text strings": "TXT",
    "marks the start of a zone of authority": "SOA", "server selection": "SRV", "general purpose service binding": "SVCB",
    "specific type for use with http": "HTTPS",
}  # fmt: skip
_ANSWERS = {
    "no error": "NOERROR", "non-existent domain": "NXDOMAIN", "server failure": "SERVFAIL", "query refused": "REFUSED",
    "format error": "FORMERR", "not implemented": "NOTIMP",
}  # fmt: skip
_ICMP = {
    "echo reply": 0, "destination unreachable": 3, "redirect": 5, "echo request": 8, "time exceeded": 11, "timestamp": 13,
    "no code": 0, "echo": 8,
}  # fmt: skip


def number_of(pairs: Pairs) -> str | None:
    """The number that a security event without one would have (an alert response of the management centre has none)."""
    if "ConnectType" in pairs:
        return START if pairs["ConnectType"] == "Start" else END
    if "FileSHA256" in pairs or "FileAction" in pairs:
        return MALWARE if pairs.get("SHA_Disposition") == "Malware" else FILE
    return INTRUSION if "Message" in pairs or "SID" in pairs else END if "AccessControlRuleAction" in pairs else None


def security_meaning(number: str, pairs: Pairs) -> Meaning:
    """What the event says: of a connection what the access rule did, of an intrusion or a file whether it was stopped."""
    if number in (START, END):
        return _connection(number, pairs.get("AccessControlRuleAction", "").lower())
    if number == INTRUSION:
        return _intrusion(pairs.get("InlineResult", "").lower())
    return _file(number, pairs.get("FileAction", "").lower())


@lru_cache(maxsize=256)
def _connection(number: str, action: str) -> Meaning:
    name, edge = ("connection-started", "start") if number == START else ("connection-finished", "end")
    if action.startswith(("block", "interactive block")):
        return Meaning(name, type=("connection", edge, "denied"), outcome="success")
    allowed = ("allowed",) if action in ("allow", "trust", "fastpath") else ()
    return Meaning(name, type=("connection", edge, *allowed), outcome="success" if allowed else None)


@lru_cache(maxsize=256)
def _intrusion(result: str) -> Meaning:
    stopped = result in ("blocked", "block", "dropped", "drop", "reject", "rejected")
    if stopped:
        return Meaning("intrusion-detected", ("intrusion_detection",), ("denied",), "success", "alert")
    return Meaning("intrusion-detected", ("intrusion_detection",), ("info",), kind="alert")


@lru_cache(maxsize=256)
def _file(number: str, action: str) -> Meaning:
    name, kind, category = ("malware-detected", "alert", "malware") if number == MALWARE else ("file-detected", "event", "file")
    if "block" in action:
        return Meaning(name, (category, "network"), ("info", "denied"), "success", kind)
    return Meaning(name, (category,), ("info",), kind=kind)


def add_security_event(event: Event, inner: dict[str, Any], vendor: dict[str, Any], pairs: Pairs, head: Head) -> None:
    """All that has a place in ECS; every pair stays under `security` of the vendor's part."""
    for end in _ENDS:
        _add_end(event, pairs, *end)
    _add_network(event, pairs)
    _add_rule(event, vendor, pairs)
    _add_times(inner, pairs, head)
    for key, add in _ADDERS:
        if key in pairs:
            add(event, pairs)
    if interface := pairs.get("IngressInterface"):
        vendor["source_interface"] = interface
    if interface := pairs.get("EgressInterface"):
        vendor["destination_interface"] = interface
    if (user := pairs.get("User") or pairs.get("UserName")) and user not in _NO_USER:
        add_user(event, user)
    if reason := pairs.get("AccessControlRuleReason"):
        inner["reason"] = reason
    vendor["security"] = with_vendor_names(pairs)


def _add_end(
    event: Event, pairs: Pairs, name: str, ip: str, port: str, packets: str, volume: str, nat_ip: str, nat_port: str
) -> None:
    end: dict[str, Any] = {}
    address = pairs.get(ip)
    if address:
        end["address"] = address
        end["ip" if valid_ip(address) else "domain"] = address
    for field, key in (("port", port), ("packets", packets), ("bytes", volume)):
        if key in pairs and (number := pairs[key]).isdecimal():
            end[field] = int(number[:18])
    if nat_ip in pairs:
        end["nat"] = {"ip": pairs[nat_ip], "port": pairs.get(nat_port)}
    if end:
        event[name] = end


def _add_network(event: Event, pairs: Pairs) -> None:
    get = pairs.get
    network: dict[str, Any] = transport_fields(get("Protocol", "")) if "Protocol" in pairs else {}
    if service := get("ApplicationProtocol"):
        network["protocol"] = service.lower()
    if application := get("WebApplication") or get("Client"):
        network["application"] = application.lower()
    if vlan := get("VLAN_ID"):
        network["vlan"] = {"id": vlan}
    if network:
        event["network"] = network
    kind, code = _ICMP.get(get("ICMPType", "").lower()), _ICMP.get(get("ICMPCode", "").lower())
    if kind is not None and code is not None:
        event["vagt"] = {"icmp": {"type": kind, "code": code}}


def _add_rule(event: Event, vendor: dict[str, Any], pairs: Pairs) -> None:
    get = pairs.get
    rule: dict[str, Any] = {}
    if sid := get("SID"):
        parts = {"id": f"{get('GID', '1')}:{sid}", "name": get("Message"), "version": get("Revision")}
        parts |= {"category": get("Classification"), "ruleset": get("IntrusionPolicy")}
        rule = {name: value for name, value in parts.items() if value}
    elif name := get("AccessControlRuleName"):
        rule = {"name": name}
        vendor["rule_name"] = name
        if policy := get("ACPolicy"):
            rule["ruleset"] = policy
    if rule:
        event["rule"] = rule


def _add_times(inner: dict[str, Any], pairs: Pairs, head: Head) -> None:
    """A connection's begin is its first packet's time, else the end less the duration."""
    moment = head.moment
    first = pairs.get("FirstPacketSecond")
    if first is not None and moment is not None and moment.tzinfo is not None:
        try:
            inner["start"] = from_iso_stamp(first, moment.tzinfo)
        except NormaliseError:  # a stamp cut short stays in the vendor's part
            first = None
    seconds = pairs.get("ConnectionDuration", "")
    if seconds.isdecimal() and len(seconds) < 10:
        inner["duration"] = int(seconds) * 1_000_000_000
        if moment is not None:
            inner["end"] = head.time
            if first is None:
                inner["start"] = head.time if seconds == "0" else before(moment, int(seconds))


def _url(event: Event, pairs: Pairs) -> None:
    event["url"] = url_fields(pairs.get("URL") or pairs["URI"])


def _host_of_request(event: Event, pairs: Pairs) -> None:
    url = event.setdefault("url", {})
    url.setdefault("domain", pairs.get("ReferencedHost") or pairs.get("HTTP_Hostname"))


def _referrer(event: Event, pairs: Pairs) -> None:
    event.setdefault("http", {})["request"] = {"referrer": pairs["HTTPReferer"]}


def _status(event: Event, pairs: Pairs) -> None:
    if pairs["HTTPResponse"].isdecimal():
        event.setdefault("http", {})["response"] = {"status_code": int(pairs["HTTPResponse"][:9])}


def _agent(event: Event, pairs: Pairs) -> None:
    event["user_agent"] = {"original": pairs["UserAgent"]}


def _question(event: Event, pairs: Pairs) -> None:
    question = {"name": pairs["DNSQuery"]} if "DNSQuery" in pairs else {}
    if kind := pairs.get("DNSRecordType"):
        question["type"] = _RECORDS.get(kind.lower(), kind)
    dns: dict[str, Any] = {"question": question}
    if answer := pairs.get("DNSResponseType"):
        dns["response_code"] = _ANSWERS.get(answer.lower(), answer)
    event["dns"] = dns


def _file_fields(event: Event, pairs: Pairs) -> None:
    file: dict[str, Any] = event.setdefault("file", {})
    if name := pairs.get("FileName"):
        file["name"] = name
        stem, _, extension = name.rpartition(".")
        if stem and extension.isalnum() and len(extension) <= 16:
            file["extension"] = extension
    if digest := pairs.get("FileSHA256"):
        file["hash"] = {"sha256": digest}
    if pairs.get("FileSize", "").isdecimal():
        file["size"] = int(pairs["FileSize"][:18])


def _threat(event: Event, pairs: Pairs) -> None:
    if pairs["ThreatName"] != "Unknown":
        event["threat"] = {"software": {"name": pairs["ThreatName"]}}


def _tls(event: Event, pairs: Pairs) -> None:
    tls: dict[str, Any] = {}
    if name := pairs.get("SSLServerName"):
        tls["client"] = {"server_name": name}
    if (version := pairs.get("SSLVersion", "")).startswith(("TLSv", "SSLv")):
        tls |= {"version": version[4:], "version_protocol": version[:3].lower()}
    if suite := pairs.get("SSLCipherSuite"):
        tls["cipher"] = suite
    if tls:
        event["tls"] = tls


def _message(event: Event, pairs: Pairs) -> None:
    event["message"] = pairs["Message"].strip('"')


_ADDERS: tuple[tuple[str, Callable[[Event, Pairs], None]], ...] = (
    ("URI", _url), ("URL", _url), ("ReferencedHost", _host_of_request), ("HTTP_Hostname", _host_of_request),
    ("HTTPReferer", _referrer), ("HTTPResponse", _status), ("UserAgent", _agent), ("DNSQuery", _question),
    ("DNSRecordType", _question), ("FileName", _file_fields), ("FileSHA256", _file_fields), ("ThreatName", _threat),
    ("SSLVersion", _tls), ("SSLServerName", _tls), ("Message", _message),
)  # fmt: skip
