"""A line of charon -> one event: `06[IKE] <connection|83> text` behind a syslog header, the journal's, or its own time."""

# ruff: noqa: E501  (a pattern stays on one line)

import re
from datetime import tzinfo
from typing import Any

from normalise.carried import carried, look, put_carrier, read_lines
from normalise.source import Source
from normalise.timestamps import from_iso_stamp
from normalise.vpn.ike import read_message
from vagt.contracts.event import Event
from vagt.contracts.raw import RawLog
from vagt.errors import NormaliseError

_PROGRAMS = frozenset(("charon", "charon-systemd", "charon-nm", "charon-cmd", "ipsec", "ipsec_starter", "strongswan"))
_STAMP = re.compile(r"(\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d(?:\.\d{1,6})?(?:Z|[+-]\d\d:?\d\d)?) (?=\d{2,3}\[)")  # of a filelog
_GROUPS = "APP|ASN|CFG|CHD|DMN|ENC|ESP|IKE|IMC|IMV|JOB|KNL|LIB|MGR|NET|PTS|TLS|TNC"
_LINE = re.compile(
    rf"(?P<thread>\d{{2,3}})\[(?P<group>{_GROUPS})\d?\] (?:<(?:(?P<connection>[^|>]{{1,128}})\|)?(?P<number>\d{{1,12}})> )?(?P<text>.*)",
    re.DOTALL,
)


def parse(raw: RawLog, zone: tzinfo) -> list[Event]:
    """One event for each line. Raises NormaliseError."""
    return [_parse_line(line, raw, zone) for line in read_lines(raw)]


def _parse_line(line: str, raw: RawLog, zone: tzinfo) -> Event:
    event: Event = {"event": {}}
    record = carried(line, raw, zone)
    message = record.message.strip()
    if (stamp := _STAMP.match(message)) is not None:
        event["@timestamp"] = from_iso_stamp(stamp[1], zone)
        message = message[stamp.end() :]
    match = _LINE.match(message)
    if match is None and record.app not in _PROGRAMS:
        raise NormaliseError("no line of charon: a thread and a group are wanted, 06[IKE]")
    event["message"] = match["text"] if match else message
    vendor: dict[str, Any] = {}
    if match:
        vendor["thread"], vendor["group"] = match["thread"], match["group"].lower()
        if match["number"]:
            vendor["sa"] = match["number"]
        if match["connection"]:
            vendor["connection"] = match["connection"]
    read_message(event, event["message"], vendor)
    event["network"] = {"protocol": "ipsec"}
    if vendor:
        event["strongswan"] = {"charon": vendor}
    put_carrier(event, record if record.app in _PROGRAMS else record._replace(app="charon"))
    return event


_BODY = re.compile(
    rb"(?:charon(?:-systemd|-nm|-cmd)?(?:\[\d{1,10}\])?:? (?:\d{1,10} - (?:- |\[meta [^\]]{0,128}\] ))?)?\d{2,3}\[(?:"
    + _GROUPS.encode()
    + rb")\d?\] "
)
_PROGRAM = re.compile(rb" charon(?:-systemd|-nm|-cmd)?(?:\[\d{1,10}\]: | \d{1,10} - (?:- |\[meta ))")


def recognise(body: bytes) -> bool:
    """A thread and one of charon's groups, `06[IKE] `, near the beginning; or charon in the header."""
    if body[:1] == b"{":
        return _LINE.match(look(body).message) is not None
    return _BODY.search(body, 0, 512) is not None or _PROGRAM.search(body, 0, 256) is not None


SOURCE = Source(
    id="strongswan.charon",
    title="strongSwan (charon)",
    parse=parse,
    marks=(b"charon", *(f"[{group}".encode() for group in _GROUPS.split("|"))),
    recognise=recognise,
    rank=32,
    framings=("syslog", "file", "journal"),
    sender="host",
)
