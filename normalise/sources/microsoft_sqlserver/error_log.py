"""A message of SQL Server's error log to ECS (https://learn.microsoft.com/en-us/sql/relational-databases/errors-events/).

2026-11-22 10:15:30.17 Logon       Login failed for user 'sa'. Reason: Password did not match that for the login provided. [CLIENT: 192.0.2.1]
"""  # noqa: E501  (a log line stays on one line)

import re
from datetime import tzinfo
from typing import Any

from normalise.addresses import put_end
from normalise.timestamps import from_iso_stamp
from vagt.contracts.event import Event

Inner = dict[str, Any]
LINE = re.compile(
    r"(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d[.,]\d{2,3}) (spid\d{1,9}s?(?=[ \t])|[A-Za-z]{2,24}(?=  |\t))[ \t]{1,12}(.*)",
    re.DOTALL,
)
_CLIENT = re.compile(r"\[CLIENT: ([^\]]{1,64})\]\s*$")
_FAILED = re.compile(r"Login failed for user '(.{0,256}?)'\.(?: Reason: (.{0,1024}?))?(?= \[CLIENT: |\s*$)", re.DOTALL)
_SUCCEEDED = re.compile(
    r"Login succeeded for user '(.{0,256}?)'\. Connection(?: made)? using (.{1,64}?) authentication\.", re.DOTALL
)
_ERROR = re.compile(r"Error: (\d{1,9}), Severity: (\d{1,2}), State: (\d{1,5})\.")
_OPTION = re.compile(r"Configuration option '([^']{1,128})' changed from (-?\d{1,12}) to (-?\d{1,12})\.")
_DATABASE_OPTION = re.compile(
    r"Setting database option (\S{1,64}(?: \S{1,64})?) to (\S{1,64}) for database '?([^'\s]{1,128})'?"
)
_DATABASE = re.compile(r"(?:Starting up database |[Dd]atabase: ?)'?([^',]{1,128})'?")
_SPID = re.compile(r"spid(\d{1,9})")
_ATTACKED = ("xp_cmdshell", "Ole Automation Procedures", "clr enabled", "clr strict security", "Ad Hoc Distributed Queries")

# the beginning of a message -> event.action, ECS types of the database
_BEGINNINGS = (
    ("BACKUP DATABASE", "backup", "access"),
    ("Database backed up", "backup", "access"),
    ("Log was backed up", "backup", "access"),
    ("Database was restored", "restore", "change"),
    ("RESTORE DATABASE", "restore", "change"),
    ("Starting up database", "database-start", "info"),
    ("SQL Server is terminating", "server-stop", "info"),
    ("SQL Server is now ready for client connections", "server-start", "info"),
    ("SQL Trace ID", "trace-started", "change"),
    ("SQL Trace stopped", "trace-stopped", "change"),
    ("DBCC TRACEON", "trace-flag-on", "change"),
    ("DBCC TRACEOFF", "trace-flag-off", "change"),
    ("Attempting to load library", "library-loaded", "info"),
    ("Using 'xp", "extended-procedure-loaded", "info"),
    ("Unsafe assembly", "assembly-loaded", "info"),
    ("AppDomain", "application-domain", "info"),
    ("The server will automatically attempt", "server-info", "info"),
)


def error_log_event(match: re.Match[str], zone: tzinfo) -> Event:
    """The event of a message that `LINE` matched. Raises NormaliseError for a time that is none."""
    stamp, origin, text = match.groups()
    inner: Inner = {"kind": "event", "category": ["database"], "type": ["info"]}
    log: dict[str, Any] = {"origin": origin}
    first, _, rest = text.partition("\n")
    event: Event = {
        "@timestamp": from_iso_stamp(stamp, zone),
        "event": inner,
        "message": first.rstrip(),
        "mssql": {"log": log},
    }
    if rest.strip():
        log["details"] = rest.rstrip()
    if spid := _SPID.match(origin):
        log["spid"] = int(spid[1])
    text = text[:16384]
    if origin == "Logon":
        _login(event, inner, log, text)
    elif not _error(inner, log, text):
        _others(event, inner, log, first[:4096])
    return event


def _login(event: Event, inner: Inner, log: dict[str, Any], text: str) -> None:
    if match := _FAILED.match(text):
        inner |= {"category": ["authentication", "database"], "action": "login-failed", "outcome": "failure"}
        if match[2]:
            inner["reason"] = match[2].strip()
    elif match := _SUCCEEDED.match(text):
        inner |= {"category": ["authentication", "database"], "action": "login-succeeded", "outcome": "success"}
        log["authentication"] = match[2]
    elif not _error(inner, log, text):
        inner["type"] = ["error"]
    if match is not None and match[1]:
        event["user"] = {"name": match[1]}
    if (client := _CLIENT.search(text)) is not None and not client[1].startswith("<"):
        put_end(event, "source", client[1])


def _error(inner: Inner, log: dict[str, Any], text: str) -> bool:
    match = _ERROR.match(text)
    if match is None:
        return False
    inner |= {"type": ["error"], "code": match[1], "severity": int(match[2])}
    log |= {"error": int(match[1]), "severity": int(match[2]), "state": int(match[3])}
    return True


def _others(event: Event, inner: Inner, log: dict[str, Any], text: str) -> None:
    if match := _OPTION.match(text):
        inner |= {"category": ["configuration", "database"], "type": ["change"], "action": "configuration-option-changed"}
        log |= {"option": match[1], "old_value": int(match[2]), "new_value": int(match[3])}
        if match[1] in _ATTACKED and match[3] == "1":
            inner["reason"] = "lets the server run what is not SQL"
        return
    if match := _DATABASE_OPTION.match(text):
        inner |= {"category": ["configuration", "database"], "type": ["change"], "action": "database-option-changed"}
        log |= {"option": match[1], "value": match[2], "database": match[3].rstrip(".")}
        return
    for beginning, action, kind in _BEGINNINGS:
        if text.startswith(beginning):
            inner |= {"type": [kind], "action": action}
            if (match := _DATABASE.search(text)) is not None:
                log["database"] = match[1].rstrip(".")
            return
