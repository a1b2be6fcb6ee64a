"""Ids: made from content where the same thing read twice must get the same id, else time-ordered and random."""

import os
import time
import uuid
from base64 import b32encode
from hashlib import sha256


def content_id(*parts: bytes) -> str:
    """26 lower-case base32 characters (128 bits of SHA-256) over the parts, each with its length before it."""
    digest = sha256()
    for part in parts:
        digest.update(len(part).to_bytes(8, "big"))
        digest.update(part)
    return b32encode(digest.digest()[:16])[:26].decode().lower()


def event_id(tenant: str, position: str, body: bytes, ordinal: int) -> str:
    """Same id for the same record read twice; `ordinal` counts the events of that record from 0."""
    head = f"{tenant}\0{position}\0{ordinal}\0".encode()
    return b32encode(sha256(head + body).digest()[:16])[:26].decode().lower()


def finding_id(rule: str, tenant: str, group: str, anchor: str) -> str:
    """`anchor` is the crossing event's id, or the event time floored to the rule's period."""
    return content_id(rule.encode(), tenant.encode(), group.encode(), anchor.encode())


def uuid7() -> str:
    """A UUIDv7 (RFC 9562 §5.7): 48 bits of milliseconds, then random."""
    value = (time.time_ns() // 1_000_000) << 80 | int.from_bytes(os.urandom(10), "big")
    value = value & ~(0xF << 76) | 0x7 << 76
    value = value & ~(0x3 << 62) | 0x2 << 62
    return str(uuid.UUID(int=value))
