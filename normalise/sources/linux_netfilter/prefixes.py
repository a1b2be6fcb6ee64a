"""The prefix of a rule (`--log-prefix`, nftables' `log prefix`) to what it says: verdict, rule, zones.

ufw: `[UFW BLOCK]`. EdgeOS and VyOS: `[WAN_IN-2000-D]`, `[LAN-WAN-default-D]` of zones. UniFi: `[WAN_LOCAL-D-2000] DESCR="..."`.
firewalld: `filter_IN_public_REJECT:`. Anybody's: `DROP_INPUT:`, `Shorewall:net-fw:DROP:`, `policy DROP:` (Proxmox VE).
"""

import re
from functools import lru_cache
from typing import NamedTuple

_LONGEST = 256


class Prefix(NamedTuple):
    """`types` are of `event.type` beside `connection`."""

    action: str | None
    types: tuple[str, ...]
    rule: str | None
    number: str | None = None
    description: str | None = None
    zones: tuple[str, str] | None = None


_UPTIME = re.compile(r"^\[ *[0-9]{1,12}\.[0-9]{1,9}\] ?")
_WHERE = re.compile(r"^(?:[^\s:]{1,255} )?kernel: ?")  # a host's name twice (UniFi), facility and level (OpenWrt)
# UniFi without `kernel:`
_NAME_TWICE = re.compile(r"^[^\s:\[\]]{1,255} (?=\[[\w.+-]{1,128}-(?:[ADRJ]|RET|default|[0-9]{1,10})-)")
_TAG = re.compile(r"[\w.+-]{1,128}-(?:(?:[ADRJ]|RET)-[0-9]{1,10}|(?:default|[0-9]{1,10})-[ADRJ])", re.ASCII)
_LETTER_LAST = re.compile(r"\[([\w.+-]{1,128})-(default|[0-9]{1,10})-([ADRJ])\]$", re.ASCII)
_LETTER_MIDDLE = re.compile(r"\[([\w.+-]{1,128})-([ADRJ]|RET)-([0-9]{1,10})\]", re.ASCII)
_DESCRIPTION = re.compile(r'DESCR="(?:\[[^\]"]{0,64}\] ?)?([^"]{0,128})"')
_LETTERS = {"A": "accept", "RET": "accept", "D": "drop", "R": "reject", "J": "reject"}
_WORD = re.compile(r"[A-Za-z][A-Za-z_]*")
_PART = re.compile(r"[A-Za-z]+")
_DENY = frozenset("DROP DROPPED DENY DENIED BLOCK BLOCKED REJECT REJECTED DISCARD DISCARDED BAN BANNED PROHIBIT".split())
_ALLOW = frozenset("ACCEPT ACCEPTED ALLOW ALLOWED PASS PASSED PERMIT PERMITTED".split())
_DENIED, _ALLOWED = ("denied",), ("allowed",)
_TYPES = {"accept": _ALLOWED, "drop": _DENIED, "reject": _DENIED}


def read_prefix(text: str) -> tuple[Prefix, str]:
    """What stands between the header and `IN=`: what it says, and its text without the kernel's time since its start."""
    text = _UPTIME.sub("", text.strip())
    if "kernel:" in text and (where := _WHERE.match(text)):
        text = _UPTIME.sub("", text[where.end() :])
    elif where := _NAME_TWICE.match(text):
        text = text[where.end() :]
    text = text[:_LONGEST]
    return (_read(text) if text else _NONE), text


def is_tag(text: str) -> bool:
    """Whether a prefix of EdgeOS or UniFi, without its brackets, was taken for a program's name."""
    return _TAG.fullmatch(text) is not None


_NONE = Prefix(None, (), None)


@lru_cache(maxsize=1024)
def _read(text: str) -> Prefix:
    if text.startswith("["):
        if match := _LETTER_LAST.match(text):
            name, number, letter = match.groups()
        elif match := _LETTER_MIDDLE.match(text):
            name, letter, number = match.groups()
        if match:
            action = _LETTERS[letter]
            description = found[1].strip() if (found := _DESCRIPTION.search(text)) else None
            zones = name.split("-")
            return Prefix(
                action, _TYPES[action], name, number, description or None, (zones[0], zones[1]) if len(zones) == 2 else None
            )
    word, types = _verdict(text)
    return Prefix(word, types, text.strip(" :[]") or None)


def _verdict(text: str) -> tuple[str | None, tuple[str, ...]]:
    """The first word that holds a verdict, in lower case."""
    for word in _WORD.findall(text):
        for part in _PART.findall(word.upper()):
            if part in _DENY:
                return word.lower(), _DENIED
            if part in _ALLOW:
                return word.lower(), _ALLOWED
    return None, ()
