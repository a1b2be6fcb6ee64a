"""Ids: made from content where the same thing read twice must get the same id, else time-ordered and random."""

import os
import time
import uuid
from hashlib import sha256

_ALPHABET = "abcdefghijklmnopqrstuvwxyz234567"  # RFC 4648 §6, in lower case
_number = int.from_bytes
_PAIRS = [first + second for first in _ALPHABET for second in _ALPHABET]


def content_id(*parts: bytes) -> str:
    """26 lower-case base32 characters (128 bits of SHA-256) over the parts, each with its length before it."""
    digest = sha256()
    for part in parts:
        digest.update(len(part).to_bytes(8, "big"))
        digest.update(part)
    return _base32(digest.digest())


def event_id(tenant: str, position: str, body: bytes, ordinal: int) -> str:
    """Same id for the same record read twice; `ordinal` counts the events of that record from 0."""
    head = f"{tenant}\0{position}\0{ordinal}\0".encode()
    return _base32(sha256(head + body).digest())


def _base32(digest: bytes) -> str:
    """26 characters for the first 128 bits; two at a time, of 40 bits a time (small numbers are shifted faster), as every
    event needs it (a quarter of `base64.b32encode`)."""
    a, b, c = _number(digest[:5], "big"), _number(digest[5:10], "big"), _number(digest[10:15], "big")
    pair = _PAIRS
    return (
        f"{pair[a >> 30]}{pair[a >> 20 & 1023]}{pair[a >> 10 & 1023]}{pair[a & 1023]}"
        f"{pair[b >> 30]}{pair[b >> 20 & 1023]}{pair[b >> 10 & 1023]}{pair[b & 1023]}"
        f"{pair[c >> 30]}{pair[c >> 20 & 1023]}{pair[c >> 10 & 1023]}{pair[c & 1023]}{pair[digest[15] << 2]}"
    )


def finding_id(rule: str, tenant: str, group: str, anchor: str) -> str:
    """`anchor` is the crossing event's id, or the event time floored to the rule's period."""
    return content_id(rule.encode(), tenant.encode(), group.encode(), anchor.encode())


def uuid7() -> str:
    """A UUIDv7 (RFC 9562 §5.7): 48 bits of milliseconds, then random."""
    value = (time.time_ns() // 1_000_000) << 80 | int.from_bytes(os.urandom(10), "big")
    value = value & ~(0xF << 76) | 0x7 << 76
    value = value & ~(0x3 << 62) | 0x2 << 62
    return str(uuid.UUID(int=value))
