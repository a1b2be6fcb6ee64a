"""The columns of a W3C extended line: named by `#Fields:`, else told by what stands in them.

https://learn.microsoft.com/en-us/windows/win32/http/w3c-logging, …/troubleshoot/…/error-logging-http-apis (HTTPERR)
"""

from functools import lru_cache

from normalise.conform import valid_ip
from normalise.microsoft.header_lines import FIELDS, Names

_REQUEST = ("cs-method", "cs-uri-stem", "cs-uri-query", "s-port", "cs-username", "c-ip")
_TEXTS: dict[int, Names] = {
    0: (),
    1: ("cs(User-Agent)",),
    2: ("cs(User-Agent)", "cs(Referer)"),
    3: ("cs(User-Agent)", "cs(Cookie)", "cs(Referer)"),
    4: ("cs(User-Agent)", "cs(Cookie)", "cs(Referer)", "cs-host"),
}
_STATUS = ("sc-status", "sc-substatus", "sc-win32-status")
_NUMBERS: dict[int, Names] = {
    1: _STATUS[:1],
    3: _STATUS,
    4: (*_STATUS, "time-taken"),
    6: (*_STATUS, "sc-bytes", "cs-bytes", "time-taken"),
}
_BEFORE: dict[int, Names] = {0: (), 3: ("s-sitename", "s-computername", "s-ip")}
_ERROR = ("date", "time", "c-ip", "c-port", "s-ip", "s-port", "cs-version", "cs-method", "cs-uri")
_ERROR_ENDS: dict[int, Names] = {
    4: ("sc-status", "s-siteid", "s-reason", "s-queuename"),
    5: ("streamid", "sc-status", "s-siteid", "s-reason", "s-queuename"),
    6: ("streamid", "sc-status", "s-siteid", "s-reason", "s-queuename", "transport"),
}


def named(line: str) -> Names:
    """The names of a `#Fields:` line."""
    return _named(line) if len(line) < 2048 else tuple(line[len(FIELDS) :].split())


@lru_cache(maxsize=256)
def _named(line: str) -> Names:
    return tuple(line[len(FIELDS) :].split())


def infer(words: list[str]) -> Names | None:
    """The names of a line's columns, where it is one of the usual choices of fields; else None."""
    count = len(words)
    if count < 9 or count > 30 or not _is_moment(words):
        return None
    if count - len(_ERROR) in _ERROR_ENDS and _is_port(words[3]) and _is_port(words[5]):
        return _ERROR + _ERROR_ENDS[count - len(_ERROR)]
    at = _method_at(words)
    if at is None:
        return None
    before = _before(words[2:at])
    after = _after(words[at + len(_REQUEST) :])
    return None if before is None or after is None else ("date", "time", *before, *_REQUEST, *after)


def _is_moment(words: list[str]) -> bool:
    date, time = words[0], words[1]
    return len(date) == 10 and date[4] == "-" == date[7] and len(time) >= 8 and time[2] == ":" == time[5]


def _is_port(word: str) -> bool:
    return word.isdecimal() and len(word) < 6


def _method_at(words: list[str]) -> int | None:
    """Where the method stands: before a path, a query and a port."""
    for at in range(2, min(6, len(words) - 6)):
        word = words[at]
        if word.isupper() and word.isascii() and words[at + 3].isdecimal() and words[at + 1][0] in "/*-\\":
            return at
    return None


def _before(words: list[str]) -> Names | None:
    if len(words) in _BEFORE:
        return _BEFORE[len(words)]
    if len(words) == 1:
        return ("s-sitename",) if words[0].startswith("W3SVC") else ("s-ip",)
    return ("s-sitename", "s-ip" if valid_ip(words[1]) else "s-computername") if len(words) == 2 else None


def _after(words: list[str]) -> Names | None:
    """Version, texts, numbers, and a forwarding proxy's address at the end."""
    end: Names = ()
    if words and not words[-1].isdecimal():
        if len(words) < 2 or not words[-2].isdecimal():
            return None
        words, end = words[:-1], ("X-Forwarded-For",)
    begin: Names = ()
    if words and words[0].startswith("HTTP/"):
        words, begin = words[1:], ("cs-version",)
    texts = len(words)
    while texts and words[texts - 1].isdecimal():
        texts -= 1
    numbers = _NUMBERS.get(len(words) - texts)
    names = _TEXTS.get(texts)
    return None if numbers is None or names is None else (*begin, *names, *numbers, *end)
