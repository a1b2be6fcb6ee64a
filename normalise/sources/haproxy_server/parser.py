"""A line of HAProxy's log in, its ECS event out; HAProxy's own values stay under `haproxy.*`."""

import re
from datetime import tzinfo
from typing import Any

from normalise.addresses import put_end
from normalise.carried import carried, look, put_carrier, read_lines
from normalise.conform import shared_part
from normalise.pairs import read_pairs
from normalise.partly import partly
from normalise.source import Source
from normalise.sources.haproxy_server.traffic import LOOKS_LIKE, traffic_event
from vagt.contracts.event import Event
from vagt.contracts.raw import RawLog
from vagt.errors import NormaliseError

# what the process itself says: servers that go up and down, proxies that start and stop
_SERVER = re.compile(
    r"(?:\[\w{1,16}\] +)?(?:Backup )?[Ss]erver ([^\s/]{1,255})/(\S{1,255}) is (?:going )?(UP|DOWN|MAINT|DRAIN)\b"
)
_PROXY = re.compile(r"[Pp]roxy (\S{1,255}) (started|stopped)\b|backend (\S{1,255}) has no server available")


def parse(raw: RawLog, zone: tzinfo) -> list[Event]:
    """One event a line. Raises NormaliseError."""
    return [_parse_line(line, raw, zone) for line in read_lines(raw)]


def _parse_line(text: str, raw: RawLog, zone: tzinfo) -> Event:
    record = carried(text, raw, zone)
    message = record.message.strip()
    event = traffic_event(message, zone)
    if event is None:
        if not _is_haproxy(record.app):
            raise NormaliseError("none of HAProxy's HTTP, TCP, error and default log formats")
        event = _process_event(message)
    if record.message is not text:
        put_carrier(event, record)
    event["observer"] = shared_part("observer", _observer, record.host)
    return event


def _observer(host: str | None) -> dict[str, Any]:
    observer = {"vendor": "HAProxy", "product": "HAProxy", "type": "load balancer"}
    return observer if host is None else {**observer, "name": host, "hostname": host}


def _is_haproxy(app: str | None) -> bool:
    return app is not None and app.startswith("haproxy")


def _process_event(message: str) -> Event:
    inner: dict[str, Any] = {"kind": "event", "category": ["web"], "type": ["info"]}
    event: Event = {"event": inner, "message": message}
    if (match := _SERVER.match(message)) is not None:
        inner["action"] = f"server-{match[3].lower()}"
        event["haproxy"] = {"backend_name": match[1], "server_name": match[2].rstrip(".,")}
    elif (match := _PROXY.match(message)) is not None:
        inner["action"] = f"proxy-{match[2]}" if match[2] else "no-server-available"
        event["haproxy"] = {"backend_name" if match[3] else "frontend_name": match[1] or match[3]}
    elif message.startswith("client_ip="):
        _put_pairs(event, inner, read_pairs(message))
    else:
        partly(event, "message in another format")
    return event


def _put_pairs(event: Event, inner: dict[str, Any], pairs: dict[str, str]) -> None:
    """A `log-format` of pairs (`client_ip=%ci client_port=%cp …`), as Splunk's add-on asks for."""
    inner["type"] = ["access"]
    put_end(event, "source", pairs["client_ip"], pairs.get("client_port"))
    event["haproxy"] = {"pairs": pairs}
    partly(event, "log-format of pairs")


def recognise(body: bytes) -> bool:
    """A line that begins as HAProxy's do, or the program's name."""
    if LOOKS_LIKE.match(body[:1024].decode("utf-8", "replace")) is not None:
        return True
    if b"haproxy" not in body[:1024]:
        return False
    return _is_haproxy(look(body).app)


SOURCE = Source(
    id="haproxy.server",
    title="HAProxy (HTTP, HTTPS, TCP, error and default log formats)",
    parse=parse,
    marks=(b"haproxy", b"/20"),
    recognise=recognise,
    rank=20,
    framings=("syslog", "file"),
    sender="host",
)
