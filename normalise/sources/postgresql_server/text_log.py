"""The text of PostgreSQL's server log to its parts (https://www.postgresql.org/docs/current/runtime-config-logging.html).

    2026-11-22 10:15:30.244 CET [23922] anne@sager LOG:  statement: select 1

`log_line_prefix` is free: what is read is a time (`%m`, `%t`) and, in any order behind it, process and line (`[%p]`,
`[%p-%l]`), `%u@%d`, `%h`, `%r`, and `user=%u,db=%d,app=%a,client=%h`.
"""

import re
from functools import lru_cache

from normalise.conform import valid_ip

Parts = dict[str, str]  # by the keys of jsonlog

SEVERITIES = "LOG|ERROR|FATAL|PANIC|WARNING|NOTICE|INFO|DEBUG[1-5]?|DETAIL|HINT|STATEMENT|CONTEXT|LOCATION|QUERY|BACKTRACE"
_STAMP = r"(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d{1,6})?) ([A-Za-z]{1,5}|[+-]\d\d(?::?\d\d)?)"
_LINE = re.compile(
    rf"(?:{_STAMP}(?=[ :]))?([^\n]{{0,512}}?)(?<![A-Za-z])({SEVERITIES}):  (?:((?=\D{{0,4}}\d)[0-9A-Z]{{5}}): )?(.*)", re.DOTALL
)
BEGINS = re.compile(rf"<\d{{1,3}}>|{_STAMP}|[A-Z][a-z]{{2}} [ \d]\d \d\d:\d\d:\d\d |\{{")
_RDS = re.compile(r":(.{0,255}?)(?:\((\d{1,5})\))?:([^@:]{0,63})@([^:]{0,63}):\[(\d{1,10})\]:")  # %t:%r:%u@%d:[%p]:
_PID = re.compile(r"\[(\d{1,10})(?:-(\d{1,10}))?\]:?")
_REMOTE = re.compile(r"([0-9A-Fa-f.:]{3,45})(?:\((\d{1,5})\))?")
_NAMED = {"user": "user", "db": "dbname", "app": "application_name", "client": "remote_host", "host": "remote_host"}
_NONE = ("", "[unknown]", "[local]")


def read_text(text: str) -> Parts | None:
    """The parts of one message; None where it is none."""
    match = _LINE.match(text)
    if match is None:
        return None
    stamp, zone, prefix, severity, state, message = match.groups()
    if stamp is None and prefix.strip() and not prefix.lstrip().startswith("["):
        return None
    parts = dict(_read_prefix(prefix))
    if stamp is not None:
        parts["timestamp"] = f"{stamp} {zone}"
    parts["error_severity"] = severity
    if state is not None:
        parts["state_code"] = state
    parts["message"] = message
    return parts


@lru_cache(maxsize=4096)
def _read_prefix(prefix: str) -> Parts:
    if (match := _RDS.match(prefix)) is not None:
        host, port, user, database, pid = match.groups()
        named = {"remote_host": host, "remote_port": port, "user": user, "dbname": database, "pid": pid}
        return {key: value for key, value in named.items() if value and value not in _NONE}
    parts: Parts = {}
    for word in prefix.replace(",", " ").split():
        _read_word(word, parts)
    return {key: value for key, value in parts.items() if value not in _NONE}


def _read_word(word: str, parts: Parts) -> None:
    if word[0] == "[" and (match := _PID.fullmatch(word)) is not None:
        if "pid" not in parts:
            parts["pid"] = match[1]
        if match[2]:
            parts.setdefault("line_num", match[2] if "pid" not in parts or parts["pid"] == match[1] else match[1])
        return
    key, equals, value = word.partition("=")
    if equals and key in _NAMED:
        parts.setdefault(_NAMED[key], value)
        return
    user, at, database = word.rstrip(":").rpartition("@")
    if at:
        parts.setdefault("user", user)
        parts.setdefault("dbname", database)
    elif (match := _REMOTE.fullmatch(word)) is not None and valid_ip(match[1]):
        parts.setdefault("remote_host", match[1])
        if match[2]:
            parts.setdefault("remote_port", match[2])
