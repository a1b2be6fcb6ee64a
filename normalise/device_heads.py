"""The syslog header before a CEF or LEEF message, as far as there is one; a header that is none costs no event."""

from datetime import datetime, tzinfo
from functools import lru_cache
from typing import Any, NamedTuple

from normalise.syslog_header import parse_header, priority_fields
from vagt.errors import NormaliseError

_LONGEST = 1024


class DeviceHead(NamedTuple):
    """What the header says."""

    time: str | None = None
    host: str | None = None
    priority: int | None = None
    app: str | None = None


@lru_cache(maxsize=1024)
def device_head(head: str, day: datetime, zone: tzinfo) -> DeviceHead:
    """The header in `head`, the text before the message; `day` is the day of receipt."""
    if not head or len(head) > _LONGEST:
        return DeviceHead()
    try:
        found = parse_header(f"{head}x", day, zone)  # something has to follow a host's name
    except NormaliseError:
        return DeviceHead()
    app = None if found.app in ("CEF", "LEEF", "x") else found.app
    return DeviceHead(found.time, found.host, found.priority, app)


def log_fields(priority: int | None, app: str | None) -> dict[str, Any]:
    """`log.*` of the header; for `shared_part`."""
    syslog: dict[str, Any] = {} if priority is None else priority_fields(priority)
    if app is not None:
        syslog["appname"] = app
    return {"syslog": syslog} if syslog else {}
