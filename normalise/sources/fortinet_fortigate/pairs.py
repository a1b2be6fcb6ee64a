"""Text of a FortiGate message to its key=value pairs (FortiOS Log Message Reference, "Log format"): values are bare or
in double quotes, where a backslash escapes a quote or a backslash; `set format csv` puts commas between the pairs."""

import re

_START = re.compile(r"(?<![\w.-])(?:date|timestamp|devname|device_id|logver|itime|eventtime|logid|vd)=")
_LONGEST_HEADER = 1024
# a key begins where its word begins, and is bounded: a long word costs its length, not the square of it
_ESCAPED = re.compile(r'(?<![\w.-])([\w.-]{1,64})=(?:"([^"\\]*(?:\\.[^"\\]*)*)"|([^\s,]*))')
_CSV = re.compile(r'(?<![\w.-])([\w.-]{1,64})=(?:"([^"]*)"|([^,]*))')
_UNESCAPE = re.compile(r"\\([\\\"'])")


def pairs_start(text: str) -> int:
    """Where the pairs begin, after priority, stamp and host of a syslog header; -1 where there are none."""
    match = _START.search(text, 0, _LONGEST_HEADER)
    return match.start() if match else -1


def read_pairs(text: str) -> dict[str, str]:
    """All pairs of one message, keys in lower case; of a key that comes twice the last value counts."""
    if ",time=" in text:
        return _by_pattern(text, _CSV)
    found = _by_pattern(text, _ESCAPED) if "\\" in text else _by_blanks(text)
    return found if "logid" in found else {key.lower(): value for key, value in found.items()}


def _by_blanks(text: str) -> dict[str, str]:
    """Cut behind quoted values, then at blanks, for the text without escapes: quicker than a regular expression."""
    found: dict[str, str] = {}
    for part in text.split('" '):
        key, quote, value = part.partition('="')
        if " " in key or not quote:
            words = key.split()
            key = words.pop() if words and quote else ""
            for word in words:
                name, equals, bare = word.partition("=")
                if equals:
                    found[name] = bare
        if key:
            found[key] = value
    if text[-1:] == '"' and key:
        found[key] = value[:-1]
    return found


def _by_pattern(text: str, pattern: re.Pattern[str]) -> dict[str, str]:
    found = {}
    for key, quoted, bare in pattern.findall(text):
        value = quoted or bare
        found[key] = _UNESCAPE.sub(r"\1", value) if "\\" in value else value
    return found
