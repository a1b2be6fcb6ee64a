"""What the parsers of the programs share: an address with its port, the categorisation, `linux.auth.*`."""

import re
from typing import Any, NamedTuple

from normalise.addresses import is_host as is_host
from normalise.addresses import is_number as is_number
from normalise.addresses import put_end as put_end
from vagt.contracts.event import Event

PREAUTH = " [preauth]"
LONGEST = (
    4096  # characters of a message that a regular expression sees; the longest of these programs' own messages are shorter
)


def put_place(event: Event, text: str, end: str = "source") -> None:
    """An end from `192.0.2.1 port 4711`, `192.0.2.1` or `gw.example.com via 192.0.2.9`, with words after it ignored."""
    words = text.split(None, 3)
    if words:
        put_end(event, end, words[0].rstrip(":,"), words[2] if len(words) > 2 and words[1] == "port" else None)


def put_user(event: Event, name: str) -> bool:
    """`user.name`, without the words that sshd puts before a name that it does not know; gives whether it did so."""
    for words in ("invalid user ", "illegal user "):
        if name.startswith(words):
            name = name[len(words) :]
            break
    else:
        words = ""
        if name == "<invalid username>":
            return True
    if name:
        event["user"] = {"name": name}
    return bool(words) or not name


def auth_fields(event: Event) -> dict[str, Any]:
    """`linux.auth`, made where it is missing."""
    linux = event.setdefault("linux", {})
    found: dict[str, Any] = linux.setdefault("auth", {})
    return found


class Message(NamedTuple):
    """A known message: a literal that stands in it, its pattern, and what it means (action, outcome, ECS types)."""

    literal: str
    pattern: re.Pattern[str]
    meaning: str


_GROUP = re.compile(r"\\\{(\w+)(?:\\?(~))?\\\}")
_NUMBERS = ("uid", "gid", "code", "number")


def messages(*lines: tuple[str, str]) -> tuple[Message, ...]:
    """Messages from (meaning, template): `{name}` is a word without blank, comma and quote, `{name~}` any text, `…` the rest.

    A `'` in a template stands for any quote. Names that are numbers: uid, gid, code, number.
    """
    return tuple(Message(_literal(template), _compile(template), meaning) for meaning, template in lines)


def _literal(template: str) -> str:
    return max(re.split(r"\{\w+~?\}|…|'", template), key=len)


def _compile(template: str) -> re.Pattern[str]:
    escaped = re.escape(template).replace("'", "[`'\"]").replace("…", ".*")
    return re.compile(_GROUP.sub(_group, escaped) + r"\s*", re.DOTALL)


def _group(match: re.Match[str]) -> str:
    name, loose = match.groups()
    if name in _NUMBERS:
        return rf"(?P<{name}>[0-9]{{1,10}})"
    return rf"(?P<{name}>.{{0,1024}}?)" if loose else rf"(?P<{name}>[^\s,'`\"]{{1,256}})"


def find_message(known: tuple[Message, ...], text: str) -> tuple[str, dict[str, str]] | None:
    """(meaning, groups that are not empty) of the first of `known` that `text` is."""
    for literal, pattern, meaning in known:
        if literal in text and (match := pattern.fullmatch(text)):
            return meaning, {name: value for name, value in match.groupdict().items() if value}
    return None
