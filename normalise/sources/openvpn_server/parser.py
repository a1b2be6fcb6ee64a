"""A line of OpenVPN -> one event: community server by syslog or from its log file, Access Server's `openvpnas.log`."""

# ruff: noqa: E501  (a pattern stays on one line)

import re
from datetime import datetime, tzinfo
from typing import Any

from normalise.addresses import put_end
from normalise.carried import carried, look, put_carrier, read_lines
from normalise.source import Source
from normalise.sources.syslog_generic.record import Record
from normalise.timestamps import from_bsd, from_iso_stamp, received_day
from normalise.vpn.openvpn import read_message
from vagt.contracts.event import Event
from vagt.contracts.raw import RawLog
from vagt.errors import NormaliseError

_PROGRAM = re.compile(r"(?:openvpn|ovpn)(?:[@-][\w.@-]{1,64}|as)?|openvpn_(?:server|client)\d{0,6}|openvpnas", re.IGNORECASE)
_ISO = r"(?P<iso>\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d(?:[.,]\d{1,6})?(?:Z|[+-]\d\d:?\d\d)?)"
_FILE = re.compile(rf"(?:{_ISO}|[A-Z][a-z]{{2}} (?P<bsd>[A-Z][a-z]{{2}} [ \d]\d \d\d:\d\d:\d\d \d{{4}})) (?:us=\d{{1,9}} )?")
_CLIENT = r"(?:[^\s/\[\]']{1,128}/)?(?:\[AF_INET6?\])?[0-9A-Fa-f.:]{2,45}:\d{1,5} "
_SAYS = re.compile(
    rf"(?:{_CLIENT})?(?:TLS Error: |TLS Auth Error: |TLS: |TLS_ERROR|VERIFY |SIG(?:USR1|TERM|HUP)\[|PLUGIN_|MULTI(?:_sva)?: |peer info: "
    r"|Control Channel: |Data Channel|SENT CONTROL \[|PUSH: |TCP connection established with \[AF_|UDPv4 link |OpenVPN \d\.\d|"
    r"Connection reset, restarting|Initialization Sequence Completed|WARNING: Bad encapsulated|Authenticate/Decrypt packet error|"
    r"\[[^\]]{0,128}\] (?:Peer Connection Initiated|Inactivity timeout))"
)
_ACCESS_SERVER = re.compile(
    r"\[(?:stdout|stderr)#(?P<level>\w{1,10})\] (?:\[OVPN \d{1,4}\] OUT: ['\"](?P<inner>.{1,2048}?)['\"]\s*\Z|(?P<text>.*))",
    re.DOTALL,
)
_AUTH = re.compile(
    r"(?P<what>AUTH SUCCESS|AUTH FAILED|AUTH FAILURE|VPN Auth Failed|Web login failed)(?P<rest>.{0,2048})", re.DOTALL
)
_USER = re.compile(r"(?<!\w)'user(?:name)?': '(?P<user>[^']{1,128})'")
_REASON = re.compile(r"(?<!\w)'reason': '(?P<reason>[^']{1,256})'")
_CLIENT_ADDRESS = re.compile(r"(?<!\w)'(?:client_ip_addr|ip_addr|real_address)': '(?P<ip>[^']{2,64})'")


def parse(raw: RawLog, zone: tzinfo) -> list[Event]:
    """One event for each line. Raises NormaliseError."""
    return [_parse_line(line, raw, zone) for line in read_lines(raw)]


def _parse_line(line: str, raw: RawLog, zone: tzinfo) -> Event:
    if (head := _FILE.match(line)) is not None and _is_own(line[head.end() :]):
        record = Record(None, None, "openvpn", None, line)
    else:
        record = carried(line, raw, zone)
        if record.app is None or _PROGRAM.fullmatch(record.app) is None:
            raise NormaliseError("neither a program of OpenVPN nor what it writes into its log file")
    vendor: dict[str, Any] = {}
    event: Event = {"event": {}}
    text = record.message.strip()
    if (head := _FILE.match(text)) is not None:
        event["@timestamp"] = _time(head, raw.received, zone)
        text = text[head.end() :]
    if (match := _ACCESS_SERVER.match(text)) is not None:
        text = _read_access_server(event, match)
    event.setdefault("message", text)
    if "category" not in event["event"]:
        read_message(event, text, vendor)
    event["network"] = {"protocol": "openvpn"}
    if vendor:
        event["openvpn"] = {"server": vendor}
    put_carrier(event, record)
    return event


def _is_own(text: str) -> bool:
    return _SAYS.match(text) is not None or _ACCESS_SERVER.match(text) is not None


def _time(head: re.Match[str], received: datetime, zone: tzinfo) -> str:
    if head["iso"]:
        return from_iso_stamp(head["iso"], zone)
    return from_bsd(head["bsd"], received_day(received), zone)


def _read_access_server(event: Event, match: re.Match[str]) -> str:
    """What the Access Server says itself; gives the text of the daemon in it, or its own."""
    event["log"] = {"level": match["level"]}
    if match["inner"] is not None:
        text = match["inner"]
        inner_head = _FILE.match(text)
        return text[inner_head.end() :] if inner_head else text
    text = match["text"]
    if (auth := _AUTH.match(text)) is not None:
        good = auth["what"] == "AUTH SUCCESS"
        event["event"].update(category=["authentication", "network"], type=["start"], action="vpn_login")
        event["event"]["outcome"] = "success" if good else "failure"
        if found := _USER.search(auth["rest"]):
            event["user"] = {"name": found["user"]}
        if found := _REASON.search(auth["rest"]):
            event["event"]["reason"] = found["reason"]
        if found := _CLIENT_ADDRESS.search(auth["rest"]):
            put_end(event, "source", found["ip"])
    return text


_BODY = re.compile(
    rb"(?:<\d{1,3}> ?)?(?:1 )?(?:(?:[A-Z][a-z]{2} [ \d]?\d (?:\d{4} )?\d\d:\d\d:\d\d|\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d\S{0,16}) +)?"
    rb"(?:[^\s\[\]:]{1,255} +)?(?:openvpn|ovpn)(?:[@-][\w.@-]{1,64}|as)?(?:\[\d{1,10}\]: ?|: | \d{1,10} - (?:- )?)"
)


def recognise(body: bytes) -> bool:
    """OpenVPN's program in the header, or a line of its log file that says what only it says."""
    head = body[:2048]
    if _BODY.match(head) is not None:
        return b"id=firewall" not in head  # Stormshield's log of that name
    if head[:1] == b"{":
        app = look(body).app
        return app is not None and _PROGRAM.fullmatch(app) is not None
    text = head.decode("utf-8", "replace")
    match = _FILE.match(text)
    return match is not None and _is_own(text[match.end() :])


SOURCE = Source(
    id="openvpn.server",
    title="OpenVPN (community server, Access Server)",
    parse=parse,
    marks=(
        *(b"openvpn", b"ovpn", b"OVPN", b"OpenVPN ", b"[AF_INET", b"TLS Error: ", b"TLS: ", b"VERIFY ", b"SIGUSR1["),
        *(
            b"SIGTERM[",
            b"PLUGIN_",
            b"MULTI",
            b"AUTH SUCCESS",
            b"AUTH FAIL",
            b"#info] ",
            b"SENT CONTROL",
            b"TLS Auth Error",
            b"peer info: ",
        ),
        b"Initialization Sequence",
    ),
    recognise=recognise,
    rank=32,
    framings=("syslog", "file", "journal"),
    sender="host",
)
