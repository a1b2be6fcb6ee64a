"""A line of WireGuard -> one event (Linux, `drivers/net/wireguard`, messages of `net_dbg`; wireguard-go's `DEBUG: (wg0)`)."""

import re
from datetime import tzinfo
from typing import Any, NamedTuple

from normalise.addresses import put_end
from normalise.carried import carried, look, put_carrier, read_lines
from normalise.source import Source
from normalise.timestamps import from_iso_stamp
from vagt.contracts.event import Event
from vagt.contracts.raw import RawLog
from vagt.errors import NormaliseError


class Meaning(NamedTuple):
    """`outcome` may be empty."""

    action: str
    types: tuple[str, ...]
    outcome: str = ""


_KERNEL = re.compile(
    r"(?:kernel: )?(?:\[ {0,12}[\d.]{1,20}\] )?wireguard: (?P<interface>[\w.-]{1,15}): (?P<text>.*)", re.DOTALL
)
_GO = re.compile(
    r"(?P<level>DEBUG|ERROR|INFO): \((?P<interface>[\w.-]{1,15})\) (?P<time>\d{4}/\d\d/\d\d \d\d:\d\d:\d\d) "
    r"(?:peer\((?P<key>[^)]{1,64})\) - )?(?P<text>.*)",
    re.DOTALL,
)
_PEER = re.compile(r"(?<!\w)[Pp]eer (?P<peer>\d{1,10})(?: \((?P<end>[^\s()]{2,64})\))?")
_FROM = re.compile(r"(?<!\w)from (?P<end>[0-9A-Fa-f.:\[\]]{2,64})(?!\S)")
_INNER = re.compile(r"(?<!\w)src IP \((?P<ip>[0-9A-Fa-f.:]{2,45})\)")
_END = re.compile(r"\[?(?P<ip>[0-9A-Fa-f.:]{2,45}?)(?:%\w{1,15})?\]?(?::(?P<port>\d{1,5}))?")
_DENIED = ("connection", "denied")
# the beginning of a message, in the order in which they are tried
_MESSAGES: tuple[tuple[str, Meaning], ...] = (
    ("Receiving handshake initiation", Meaning("handshake_received", ("connection", "start"))),
    ("Received handshake initiation", Meaning("handshake_received", ("connection", "start"))),
    ("Receiving handshake response", Meaning("handshake_completed", ("connection", "start"), "success")),
    ("Received handshake response", Meaning("handshake_completed", ("connection", "start"), "success")),
    ("Sending handshake initiation", Meaning("handshake_sent", ("connection", "start"))),
    ("Sending handshake response", Meaning("handshake_answered", ("connection", "start"), "success")),
    ("Invalid handshake", Meaning("handshake_refused", _DENIED, "failure")),
    ("Invalid MAC of handshake", Meaning("handshake_refused", _DENIED, "failure")),
    ("Received invalid", Meaning("handshake_refused", _DENIED, "failure")),
    ("Packet has unallowed src IP", Meaning("packet_refused", _DENIED, "failure")),
    ("Packet has invalid nonce", Meaning("packet_refused", _DENIED, "failure")),
    ("Packet is neither", Meaning("packet_refused", _DENIED, "failure")),
    ("Packet incorrect size", Meaning("packet_refused", _DENIED, "failure")),
    ("Handshake for peer", Meaning("handshake_timeout", ("connection", "info"), "failure")),
    ("Handshake did not complete", Meaning("handshake_timeout", ("connection", "info"), "failure")),
    ("Retrying handshake", Meaning("handshake_timeout", ("connection", "info"))),
    ("Keypair ", Meaning("keypair", ("connection", "info"))),
    ("Zeroing out all keys", Meaning("keys_zeroed", ("connection", "end"))),
    ("Interface created", Meaning("interface_created", ("info",))),
    ("Interface destroyed", Meaning("interface_destroyed", ("info",))),
)
_PEER_CHANGES = {"created": "peer_created", "destroyed": "peer_destroyed"}


def parse(raw: RawLog, zone: tzinfo) -> list[Event]:
    """One event for each line. Raises NormaliseError."""
    return [_parse_line(line, raw, zone) for line in read_lines(raw)]


def _parse_line(line: str, raw: RawLog, zone: tzinfo) -> Event:
    record = carried(line, raw, zone)
    message = record.message.strip()
    match = _KERNEL.match(message) or _GO.match(message)
    if match is None:
        raise NormaliseError("no line of WireGuard: `wireguard: wg0: ...` is wanted")
    found, text = match.groupdict(), match["text"]
    vendor: dict[str, Any] = {}
    event: Event = {"event": {"category": ["network"], "type": ["info"]}, "message": text}
    if stamp := found.get("time"):
        event["@timestamp"] = from_iso_stamp(stamp.replace("/", "-"), zone)
    if level := found.get("level"):
        event["log"] = {"level": level.lower()}
    if key := found.get("key"):
        vendor["peer_key"] = key
    _read_text(event, text[:1024], vendor)
    event["network"] = {"protocol": "wireguard", "transport": "udp", "iana_number": "17"}
    event["observer"] = {"ingress": {"interface": {"name": match["interface"]}}}
    if vendor:
        event["wireguard"] = {"kernel": vendor}
    put_carrier(event, record)
    return event


def _read_text(event: Event, text: str, vendor: dict[str, Any]) -> None:
    inner = event["event"]
    meaning = next((meaning for start, meaning in _MESSAGES if text.startswith(start)), None)
    if meaning is not None:
        inner["action"], inner["type"] = meaning.action, list(meaning.types)
        if meaning.outcome:
            inner["outcome"] = meaning.outcome
        if meaning.outcome == "failure":
            inner["reason"] = text
    elif text.startswith("Peer ") and (action := _PEER_CHANGES.get(text.rpartition(" ")[2])):
        inner["action"] = action
        inner["category"], inner["type"] = ["configuration"], ["creation" if action == "peer_created" else "deletion"]
    peer, sender = _PEER.search(text), _FROM.search(text)
    if peer is not None:
        vendor["peer"] = peer["peer"]
    if inside := _INNER.search(text):
        vendor["inner_ip"] = inside["ip"]
    place = sender["end"] if sender else peer["end"] if peer else None
    if place and (end := _END.fullmatch(place)):
        # what is sent goes to the peer
        put_end(event, "destination" if text.startswith("Sending") else "source", end["ip"], end["port"])


def recognise(body: bytes) -> bool:
    """The kernel module's prefix with an interface, or wireguard-go's."""
    if b"wireguard: " in body[:512] or body[:1] == b"{":
        return _KERNEL.match(look(body).message) is not None
    return _GO.match(look(body).message) is not None


SOURCE = Source(
    id="wireguard.kernel",
    title="WireGuard (Linux kernel, wireguard-go)",
    parse=parse,
    marks=(b"wireguard: ", b"DEBUG: (", b"ERROR: (", b"INFO: ("),
    recognise=recognise,
    rank=32,
    framings=("syslog", "file", "journal"),
    sender="host",
)
