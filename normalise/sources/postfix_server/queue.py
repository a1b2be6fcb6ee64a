"""Messages about mails by their queue id: cleanup, qmgr, pickup, deliveries of smtp, lmtp, local, virtual, pipe and error."""

import re
from typing import Any

from normalise.sources.postfix_server.fields import LONGEST, PEER, put_pairs, put_peer, read_pairs
from vagt.contracts.event import Event

_MESSAGE_ID = re.compile(r"(?:resent-)?message-id=<?([^>\s]{1,998})>?")
_RELAY = re.compile(rf", relay=(?:{PEER}|([^\s,]{{1,255}}))")
_SAID = re.compile(
    rf"(?:host {PEER} (said|refused to talk to me)|(lost connection|conversation) with {PEER}[^:]{{0,128}}):? ?(.*)", re.DOTALL
)
_NOTICE = re.compile(
    r"(sender (?:non-)?deliver(?:y|ed) (?:notification|status notification)|postmaster non-delivery notification): (\w{5,32})"
)
_GOOD = frozenset(("sent", "deliverable"))


def read_queued(event: Event, inner: dict[str, Any], postfix: dict[str, Any], message: str) -> bool:
    """Gives whether the message was known."""
    text = message[:LONGEST]
    if text.startswith("to=<"):
        _delivery(event, inner, postfix, text)
    elif text.startswith("from=<"):
        pairs = read_pairs(text)
        put_pairs(event, postfix, pairs)
        inner["action"] = "message-expired" if pairs.get("status") == "expired" else "message-queued"
        if inner["action"] == "message-expired":
            inner["outcome"] = "failure"
    elif text.startswith("uid="):
        put_pairs(event, postfix, read_pairs(text))
        inner["action"] = "message-submitted"
    elif match := _MESSAGE_ID.match(text):
        event.setdefault("email", {})["message_id"] = match[1]
        inner["action"] = "message-received"
    elif text.startswith("removed"):
        inner["action"] = "message-removed"
    elif match := _NOTICE.match(text):
        inner["action"] = "notification"
        postfix["notification_queue_id"] = match[2]
    elif match := _SAID.match(text):
        name, address, port = (match[1], match[2], match[3]) if match[2] else (match[6], match[7], match[8])
        put_peer(event, "destination", name, address, port)
        inner |= {"action": "delivery-attempt", "outcome": "failure", "reason": match[9]}
    else:
        return False
    return True


def _delivery(event: Event, inner: dict[str, Any], postfix: dict[str, Any], text: str) -> None:
    head, _, _ = text.partition(" status=")
    pairs = read_pairs(head)
    status, _, answer = text[len(head) + 8 :].partition(" ")
    if status:
        pairs["status"] = status
    put_pairs(event, postfix, pairs)
    inner["action"] = "delivery"
    if status:
        inner["outcome"] = "success" if status in _GOOD else "failure"
    if answer[:1] == "(":
        inner["reason"] = answer.strip()[1:].removesuffix(")")
    if (relay := _RELAY.search(head)) is not None:
        if relay[2]:
            postfix["relay"] = f"{relay[1] or ''}[{relay[2]}]" + (f":{relay[3]}" if relay[3] else "")
            if not relay[2].startswith(("/", "private/")):  # a socket
                put_peer(event, "destination", relay[1], relay[2], relay[3])
        elif relay[4] != "none":
            postfix["relay"] = relay[4]
