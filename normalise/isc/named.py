"""A message of named to `event.*`, `dns.*`, both ends and the vendor's own fields (BIND 9 Reference Manual, "logging").

Lines that begin with a client are read in `named_client.py`, all others in `named_server.py`.
"""

import re
from typing import Any

from normalise.isc.named_client import read_client
from normalise.isc.named_server import read_server
from vagt.contracts.event import Event

LONGEST = 8192  # characters of a message that a regular expression sees
CATEGORIES = (
    "client|cname|config|database|default|delegation-only|dispatch|dnssec|dnstap|drop|edns-disabled|general|lame-servers"
    "|network"
    "|notify|nsid|queries|query-errors|rate-limit|resolver|responses|rpz|rpz-passthru|security|serve-stale|spill|sslkeylog"
    "|trust-anchor-telemetry|unmatched|update|update-security|xfer-in|xfer-out|zoneload|tat|infoblox-responses|dtc"
)
LEVELS = "critical|error|warning|notice|info|dynamic|debug(?: [0-9]{1,3})?"
# `print-category` and `print-severity`
_HEAD = re.compile(rf"(?:(?P<category>{CATEGORIES}): )?(?:(?P<level>{LEVELS}): )?")


def read_named(event: Event, own: dict[str, Any], message: str) -> bool:
    """Read one message into `event` and `own`, the vendor's object; gives whether its kind is known.

    `event["event"]` is there; what named itself prints before the message (its category and severity) may be too.
    """
    text = message[:LONGEST]
    inner: dict[str, Any] = event["event"]
    inner.update(kind="event", category=["network"], type=["info"])
    if not text.startswith("client "):
        head = _HEAD.match(text)
        if head is not None and head.end():
            if head["category"]:
                own["category"] = head["category"]
            if head["level"]:
                event["log"] = {"level": head["level"].partition(" ")[0]}
            text = text[head.end() :]
    if text.startswith("client "):
        return read_client(event, inner, own, text)
    return read_server(event, inner, own, text)
