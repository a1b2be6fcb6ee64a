"""Alerts as text: fast (a line), syslog (a line without `[**]`), full (a block of lines) -> their fields."""

import re
from typing import Any

from normalise.conform import valid_ip
from normalise.sources.snort_ids.moments import STAMP

Fields = dict[str, Any]
RULE = re.compile(r"\[(\d{1,10}):(\d{1,10}):(\d{1,10})\] ?")
_LONGEST_HEAD = 1024
_END_OF_MESSAGE = re.compile(r" ?\[\*\*\]| \[(?:Classification|Priority|AppID): | \{[A-Z]")
_NOTES = re.compile(r"\[(Classification|Priority|AppID|Xref) ?(?::|=>) ?([^\]\n]{0,512})\]")
_PROTOCOL = re.compile(r"\{([A-Za-z0-9:-]{1,20})\}")
_ENDS = re.compile(r"([0-9A-Fa-f.:\[\]]{2,64}) -> ([0-9A-Fa-f.:\[\]]{2,64})")
_ACTION = re.compile(
    r"\[(drop|wdrop|would_drop|block|would_block|reject|can't_drop|sdrop|allow|alert|log|pass|rewrite)\]", re.IGNORECASE
)
_INTERFACE = re.compile(r"<([\w.:/-]{1,64})> ")
_HEADER = re.compile(r"(?:^|[\n ])([A-Z][A-Z0-9-]{1,11}) TTL:(\d{1,3}) TOS:0x[0-9A-Fa-f]+ ID:\d+ IpLen:\d+ DgmLen:(\d{1,6})")
_ICMP = re.compile(r"Type:(\d{1,3})\s+Code:(\d{1,3})")
_FLAGS = re.compile(r"([*12UAPRSF]{8}) Seq: ")
_MOST_REFERENCES = 50
_LONGEST_END = 64


def read_alert(text: str) -> Fields | None:
    """The fields of one alert under Snort 3's names (`snort_ids/README.md`); None where it names no rule."""
    match = RULE.search(text, 0, _LONGEST_HEAD)
    if match is None:
        return None
    fields: Fields = {"gid": int(match[1]), "sid": int(match[2]), "rev": int(match[3])}
    head, at = text[: match.start()], match.end()
    if (action := _ACTION.search(head)) is not None:
        fields["action"] = action[1].lower()
    if (interface := _INTERFACE.match(text, at)) is not None:
        fields["iface"] = interface[1]
        at = interface.end()
    end = _END_OF_MESSAGE.search(text, at)
    message = text[at : end.start()] if end else text[at:].partition("\n")[0]
    fields["msg"] = message.strip().strip('"')
    rest = text[end.start() :] if end else ""
    _read_notes(fields, rest)
    stamp = STAMP.search(head) or STAMP.search(rest)
    if stamp is not None:
        fields["timestamp"] = stamp[0]
    if "iface" not in fields and (interface := _INTERFACE.search(rest, 0, _LONGEST_HEAD)) is not None:
        fields["iface"] = interface[1]
    if (protocol := _PROTOCOL.search(rest)) is not None:
        fields["proto"] = protocol[1]
    if "\n" in rest:
        _read_packet(fields, rest)
    _read_ends(fields, rest)
    return fields


def _read_notes(fields: Fields, rest: str) -> None:
    references: list[str] = []
    for name, value in _NOTES.findall(rest):
        if name == "Classification":
            fields["class"] = value
        elif name == "Priority" and value.isdecimal():
            fields["priority"] = int(value)
        elif name == "AppID":
            fields["appid"] = value
        elif name == "Xref" and len(references) < _MOST_REFERENCES:
            references.append(value.strip())
    if references:
        fields["xref"] = references


def _read_packet(fields: Fields, rest: str) -> None:
    """The packet's header, which the full format prints behind the ends."""
    if (header := _HEADER.search(rest)) is not None:
        fields.setdefault("proto", header[1])
        fields["ttl"], fields["pkt_len"] = int(header[2]), int(header[3])
    if (icmp := _ICMP.search(rest)) is not None:
        fields["icmp_type"], fields["icmp_code"] = int(icmp[1]), int(icmp[2])
    if (flags := _FLAGS.search(rest)) is not None:
        fields["tcp_flags"] = flags[1]


def _read_ends(fields: Fields, rest: str) -> None:
    arrow = rest.find(" -> ")
    if arrow < 0:
        return
    for source, destination in _ENDS.findall(rest, max(0, arrow - _LONGEST_END))[:4]:
        if source.count(":") == 5 and len(source) == 17:  # the line of the Ethernet header
            fields["eth_src"], fields["eth_dst"] = source, destination
        elif "src_addr" not in fields:
            ported = fields.get("proto", "").upper() not in ("ICMP", "ICMP6", "IPV6-ICMP")
            fields["src_addr"], fields["src_port"] = end_of(source, ported)
            fields["dst_addr"], fields["dst_port"] = end_of(destination, ported)


def end_of(text: str, ported: bool = True) -> tuple[str, int | None]:
    """Address and port of `198.51.100.7:443`, `[2001:db8::7]:443`, or, as Snort 2 writes it, `2001:db8::7:443`."""
    address, colon, port = text.rpartition(":")
    address = address.strip("[]")
    if ported and colon and port.isdecimal() and len(port) <= 5 and valid_ip(address):
        return address, int(port)
    return text.strip("[]"), None
