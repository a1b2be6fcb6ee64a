"""A record of a detail file: a line with the time, then one attribute a line (`rlm_detail`)."""

import re
from typing import Any

from normalise.radius_fields import put_attributes, put_packet
from vagt.contracts.event import Event

_ATTRIBUTE = re.compile(r'\s{1,8}([A-Za-z][\w-]{1,63})(?::\d{1,3})? [:+]?= (?:"((?:[^"\\]|\\.){0,4096})"|(\S.{0,4096}))')
_SECRET = ("password", "chap", "eap-message", "authenticator", "reply-message", "state", "key", "response")
_MOST = 256
_ADDED = frozenset(("Timestamp", "Request-Authenticator", "Packet-Type"))


def read_detail(event: Event, own: dict[str, Any], lines: list[str]) -> bool:
    """Read the attributes into `event` and `own`; secrets are left out. Gives whether there are any."""
    found: dict[str, str] = {}
    for line in lines[:_MOST]:
        if (match := _ATTRIBUTE.match(line)) is not None:
            found.setdefault(match[1], match[2] if match[2] is not None else match[3].strip())
    if not found:
        return False
    status = found.get("Acct-Status-Type")
    put_packet(event, found.get("Packet-Type") or ("Accounting-Request" if status else "Access-Request"), status)
    put_attributes(event, found)
    own["attributes"] = {
        name: value for name, value in found.items() if name not in _ADDED and not any(word in name.lower() for word in _SECRET)
    }
    return True
