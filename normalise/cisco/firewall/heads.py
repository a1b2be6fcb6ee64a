"""What stands before `%ASA-6-302013: `: priority, stamp, host and process, also where a relay put its own header before it."""

from datetime import datetime, timedelta, tzinfo
from functools import lru_cache
from typing import NamedTuple

from normalise.syslog_header import parse_header
from vagt.clock import to_iso


class Head(NamedTuple):
    """`time` is ISO 8601 UTC or None, `host` the firewall's name or address, `process` what a log file names the sender."""

    time: str | None
    moment: datetime | None
    host: str | None
    process: str | None
    pid: str | None
    priority: int | None


@lru_cache(maxsize=4096)
def read_head(head: str, day: datetime, zone: tzinfo) -> Head:
    """Messages of one second share their head, so it is read once. `day`: `received_day`. Raises NormaliseError."""
    outer = parse_header(head + "%", day, zone)
    inner = parse_header(outer.message, day, zone) if len(outer.message) > 15 else outer
    time = inner.time or outer.time
    host, process = inner.host, inner.app
    if inner.pid is None and process is not None and host is None and "<" not in process:
        host, process = process, None
    return Head(
        time,
        datetime.fromisoformat(time) if time else None,
        host or outer.host,
        process,
        inner.pid,
        outer.priority,
    )


def before(moment: datetime, seconds: int) -> str:
    """ISO time `seconds` before `moment`."""
    return to_iso(moment - timedelta(seconds=seconds))
