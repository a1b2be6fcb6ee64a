"""Shapes of messages: which program says what, with whom in it; found by the program, then by a literal, then one regex.

A shape's text is a regular expression that is tried at the message's start. In it `<ip>`, `<host>`, `<user>`, `<reason>`,
`<port>`, `<dip>` and `<dport>` (of the server) are groups; `<user~>` is any text, as little as fits, `<user*>` as much as
fits, `<~>` any text that is no group. Where a shape has two places for one thing, the second is `address`, `account`, `why`.
"""

import re
from collections.abc import Iterable
from typing import NamedTuple

from normalise.sources.linux_auth.fields import put_end
from vagt.contracts.event import Event

LONGEST = 2048  # characters of a message that a regular expression sees


class Meaning(NamedTuple):
    """`outcome` may be empty: the message does not say it."""

    action: str
    category: tuple[str, ...]
    types: tuple[str, ...]
    outcome: str


_MEANINGS = {
    "login": Meaning("login", ("authentication",), ("info",), "failure"),
    "success": Meaning("login", ("authentication",), ("info",), "success"),
    "refused": Meaning("connection_refused", ("network",), ("connection", "denied"), "failure"),
    "aborted": Meaning("connection_aborted", ("network",), ("connection", "end"), "failure"),
    "mail": Meaning("mail_rejected", ("email",), ("info",), "failure"),
    "query": Meaning("query_refused", ("network",), ("denied", "protocol"), "failure"),
    "request": Meaning("request_refused", ("web",), ("error",), "failure"),
    "call": Meaning("call_refused", ("network",), ("connection", "denied"), "failure"),
    "attack": Meaning("attack_detected", ("intrusion_detection",), ("info",), "failure"),
    "ban": Meaning("address_banned", ("intrusion_detection",), ("denied",), "success"),
}
_ADDRESS = r"(?:(?:::[Ff]{4}:)?[0-9]{1,3}(?:\.[0-9]{1,3}){3}|[0-9A-Fa-f:]{0,37}:[0-9A-Fa-f:]{1,38})"
_GROUPS = {
    "ip": _ADDRESS,
    "dip": _ADDRESS,
    "address": _ADDRESS,
    "host": r"[^\s\[\]()<>,;'\"=]{1,255}",
    "user": r"[^\s,;'\"<>()]{1,256}",
    "reason": r"[^,;()\[\]]{1,256}",
    "port": "[0-9]{1,5}",
    "dport": "[0-9]{1,5}",
}
_MACRO = re.compile(r"(?<!\?P)<(?:(ip|dip|address|host|user|reason|port|dport)([~*]?)|([~*]))>")


class Shape(NamedTuple):
    """A literal that stands in the message, the pattern, and what it means."""

    literal: str
    pattern: re.Pattern[str]
    meaning: Meaning


Row = tuple[str, str, str, str]  # programs, meaning, literal, text


def shape(row: Row) -> tuple[list[str], Shape]:
    """The programs and the shape of a row."""
    programs, meaning, literal, text = row
    return programs.split(), Shape(literal, re.compile(_MACRO.sub(_group, text), re.DOTALL), _MEANINGS[meaning])


def _group(match: re.Match[str]) -> str:
    name, how = match[1], match[2] or match[3]
    inside = {"~": ".{0,256}?", "*": ".{0,256}"}.get(how) or _GROUPS[name]
    return f"(?P<{name}>{inside})" if name else inside


def by_program(rows: Iterable[Row]) -> dict[str, list[Shape]]:
    """The shapes of each program, in the order of the rows."""
    found: dict[str, list[Shape]] = {}
    for row in rows:
        programs, one = shape(row)
        for program in programs:
            found.setdefault(program, []).append(one)
    return found


def read_shapes(shapes: Iterable[Shape], message: str, event: Event) -> bool:
    """Whether `message` is one of `shapes`; if so what it says is added."""
    for literal, pattern, meaning in shapes:
        if literal in message and (match := pattern.match(message[:LONGEST])):
            _put(event, meaning, match.groupdict())
            return True
    return False


def _put(event: Event, meaning: Meaning, found: dict[str, str | None]) -> None:
    inner = event["event"]
    inner["action"] = meaning.action
    inner["category"] = list(meaning.category)
    inner["type"] = list(meaning.types)
    if meaning.category == ("intrusion_detection",):
        inner["kind"] = "alert"
    if meaning.outcome:
        inner["outcome"] = meaning.outcome
    address, host = found.get("ip") or found.get("address"), found.get("host")
    if address:
        put_end(event, "source", address, found.get("port"))
        if host and "source" in event and host.lower() not in ("unknown", address) and "ip" in event["source"]:
            event["source"].setdefault("domain", host.rstrip("."))
    elif host:
        put_end(event, "source", host, found.get("port"))
    if server := found.get("dip"):
        put_end(event, "destination", server, found.get("dport"))
    if user := (found.get("user") or found.get("account") or "").strip():
        event["user"] = {"name": user}
    if reason := (found.get("reason") or found.get("why") or "").strip():
        inner["reason"] = reason
