"""The audit log of the management centre (FMC) as ECS: `program: centre: user@address, Menu > Page, Action`.

After "Auditing the System" of Cisco's Secure Firewall Management Center administration guide.
"""

import re
from datetime import tzinfo
from typing import Any, NamedTuple

from normalise.conform import shared_part, valid_ip
from normalise.syslog_header import parse_header, priority_fields
from normalise.timestamps import received_day
from vagt.contracts.event import Event
from vagt.contracts.raw import RawLog
from vagt.errors import NormaliseError

_ENTRY = re.compile(
    r"(?:(?P<program>[\w.-]{1,64})(?:\[\d{1,10}\])?: )?(?:\[(?P<tag>[^\]]{1,64})\] )?(?P<centre>[\w.-]{1,128}): "
    r"(?P<user>[^\s@,]{1,128})@(?P<address>[\w.:-]{1,128}), (?P<place>[^,]{1,512})(?:, (?P<deed>.{0,4096}))?",
    re.DOTALL,
)
_HOSTED = re.compile(r"(?P<host>[\w.-]{1,128}) (?=\[|[\w.-]{1,128}: )")
MARKS = (b", Page View", b"sfdccsm: ", b"mojo_server.pl: ", b".cgi: ", b"ActionQueueScrape.pl: ", b", Login, ", b", Logout, ")
_IS_ENTRY = re.compile(rb"(?:: |\] )[\w.-]{1,128}: [^\s@,]{1,128}@(?:[0-9.]{7,15}|[0-9a-fA-F:]{2,45}|localhost), [A-Z]")
_SLUG = re.compile(r"[^a-z0-9]+")


class _Deed(NamedTuple):
    action: str
    category: str
    type: str
    outcome: str | None = "success"


_DEEDS = {
    "page view": _Deed("page-viewed", "configuration", "access"),
    "login success": _Deed("logged-in", "authentication", "start"),
    "login failed": _Deed("logon-failed", "authentication", "start", "failure"),
    "login failure": _Deed("logon-failed", "authentication", "start", "failure"),
    "logout success": _Deed("logged-out", "authentication", "end"),
    "session expired": _Deed("session-expired", "authentication", "end"),
    "successful task completion": _Deed("task-completed", "configuration", "info"),
    "task failed": _Deed("task-failed", "configuration", "info", "failure"),
}
_VERBS = {
    "create": "creation", "created": "creation", "add": "creation", "added": "creation", "new": "creation",
    "delete": "deletion", "deleted": "deletion", "remove": "deletion", "removed": "deletion", "view": "access",
    "export": "access", "download": "access",
}  # fmt: skip


def is_entry(body: bytes) -> bool:
    """Whether a record looks like an entry of the audit log."""
    return _IS_ENTRY.search(body, 0, 512) is not None


def parse_entry(text: str, raw: RawLog, zone: tzinfo) -> Event:
    """The event of one entry. Raises NormaliseError."""
    header = parse_header(text, received_day(raw.received), zone)
    host, program = header.host, header.app
    body = header.message if program is None else f"{program}: {header.message}"
    found = _ENTRY.match(body)
    if found is None and (hosted := _HOSTED.match(body)):
        host = host or hosted["host"]
        found = _ENTRY.match(body, hosted.end())
    if found is None:
        raise NormaliseError("no message number and no entry of the management centre's audit log: not a log of an FTD")
    return _event(found.groupdict(), header.priority, header.time, host)


def _event(found: dict[str, str | None], priority: int | None, time: str | None, host: str | None) -> Event:
    place, deed = found["place"] or "", (found["deed"] or "").removesuffix(" x0a x00").rstrip("\n\0 ")
    meaning = _meaning(deed, "Users" in place)
    vendor = {"subsystem": place, "action": deed, "tag": found["tag"]}
    inner: dict[str, Any] = {"kind": "event", "action": meaning.action, "category": [meaning.category]}
    inner["type"] = ["user", meaning.type] if meaning.category == "iam" else [meaning.type]
    inner["outcome"] = meaning.outcome
    centre = found["centre"] or host
    event: Event = {
        "event": inner,
        "message": f"{place}, {deed}" if deed else place,
        "user": {"name": found["user"]},
        "host": {"name": centre, "hostname": centre},
        "observer": shared_part("observer", _observer, centre),
        "cisco": {"ftd": {"audit": {name: value for name, value in vendor.items() if value}}},
    }
    address = found["address"] or ""
    if valid_ip(address):
        event["source"] = {"address": address, "ip": address}
    if found["program"]:
        event["process"] = {"name": found["program"]}
    if priority is not None:
        inner["severity"] = priority % 8
        event["log"] = shared_part("log", _log, priority)
    if time is not None:
        event["@timestamp"] = time
    return event


def _meaning(deed: str, of_users: bool) -> _Deed:
    words = deed.partition(":")[0].strip().lower()[:64]
    known = _DEEDS.get(words)
    if known is not None:
        return known
    verb = _SLUG.sub("-", words.partition(" ")[0]).strip("-")
    kind = _VERBS.get(verb, "change" if verb else "access")
    return _Deed(verb or "page-viewed", "iam" if of_users and kind != "access" else "configuration", kind)


def _observer(centre: str) -> dict[str, Any]:
    return {"vendor": "Cisco", "product": "fmc", "type": "management", "hostname": centre}


_LEVELS = ("emergency", "alert", "critical", "error", "warning", "notification", "informational", "debug")


def _log(priority: int) -> dict[str, Any]:
    return {"level": _LEVELS[priority % 8], "syslog": priority_fields(priority)}
