"""Logs of an FTD or its management centre in, ECS events with `cisco.ftd.*` out; messages with a number are read in
`normalise/cisco/firewall/`."""

from datetime import tzinfo

from normalise.cisco.firewall.reading import build_parse
from normalise.cisco.firewall.tags import has_number
from normalise.source import Source
from normalise.sources.cisco_ftd.audit import MARKS, is_entry, parse_entry
from normalise.text import decode
from vagt.contracts.event import Event
from vagt.contracts.raw import RawLog

_PAIRS = (b"SrcIP: ", b"DstIP: ")  # a security event without a number
_parse_messages = build_parse("ftd")
_has_number = has_number(b"FTD|NGIPS")


def recognise(body: bytes) -> bool:
    """A message number of FTD, a security event without one, or an entry of the audit log."""
    return _has_number(body) or (b"%" not in body[:512] and (all(key in body for key in _PAIRS) or is_entry(body)))


def parse(raw: RawLog, zone: tzinfo) -> list[Event]:
    """One event per message. Raises NormaliseError for what is neither a firewall's message nor an entry of the audit log."""
    if b"%" not in raw.body and _PAIRS[0] not in raw.body:
        text, _ = decode(raw.body)
        return [parse_entry(line, raw, zone) for line in text.splitlines() or [text] if line.strip("\0 ") or line == text]
    return _parse_messages(raw, zone)


SOURCE = Source(
    id="cisco.ftd",
    title="Cisco Secure Firewall Threat Defense and its management centre",
    parse=parse,
    marks=(b"%FTD-", b"%NGIPS-", *_PAIRS, *MARKS),
    recognise=recognise,
    rank=20,
    ordered=False,
)
