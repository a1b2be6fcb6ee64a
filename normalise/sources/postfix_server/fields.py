"""What Postfix's daemons write alike: `host[address]:port`, `name=<value>` pairs, a queue's id (postconf(5), "syslog_name")."""

import re
from typing import Any

from normalise.addresses import put_end
from vagt.contracts.event import Event

LONGEST = 16384  # characters of a message that a regular expression sees
# "unknown" is Postfix's word for a client without a name; postscreen writes the address alone
PEER = r"(?:([^\s\[\]]{0,255}))?\[([^\]\s]{1,64})\](?::(\d{1,5}|socket))?"
_PAIR = re.compile(r"(?:^|[ ,;]+)([a-z_]{2,32})=(?:<([^>\n]{0,1024})>?|([^\s,;]{0,1024}))")
_NAMES = {
    "helo": "helo",
    "proto": "protocol",
    "orig_to": "orig_to",
    "size": "size",
    "nrcpt": "recipient_count",
    "status": "status",
    "dsn": "dsn",
    "delays": "delays",
    "delay": "delay",
    "sasl_method": "sasl_method",
    "sasl_username": "sasl_username",
    "conn_use": "connection_use",
    "uid": "uid",
    "orig_client": "orig_client",
}
_WHOLE = frozenset(("size", "nrcpt", "conn_use", "uid"))


def put_peer(event: Event, end: str, name: str | None, address: str, port: str | None) -> None:
    """`source` or `destination` of a peer; its name is kept where the reverse look-up gave one."""
    put_end(event, end, address.removeprefix("IPv6:"), port)
    if name and name != "unknown" and end in event:
        event[end]["domain"] = name


def read_pairs(text: str) -> dict[str, str]:
    """The pairs of `text`; of a key that comes twice the first value counts, as clients write what comes last (helo)."""
    found: dict[str, str] = {}
    for key, quoted, bare in _PAIR.findall(text[:LONGEST]):
        found.setdefault(key, quoted or bare)
    return found


def put_pairs(event: Event, postfix: dict[str, Any], pairs: dict[str, str]) -> None:
    """`email.*` and `postfix.*` of the pairs of a message."""
    email = event.setdefault("email", {})
    if pairs.get("from"):
        email["from"] = {"address": [pairs["from"]]}
    if pairs.get("to"):
        email["to"] = {"address": [pairs["to"]]}
    if pairs.get("message-id"):
        email["message_id"] = pairs["message-id"]
    if not email:
        del event["email"]
    for key, name in _NAMES.items():
        if value := pairs.get(key):
            postfix[name] = int(value) if key in _WHOLE and value.isdecimal() and len(value) < 18 else value
