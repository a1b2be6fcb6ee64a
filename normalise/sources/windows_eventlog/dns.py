"""What Sysmon, the DNS client and the DNS server say of queries and records, to `dns.*` and `network.protocol`."""

import re
from typing import Any

from normalise.sources.windows_eventlog.document import number, text
from normalise.sources.windows_eventlog.objects import address
from vagt.contracts.event import Event

Fields = dict[str, Any]
_ANSWER_TYPE = re.compile(r"type:\s*(\d+)\s+(.*)")
# https://www.iana.org/assignments/dns-parameters
RECORD_TYPES = {
    "1": "A", "2": "NS", "5": "CNAME", "6": "SOA", "10": "NULL", "12": "PTR", "13": "HINFO", "15": "MX", "16": "TXT",
    "28": "AAAA", "33": "SRV", "35": "NAPTR", "39": "DNAME", "41": "OPT", "43": "DS", "46": "RRSIG", "47": "NSEC",
    "48": "DNSKEY", "50": "NSEC3", "52": "TLSA", "64": "SVCB", "65": "HTTPS", "99": "SPF", "249": "TKEY", "250": "TSIG",
    "251": "IXFR", "252": "AXFR", "255": "ANY", "257": "CAA",
}  # fmt: skip
_RESPONSES = ("NOERROR", "FORMERR", "SERVFAIL", "NXDOMAIN", "NOTIMP", "REFUSED", "YXDOMAIN", "YXRRSET", "NXRRSET", "NOTAUTH")
_MOST_RESULTS = 256
_NAMES_OF_RESULTS = {  # DNS_ERROR_RCODE_… and DNS_INFO_NO_RECORDS (winerror.h)
    "0": "NOERROR", "9001": "FORMERR", "9002": "SERVFAIL", "9003": "NXDOMAIN", "9004": "NOTIMP", "9005": "REFUSED",
    "9501": "NOERROR",
}  # fmt: skip


def dns_query(event: Event, data: Fields) -> None:
    """A query as a client sees it: QueryName, QueryType, QueryStatus, QueryResults."""
    dns: Fields = {}
    event["network"] = {"protocol": "dns"}
    if (name := text(data, "QueryName")) is not None:
        question: Fields = {"name": name}
        if (kind := text(data, "QueryType")) is not None:
            question["type"] = RECORD_TYPES.get(kind, kind)
        dns["question"] = question
        event["related"] = {"hosts": [name]}
    results = text(data, "QueryResults")
    answers: list[Fields] = []
    addresses: list[str] = []
    for result in results.split(";")[:_MOST_RESULTS] if results else ():
        _read_answer(result.strip(), answers, addresses)
    if answers:
        dns["answers"] = answers
    if addresses:
        dns["resolved_ip"] = addresses
    if (status := text(data, "QueryStatus")) is not None:
        if "outcome" not in event["event"]:
            event["event"]["outcome"] = "success" if status == "0" else "failure"
        if (response := _NAMES_OF_RESULTS.get(status)) is not None:
            dns["response_code"] = response
    if dns:
        event["dns"] = dns


def _read_answer(result: str, answers: list[Fields], addresses: list[str]) -> None:
    if not result or result == "-":
        return
    if (match := _ANSWER_TYPE.fullmatch(result)) is not None:
        answers.append({"type": RECORD_TYPES.get(match[1], match[1]), "data": match[2]})
    elif (ip := address(result)) is not None:
        answers.append({"type": "AAAA" if ":" in ip else "A", "data": ip})
        addresses.append(ip)


def dns_server_packet(event: Event, data: Fields) -> None:
    """A packet of the DNS server's analytical log: QNAME, QTYPE, XID, RCODE, and the other end."""
    dns: Fields = {"type": "query"}
    if (code := number(data.get("RCODE"))) is not None:
        dns["type"] = "answer"
        dns["response_code"] = _RESPONSES[code] if 0 <= code < len(_RESPONSES) else str(code)
    if (name := text(data, "QNAME")) is not None:
        dns["question"] = {"name": name.rstrip(".") or "."}
        if (kind := text(data, "QTYPE")) is not None:
            dns["question"]["type"] = RECORD_TYPES.get(kind, kind)
    if (identifier := text(data, "XID")) is not None:
        dns["id"] = identifier
    event["dns"] = dns
    event["network"] = {"protocol": "dns", "transport": "tcp" if text(data, "TCP") in ("1", "true") else "udp"}
    for end, names in (("source", ("Source",)), ("destination", ("Destination",))):
        for name in names:
            if (ip := address(text(data, name))) is not None:
                event[end] = {"ip": ip}
                port = number(data.get("Port"))
                if port is not None and 0 < port < 65536:
                    event[end]["port"] = port


def dns_record(event: Event, data: Fields) -> None:
    """A record that was made or deleted: NAME, TYPE, ZONE."""
    name = text(data, "NAME")
    if name is None:
        return
    question: Fields = {"name": name}
    if (kind := text(data, "TYPE")) is not None:
        question["type"] = RECORD_TYPES.get(kind, kind)
    event["dns"] = {"question": question}
