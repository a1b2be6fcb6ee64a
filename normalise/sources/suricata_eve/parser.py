"""One EVE record (Suricata 4 to 8), bare, behind a syslog header, or wrapped by a shipper -> one event."""

from datetime import tzinfo
from typing import Any

import orjson

from normalise.conform import shared_part
from normalise.source import Source
from normalise.sources.suricata_eve.alert import read_alert
from normalise.sources.suricata_eve.certificate import read_tls
from normalise.sources.suricata_eve.network import Eve, put_flow, put_network
from normalise.sources.suricata_eve.protocols import PROTOCOLS, http_outcome, text_of
from normalise.syslog_header import parse_header
from normalise.text import decode
from normalise.timestamps import from_iso_stamp
from vagt.contracts.event import Event
from vagt.contracts.raw import RawLog
from vagt.errors import NormaliseError


def parse(raw: RawLog, zone: tzinfo) -> list[Event]:
    """Raises NormaliseError for what is no EVE object (no `event_type`) and for a time that is none."""
    eve, sender = _read_eve(raw, zone)
    kind = eve["event_type"]
    event: Event = {"event": {"kind": "event", "category": ["network"]}, "suricata": {"eve": eve}}
    stamp = eve.get("timestamp")
    if type(stamp) is str:
        event["@timestamp"] = from_iso_stamp(stamp, zone)
    name, interface = text_of(eve.get("host")) or sender, text_of(eve.get("in_iface"))
    if name is not None or interface is not None:
        event["observer"] = shared_part("observer", _observer, name, interface)
    network = put_network(event, eve)
    _put_protocol(event, eve, kind, network)
    _categorise(event, eve, kind)
    for key in ("flow", "netflow"):
        if type(flow := eve.get(key)) is dict:
            put_flow(event, flow, network)
    if network:
        event["network"] = network
    return [event]


def _observer(name: str | None, interface: str | None) -> dict[str, Any]:
    observer: dict[str, Any] = {} if name is None else {"name": name, "hostname": name}
    if interface is not None:
        observer["ingress"] = {"interface": {"name": interface}}
    return observer


def _read_eve(raw: RawLog, zone: tzinfo) -> tuple[Eve, str | None]:
    """(the EVE object, the host that a syslog header or a shipper names)."""
    body = raw.body
    sender = None
    start = body.find(b"{")
    if start < 0:
        raise NormaliseError("no JSON object in the record: suricata.eve is Suricata's eve.json, one object a line")
    if start > 0 and start < 1024 and not body.startswith(b"\xef\xbb\xbf"):
        sender = parse_header(decode(body[:start])[0] + "{", raw.received, zone).host
    eve = _load(body[start:] if start else body)
    if "event_type" not in eve:
        eve, sender = _unwrap(eve, sender)
    if type(eve["event_type"]) is not str:
        raise NormaliseError("event_type is no text")
    return eve, sender


def _load(body: bytes) -> Eve:
    try:
        document = orjson.loads(body)
    except orjson.JSONDecodeError:
        try:  # payload_printable of old versions, and shippers, cut or break UTF-8
            document = orjson.loads(decode(body)[0].encode("utf-8", "replace"))
        except orjson.JSONDecodeError as error:
            raise NormaliseError(f"the record is no JSON: {error.msg[:100]}") from None
    if not isinstance(document, dict):
        raise NormaliseError("the JSON is no object")
    return document


def _unwrap(document: dict[str, Any], sender: str | None) -> tuple[Eve, str | None]:
    """The EVE object in `message` or `log` (text) or `json` (object) of a shipper's document."""
    inner: Any = document.get("message", document.get("log", document.get("json")))
    if isinstance(inner, str) and inner.lstrip().startswith("{"):
        inner = _load(inner.encode("utf-8", "replace"))
    if not isinstance(inner, dict) or "event_type" not in inner:
        raise NormaliseError("no event_type: not a record of Suricata's eve.json")
    host = document.get("host")
    name = host.get("hostname", host.get("name")) if isinstance(host, dict) else host
    return inner, sender or text_of(name)


def _put_protocol(event: Event, eve: Eve, kind: str, network: dict[str, Any]) -> None:
    """`network.protocol`, and the fields of every protocol object in the record (an alert holds those of its packet)."""
    protocol = text_of(eve.get("app_proto"))
    if protocol is None or protocol == "failed":
        protocol = kind if kind in _IS_PROTOCOL else None
    if protocol is not None:
        network["protocol"] = protocol.lower()
    for key in eve:
        if key == "tls":
            if type(eve[key]) is dict:
                read_tls(event, eve[key])
        elif (read := PROTOCOLS.get(key)) is not None and type(eve[key]) is dict:
            read(event, eve[key])


_IS_PROTOCOL = frozenset(
    (
        *("http", "http2", "dns", "mdns", "doh2", "tls", "quic", "websocket"),
        *("ssh", "rdp", "rfb", "telnet", "smb", "nfs", "ftp", "ftp_data", "tftp", "smtp", "pop3"),
        *("krb5", "ldap", "snmp", "ike", "dhcp", "arp", "sip", "mqtt", "dcerpc", "pgsql", "bittorrent-dht"),
        *("dnp3", "modbus", "enip"),
    )
)
_KINDS: dict[str, tuple[list[str], list[str]]] = {
    "http": (["network", "web"], ["access", "protocol"]),
    "flow": (["network"], ["connection", "end"]),
    "netflow": (["network"], ["connection"]),
    "fileinfo": (["network", "file"], ["info"]),
    "drop": (["network"], ["denied"]),
    "anomaly": (["network"], ["info"]),
    "smtp": (["network", "email"], ["protocol"]),
    "krb5": (["network", "authentication"], ["protocol"]),
}


def _categorise(event: Event, eve: Eve, kind: str) -> None:
    inner = event["event"]
    if kind == "alert" and type(alert := eve.get("alert")) is dict:
        read_alert(event, alert)
        return
    if kind == "stats":
        inner["kind"] = "metric"
    elif kind in _KINDS:
        category, types = _KINDS[kind]
        inner["category"] = list(category)
        inner["type"] = list(types)
    elif kind in _IS_PROTOCOL:
        inner["type"] = ["protocol"]
    if kind == "http" and type(http := eve.get("http")) is dict and (outcome := http_outcome(http)) is not None:
        inner["outcome"] = outcome
    elif kind == "drop":
        inner["action"], inner["outcome"] = "drop", "success"
    elif kind == "anomaly" and type(anomaly := eve.get("anomaly")) is dict and (name := text_of(anomaly.get("event"))):
        event["message"] = name


_BESIDE = (b'"flow_id"', b'"proto"', b'"stats"', b'"pcap_cnt"')


def recognise(body: bytes) -> bool:
    """EVE's own names beside the event type: every record of a flow or packet has one of them, and `stats` its own."""
    return b'"timestamp"' in body and any(mark in body for mark in _BESIDE)


SOURCE = Source(
    id="suricata.eve",
    title="Suricata EVE JSON (Suricata 4 to 8)",
    parse=parse,
    marks=(b'"event_type"',),
    recognise=recognise,
    rank=30,
    ordered=False,
    framings=("file", "http", "syslog"),
    sender="observer",
)
