"""A line of vCenter's `audit_events.log`: logins by single sign-on, changed accounts and settings (KB 423205)."""

import re
from datetime import tzinfo

import orjson

from normalise.addresses import put_end
from normalise.sources.vmware_vsphere.meanings import set_type
from normalise.sources.vmware_vsphere.texts import set_user
from normalise.timestamps import from_iso_stamp
from vagt.contracts.event import Event
from vagt.errors import NormaliseError

_STAMP = re.compile(r"(\d\d)/(\d\d)/(\d{4}) (\d\d:\d\d:\d\d)(?: (GMT|UTC))?")
_CHANGES = {"creat": "creation", "add": "creation", "delet": "deletion", "remov": "deletion"}


def read_audit(event: Event, text: str, zone: tzinfo) -> None:
    """Add what the audit event says. Raises NormaliseError for what is no JSON."""
    try:
        document = orjson.loads(text)
    except orjson.JSONDecodeError:
        raise NormaliseError("an audit event of vCenter's single sign-on that cannot be read as JSON") from None
    said = {name: value for name, value in document.items() if isinstance(value, str)} if isinstance(document, dict) else {}
    set_type(event, said.get("type", ""))
    event["message"] = description = said.get("description", text)
    _set_change(event, description)
    if user := said.get("user"):
        set_user(event, user)
    if client := said.get("client"):
        put_end(event, "source", client)
    if match := _STAMP.fullmatch(said.get("timestamp", "")):
        month, day, year, clock, utc = match.groups()
        event["@timestamp"] = from_iso_stamp(f"{year}-{month}-{day}T{clock}{'Z' if utc else ''}", zone)
    if level := said.get("eventSeverity"):
        event["log"] = {"level": level.lower()}


def _set_change(event: Event, description: str) -> None:
    """`Creating local person user 'x'`: the first word says what was done to an account."""
    inner = event["event"]
    if "iam" in inner.get("category", ()):
        word = description[:16].lower()
        change = next((kind for start, kind in _CHANGES.items() if word.startswith(start)), None)
        if change is not None:
            inner["type"] = [inner["type"][0], change]
