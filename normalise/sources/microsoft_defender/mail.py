"""The tables of mail and of addresses that were clicked."""

from collections.abc import Callable
from typing import Any

from normalise.conform import valid_ip
from normalise.json_records import Object, text_of
from normalise.people import user_fields
from normalise.sources.microsoft_defender.devices import file_of, number_of
from normalise.urls import url_fields
from vagt.contracts.event import Event


def _mail(event: Event, row: Object) -> None:
    """Mail, its links and attachments, what was done after delivery: joined by `email.local_id` (NetworkMessageId)."""
    inner = event["event"]
    inner["category"], inner["type"] = ["email"], ["info"]
    if text_of(row.get("ThreatTypes")):
        inner["kind"] = "alert"
    if action := text_of(row.get("DeliveryAction")) or text_of(row.get("Action")):
        inner.setdefault("action", action)
    named = (
        ("subject", text_of(row.get("Subject"))),
        ("message_id", text_of(row.get("InternetMessageId")).strip("<>")),
        ("local_id", text_of(row.get("NetworkMessageId"))),
        ("direction", text_of(row.get("EmailDirection")).lower()),
    )
    email: dict[str, Any] = {name: value for name, value in named if value}
    sender = text_of(row.get("SenderFromAddress")) or text_of(row.get("SenderMailFromAddress"))
    if sender:
        email["from"] = {"address": [sender]}
    if recipient := text_of(row.get("RecipientEmailAddress")):
        email["to"] = {"address": [recipient]}
    if event["event"]["code"] == "EmailAttachmentInfo" and (file := file_of(row)):
        file.pop("path", None)
        email["attachments"] = [{"file": file}]
    if email:
        event["email"] = email
    address = text_of(row.get("SenderIPv4")) or text_of(row.get("SenderIPv6"))
    if valid_ip(address):
        event["source"] = {"address": address, "ip": address}
    if link := text_of(row.get("Url")):
        event["url"] = url_fields(link)


def _click(event: Event, row: Object) -> None:
    inner = event["event"]
    inner["category"], inner["type"] = ["web"], ["access"]
    inner["outcome"] = "failure" if "Block" in inner.get("action", "") else "success"
    if text_of(row.get("ThreatTypes")):
        inner["kind"] = "alert"
    if link := text_of(row.get("Url")):
        event["url"] = url_fields(link)
    if upn := text_of(row.get("AccountUpn")):
        event["user"] = user_fields(upn)
    if valid_ip(address := text_of(row.get("IPAddress"))):
        event["source"] = {"address": address, "ip": address}
    if local := text_of(row.get("NetworkMessageId")):
        event["email"] = {"local_id": local}
    if (number := number_of(row.get("IsClickedThrough"))) is not None:
        inner["reason"] = "clicked through" if number else "not clicked through"


MAIL: dict[str, Callable[[Event, Object], None]] = {
    **dict.fromkeys(("EmailEvents", "EmailUrlInfo", "EmailAttachmentInfo", "EmailPostDeliveryEvents"), _mail),
    "UrlClickEvents": _click,
}
