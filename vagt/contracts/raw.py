"""`RawLog`: one log as it was received, and its place in bus headers."""

from datetime import datetime
from functools import lru_cache
from typing import NamedTuple
from zlib import crc32

from vagt.clock import from_iso, to_iso

_SALTS = 1024  # many more than partitions: each gets about the same share
_received = lru_cache(maxsize=4096)(from_iso)  # spelt to the microsecond, and yet the same for all lines of one request or read


class RawLog(NamedTuple):
    """One accepted log.

    `tenant` comes from what the sender proved, never from what the log says. `received` is UTC. `protocol` is one of
    `syslog+udp`, `syslog+tcp`, `syslog+tls`, `gelf+udp`, `gelf+tcp`, `gelf+tls`, `netflow+udp`, `http`, `file`, `journal`,
    `replay`, `kafka`; `peer` the sender's address or the host that the shipper names; `subject` the client certificate's
    subject where there is one. `position` is the sender's own place of the log (file fingerprint and offset, journal
    cursor, document id) or a UUIDv7 given at acceptance.
    """

    tenant: str
    source: str | None
    body: bytes
    received: datetime
    protocol: str
    peer: str
    position: str
    subject: str = ""


def raw_key(raw: RawLog, *, ordered: bool = True) -> bytes:
    """The key of a raw record: the sender, so that its logs keep their order; where none is needed, a salt behind it spreads
    them over the partitions. The salt comes of the position: a log sent again goes to the same partition."""
    if ordered:
        return raw.peer.encode()
    return f"{raw.peer}#{crc32(raw.position.encode()) % _SALTS}".encode()


def sender_of(key: bytes) -> str:
    """The sender in a raw record's key, without a salt."""
    return key.decode("utf-8", "replace").partition("#")[0]


def raw_headers(raw: RawLog) -> dict[str, str]:
    """The headers of a record on `raw.<tenant>.<source>`: all of the log but its body, tenant and source."""
    headers = {
        "received": to_iso(raw.received),
        "protocol": raw.protocol,
        "peer": raw.peer,
        "position": raw.position,
    }
    if raw.subject:
        headers["subject"] = raw.subject
    return headers


def raw_from_headers(tenant: str, source: str | None, body: bytes, headers: dict[str, str]) -> RawLog:
    """The log that `raw_headers` came from."""
    return RawLog(
        tenant,
        source,
        body,
        _received(headers["received"]),
        headers["protocol"],
        headers["peer"],
        headers["position"],
        headers.get("subject", ""),
    )
