"""Lines of text that hold one event: Snare's tabs, Wazuh's and OSSEC's old `WinEvtLog:`, NXLog's RFC 5424 elements.

Snare: https://docs.snaresolutions.com/ (`MSWinEventLog`, criticality, log, counter, time, id, source, user, kind of SID, kind
of event, computer, category, data, text); NXLog's `to_syslog_snare()` writes the same.
"""

import re
from datetime import tzinfo
from typing import Any

from normalise.sources.windows_eventlog.document import event_code, new_event, set_level, set_time
from normalise.sources.windows_eventlog.nxlog import from_flat
from normalise.sources.windows_eventlog.objects import account
from normalise.sources.windows_eventlog.rendered import read_rendered
from vagt.contracts.event import Event
from vagt.errors import NormaliseError

Fields = dict[str, Any]
SNARE = "MSWinEventLog"
OSSEC = "WinEvtLog: "
NXLOG = "[NXLOG@14506 "
_OSSEC = re.compile(
    r"(?P<channel>[^:]{1,128}): (?P<level>[A-Za-z_ ]{1,32})\((?P<code>\d{1,10})\): (?P<provider>[^:]{1,128}): "
    r"(?P<user>[^:]{0,256}): (?P<domain>[^:]{0,256}): (?P<computer>[^:]{1,256}): ?"
)
_PARAMETER = re.compile(r'([A-Za-z0-9_.-]{1,64})="((?:[^"\\]|\\.){0,32768})"')
_ESCAPED = re.compile(r'\\(["\\\]])')
_LONGEST_ELEMENT = 131_072
_MONTHS = {name: number for number, name in enumerate("Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(), 1)}


def from_text(line: str, zone: tzinfo) -> Event | None:
    """The event of a line in one of the forms; None for any other line. Raises NormaliseError for a damaged one."""
    if (at := line.find(SNARE)) >= 0:
        return _snare(line[at:], zone)
    if (at := line.find(NXLOG)) >= 0:
        return _nxlog(line[at + len(NXLOG) :], zone)
    if (at := line.find(OSSEC)) >= 0:
        return _ossec(line[at + len(OSSEC) :])
    return None


def _rendered_event(code: str, provider: str, channel: str, computer: str, message: str) -> Event:
    event = new_event(event_code(code), provider, channel, computer, read_rendered(message, provider, code))
    if message := message.strip():
        event["message"] = message
    return event


def _snare(line: str, zone: tzinfo) -> Event:
    parts = line.split("\t")
    if len(parts) < 13:
        raise NormaliseError(f"Snare's line has {len(parts)} fields; there are 13 and more")
    _, _, channel, counter, stamp, code, provider, user, _, kind, computer, category, *rest = parts
    message = max(rest, key=len)  # the text; before it strings, after it a counter or hash
    event = _rendered_event(code, provider, channel, computer, message)
    winlog = event["winlog"]
    if category and category not in ("None", "-"):
        winlog["task"] = category[:256]
    if counter.isdigit():
        winlog["record_id"] = counter[:32]
    _set_kind(event, kind)
    if (writer := account(user)) is not None and user not in ("N/A", "Unknown User"):
        winlog["user"] = writer
    set_time(event, (_snare_time(stamp),), zone)
    return event


def _snare_time(stamp: str) -> str | None:
    """`Sun Nov 22 10:15:30 2026` as ISO 8601."""
    parts = stamp.split()
    if len(parts) != 5 or parts[1] not in _MONTHS:
        return stamp or None
    return f"{parts[4]}-{_MONTHS[parts[1]]:02}-{parts[2]:0>2}T{parts[3]}"


def _set_kind(event: Event, kind: str) -> None:
    """`Success Audit`, `AUDIT_FAILURE(4625)`, `Information`, `WARNING`."""
    word = kind.replace("_", " ").strip().lower()
    if "audit" in word:
        event["event"]["outcome"] = "failure" if "fail" in word else "success"
        word = "information"
    set_level(event, word or "information")


def _ossec(line: str) -> Event:
    """The time is the relay's; the line itself has none in a form that names its zone."""
    match = _OSSEC.match(line)
    if match is None:
        raise NormaliseError("the line after WinEvtLog has none of its usual parts")
    event = _rendered_event(match["code"], match["provider"], match["channel"], match["computer"], line[match.end() :])
    _set_kind(event, match["level"])
    user: Fields = {}
    for name in ("domain", "user"):
        value = match[name].strip()
        if value and not value.startswith(("(no ", "no ")):
            user["name" if name == "user" else name] = value
    if user:
        event["winlog"]["user"] = user
    return event


def _nxlog(element: str, zone: tzinfo) -> Event:
    """The fields as parameters of RFC 5424's element (`to_syslog_ietf()`)."""
    fields: Fields = {}
    end = 0
    element = element[:_LONGEST_ELEMENT]
    while (match := _PARAMETER.match(element, end)) is not None:
        fields[match[1]] = _ESCAPED.sub(r"\1", match[2])
        end = match.end()
        if element[end : end + 1] != " ":
            break
        end += 1
    if (message := element[end:].removeprefix("]").strip()) and "Message" not in fields:
        fields["Message"] = message
    return from_flat(fields, zone)
