"""Ids: made from content where the same thing read twice must get the same id, else time-ordered and random."""

import os
import time
import uuid
from hashlib import sha256
from struct import Struct

_ALPHABET = "abcdefghijklmnopqrstuvwxyz234567"  # RFC 4648 §6, in lower case
_PAIRS = [first + second for first in _ALPHABET for second in _ALPHABET]
_words = Struct(">IIII").unpack_from


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
    """26 characters for the first 128 bits; two at a time, out of words of 32 bits (small numbers are shifted fastest), as
    every event needs it (a third of `base64.b32encode`)."""
    a, b, c, d = _words(digest)
    pair = _PAIRS
    return (
        f"{pair[a >> 22]}{pair[a >> 12 & 1023]}{pair[a >> 2 & 1023]}{pair[(a & 3) << 8 | b >> 24]}"
        f"{pair[b >> 14 & 1023]}{pair[b >> 4 & 1023]}{pair[(b & 15) << 6 | c >> 26]}"
        f"{pair[c >> 16 & 1023]}{pair[c >> 6 & 1023]}{pair[(c & 63) << 4 | d >> 28]}"
        f"{pair[d >> 18 & 1023]}{pair[d >> 8 & 1023]}{pair[(d & 255) << 2]}"
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
