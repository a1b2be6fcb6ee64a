"""One syslog event of Veeam Backup & Replication in, its ECS event out; its parameters stay under `veeam.backup.*`.

`<14>1 time host Veeam_MP - - [origin enterpriseId="31023"] [categoryId=0 instanceId=190 JobName="..." Description="..."]`. Not
quite RFC 5424: an element without a name, and values that hold quotes without a backslash (XML).
"""

import re
from datetime import tzinfo
from typing import Any

from normalise.conform import shared_part
from normalise.endpoints import endpoint_fields
from normalise.header_fields import add_header
from normalise.pairs import cut_at_blanks
from normalise.partly import partly
from normalise.source import Source
from normalise.sources.veeam_backup.events import event_meaning
from normalise.syslog_header import SyslogHeader, parse_header
from normalise.text import decode
from vagt.contracts.event import Event
from vagt.contracts.raw import RawLog
from vagt.errors import NormaliseError

_LONGEST = 65536
_APP = re.compile(r"(?P<app>Veeam_[A-Za-z]{2,16})(?:\[\d{1,10}\])?(?: - -|:)? ?(?=\[(?:origin |categoryId=))")
_LONGEST_HEAD = 512
_NEW = re.compile(r"(?:<\d{1,3}>)?1 ")
_IDS = re.compile(r"\[categoryId=(?P<category>-?\d{1,10}) instanceId=(?P<id>\d{1,10}) ?")
_NAME = re.compile(r" {0,4}(?P<name>[A-Za-z]\w{0,63})=\"")
_END = re.compile(r"(?<!\\)\"(?= {1,4}[A-Za-z]\w{0,63}=\"|\s{0,4}\]|\s{0,4}\Z)")
_END_OF_XML = re.compile(r">\"(?= {1,4}[A-Za-z]\w{0,63}=\"|\s{0,4}\]|\s{0,4}\Z)")
_FULL_NAME = re.compile(r"fullName=\\?\"(?P<name>[^\"\\]{1,128}(?:\\{1,2}[^\"\\]{1,128})?)\\?\"")
_ESCAPED = re.compile(r'\\(["\\\]])')
_RESULTS = {"0": "success", "1": "success", "2": "failure", "Success": "success", "Warning": "success", "Failed": "failure"}
_RESULT_NAMES = ("JobResult", "TaskResult", "Result", "Status", "SessionResult")
_USERS = ("UserName", "FriendlyName", "InitiatorName")
_FULL_USERS = ("UserFullInfo", "InitiatorFullInfo")
_STATES = re.compile(r"finished with (Success|Warning|Failed|Error)\b")


def parse(raw: RawLog, zone: tzinfo) -> list[Event]:
    """One event. Raises NormaliseError for a record without Veeam's name and an event id."""
    text = decode(raw.body)[0][:_LONGEST].strip("\r\n\0 ")
    at = text.find("Veeam_", 0, _LONGEST_HEAD)
    app = _APP.match(text, at) if at > 0 else None
    ids = _IDS.search(text, app.end(), app.end() + _LONGEST_HEAD) if app else None
    if app is None or ids is None:
        raise NormaliseError("no event of Veeam: Veeam_MP and [categoryId=.. instanceId=..] are wanted")
    header = _header(text[:at].rstrip(), app["app"], raw, zone)
    values = read_parameters(text, ids.end())
    meaning = event_meaning(ids["id"])
    inner: dict[str, Any] = {"code": ids["id"], "provider": app["app"]}
    event: Event = {"event": inner}
    if meaning is None:
        inner["category"], inner["type"] = ["host"], ["info"]
        partly(event, f"event {ids['id']}")
    else:
        inner.update(kind=meaning.kind, category=list(meaning.category), type=list(meaning.type), action=meaning.action)
        if meaning.outcome:
            inner["outcome"] = meaning.outcome
    _fill(event, inner, values)
    event["observer"] = shared_part("observer", _observer, values.get("VbrHostName") or header.host, values.get("VbrVersion"))
    event["veeam"] = {"backup": {"category_id": ids["category"], **values}}
    add_header(event, header)
    return [event]


def _header(head: str, app: str, raw: RawLog, zone: tzinfo) -> SyslogHeader:
    """The header; Veeam's name may stand behind RFC 5424's fields or as RFC 3164's tag."""
    if not _NEW.match(head):
        return parse_header(f"{head} {app}: x", raw.received, zone)
    if head[0] == "<":
        return parse_header(f"{head} {app} - - - x", raw.received, zone)
    return parse_header(f"<14>{head} {app} - - - x", raw.received, zone)._replace(priority=None)


def read_parameters(text: str, at: int) -> dict[str, str]:
    """All `Name="value"` from `at` on. A quote ends a value where a next name or the end follows; XML ends with its `>`."""
    if text.endswith('"]') and (pairs := cut_at_blanks(text[at:-1])) is not None:
        return {name: _plain(value) for name, value in pairs.items() if value}
    found: dict[str, str] = {}
    while (match := _NAME.match(text, at)) is not None:
        start = match.end()
        end = (_END_OF_XML if text.startswith("<", start) else _END).search(text, start)
        if end is None:
            found[match["name"]] = text[start:]
            break
        stop = end.end() - 1
        value = text[start:stop]
        if value:
            found[match["name"]] = _plain(value)
        at = end.end()
    return found


def _plain(value: str) -> str:
    if "\\" not in value or not ('\\"' in value or "\\\\" in value or "\\]" in value):
        return value
    return _ESCAPED.sub(r"\1", value)


def _fill(event: Event, inner: dict[str, Any], values: dict[str, str]) -> None:
    if description := values.pop("Description", ""):
        event["message"] = description
    _set_user(event, values)
    if "outcome" not in inner:
        state = next((values[name] for name in _RESULT_NAMES if name in values), None)
        if state is None and (match := _STATES.search(description[:1024])):
            state = {"Error": "Failed"}.get(match[1], match[1])
        if state in _RESULTS:
            inner["outcome"] = _RESULTS[state]
    if endpoint := values.get("Endpoint") or values.get("SourceIpAddress"):
        event["source"] = endpoint_fields(endpoint)
    if inner.get("kind") == "alert":
        event["rule"] = {"name": values.get("ActivityType", inner["action"])}
        if inner["code"] == "41600" and description:
            inner["reason"] = description
    elif inner.get("outcome") == "failure" and description:
        inner["reason"] = description


def _set_user(event: Event, values: dict[str, str]) -> None:
    name = next((values[key] for key in _USERS if values.get(key)), None)
    if name is None:
        info = next((values[key] for key in _FULL_USERS if key in values), "")
        match = _FULL_NAME.search(info[:1024])
        name = match["name"].replace("\\\\", "\\") if match else None
    if name is not None:
        domain, slash, plain = name.rpartition("\\")
        event["user"] = {"name": plain, "domain": domain} if slash and domain else {"name": plain or name}
        if sid := values.get("SID"):
            event["user"]["id"] = sid


def _observer(host: str | None, version: str | None) -> dict[str, Any]:
    observer = {"vendor": "Veeam", "product": "Backup & Replication", "type": "backup", "name": host, "version": version}
    return {name: value for name, value in observer.items() if value}


def recognise(body: bytes) -> bool:
    """Veeam's program and the element with its event id."""
    head = body[:1024]
    return b"Veeam_" in head and b"[categoryId=" in head and b" instanceId=" in head


SOURCE = Source(
    id="veeam.backup",
    title="Veeam Backup & Replication",
    parse=parse,
    marks=(b"Veeam_",),
    recognise=recognise,
    rank=20,
    sender="host",
)
