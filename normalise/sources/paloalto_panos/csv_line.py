"""One line to its syslog header and its comma-separated fields; a field in double quotes may hold commas and doubled quotes."""

import csv
import re

from vagt.errors import NormaliseError

START = re.compile(
    r"(?<![^ >\ufeff])(?:[0-9]{1,20},[0-9]{4}[/-][0-9]{2}[/-][0-9]{2}[ T][0-9:.+Z-]{5,24},[^,]{0,64},([A-Z][A-Z-]{2,19}),"
    r"|[0-9A-Za-z-]{1,32},[0-9]{4}/[0-9]{2}/[0-9]{2} [0-9:]{8},(audit|AUDIT),)"
)
_YEAR = re.compile(r",[0-9]{4}[/-]")
_TYPES = (
    b"TRAFFIC|THREAT|DECRYPTION|TUNNEL|START|END|CONFIG|SYSTEM|GLOBALPROTECT|USERID|HIPMATCH|HIP-MATCH|AUTHENTICATION|IPTAG|"
    b"CORRELATION|GTP|SCTP"
)
KNOWN = re.compile(
    rb"(?<![^ >\xbf])(?:[0-9]{1,20},20[0-9]{2}[/-][0-9]{2}[/-][0-9]{2}[ T][0-9:.+Z-]{5,24},[^,]{0,64},(?:" + _TYPES + rb"),"
    rb"|[0-9A-Za-z-]{1,32},20[0-9]{2}/[0-9]{2}/[0-9]{2} [0-9:]{8},(?:audit|AUDIT),)"
)
_LONGEST_HEADER = 1024
_TYPE_AT = 3
_DATE = 10  # characters of `2026/11/22`, behind which the time follows
_OCTETS = re.compile(r"[0-9]{1,7} (?=<)")


def has_start(text: str) -> bool:
    """Whether a log begins in the text's first 1,024 characters; most texts without one cost no search for it."""
    return _YEAR.search(text, 0, _LONGEST_HEADER) is not None and START.search(text, 0, _LONGEST_HEADER) is not None


def split_line(text: str) -> tuple[str, str, list[str]]:
    """(syslog header, log type in capitals, fields). Raises NormaliseError."""
    at = text.rfind(" ", 0, text.find(",", 0, _LONGEST_HEADER)) + 1  # the usual: a header without commas, and a blank
    fields = _fields(text[at:] if at else text)
    if len(fields) > _TYPE_AT + 1 and fields[0].isdecimal() and _begins(fields):
        return _head(text, at), fields[_TYPE_AT], fields
    match = START.search(text, 0, _LONGEST_HEADER)
    if match is None:
        raise NormaliseError("no PAN-OS log: it begins with a number, a time, a serial number and a type, parted by commas")
    at = match.start()
    return _head(text, at), match[1] or "AUDIT", _fields(text[at:] if at else text)


def _begins(fields: list[str]) -> bool:
    stamp, kind = fields[1], fields[_TYPE_AT]
    return len(stamp) > _DATE and stamp[:4].isdecimal() and stamp[4] in "/-" and 2 < len(kind) < 21 and kind.isupper()


def _head(text: str, at: int) -> str:
    head = text[:at] if at else ""
    if head[:1].isdecimal() and (octets := _OCTETS.match(head)):
        head = head[octets.end() :]
    return head


def _fields(text: str) -> list[str]:
    if '"' not in text:
        return text.split(",")
    try:
        return next(csv.reader((text,)))
    except (csv.Error, StopIteration):  # a field over 128 KiB
        raise NormaliseError("the comma-separated fields cannot be read") from None
