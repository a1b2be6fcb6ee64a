"""IBM LEEF 1.0 and 2.0 ("Log Event Extended Format", QRadar): text to header and attributes.

A vendor's source uses it as it uses `cef.py`: `read_leef(line)`, then `leef_fields.leef_event(record, raw.received, zone)`,
which takes what the standard names out of `record.attributes`; what is left goes to the vendor's object.
`leef_from(b"Vendor|Product")` recognises a vendor's messages.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass

from normalise.text import messages_of
from vagt.errors import NormaliseError

_START = re.compile(r"LEEF: ?(?=[12](?:\.\d)?\|)")
_NAME = r"[A-Za-z_][\w.\-\[\]]{0,127}"
_KEY = re.compile(rf"(?<!\S)({_NAME})=", re.ASCII)
_BARRED = re.compile(rf"(?<![^|])({_NAME})=", re.ASCII)
_DELIMITER = re.compile(r"(?:(?:0?x)([0-9A-Fa-f]{1,4})|([^\w\s]|\t|))\|")
_UNBARRED = re.compile(r"(?<!\\)\|")
_PARTS = 5
_LONGEST = 262_144  # characters of one message; the rest stays in event.original


@dataclass(slots=True)
class Leef:
    """One message. `head` is what stands before `LEEF:`; `attributes` are its pairs, by the names as sent."""

    head: str
    version: str
    vendor: str
    product: str
    product_version: str
    event_id: str
    attributes: dict[str, str]


def read_leef(text: str) -> Leef:
    """The message in `text`, with whatever header before it. Raises NormaliseError where there is none, or half of one."""
    text = text[:_LONGEST]
    start = _START.search(text)
    if start is None:
        raise NormaliseError("no LEEF header: LEEF:1.0|vendor|product|version|event id|")
    at = start.end()
    header = text[at : at + 4096]
    parts = header.split("|", _PARTS) if "\\|" not in header else _UNBARRED.split(header, _PARTS)
    if len(parts) <= _PARTS:
        raise NormaliseError("the LEEF header is cut: version, vendor, product, version and event id are wanted")
    at += sum(len(part) + 1 for part in parts[:_PARTS])
    version, vendor, product, product_version, event_id = [part.strip().replace("\\|", "|") for part in parts[:_PARTS]]
    delimiter = ""
    if version.startswith("2") and (given := _DELIMITER.match(text, at)) is not None:
        delimiter = chr(int(given[1], 16)) if given[1] else given[2]
        at = given.end()
    attributes = read_attributes(text[at:], delimiter)
    return Leef(text[: start.start()], version, vendor, product, product_version, event_id, attributes)


def read_attributes(text: str, delimiter: str = "") -> dict[str, str]:
    """The pairs of `text`. Without a delimiter a tab parts them, a tab that a relay wrote as `#011`, a bar (Palo Alto) or,
    where there is none of these, blanks. Empty values are left out; of a key that comes twice the first value counts."""
    if not delimiter:
        delimiter = "\t" if "\t" in text else next((one for one in ("#011", "\\t") if one in text), "")
    if delimiter:
        found = (part.partition("=")[::2] for part in text.split(delimiter))
    else:
        pattern = _BARRED if len(_BARRED.findall(text[:1024])) > 1 else _KEY
        _, *parts = pattern.split(text)
        found = ((key, value.removesuffix("|")) for key, value in zip(parts[::2], parts[1::2], strict=True))
    attributes: dict[str, str] = {}
    for key, value in found:
        key, value = key.strip(), value.strip()
        if value and key and len(key) <= 128 and key not in attributes:
            attributes[key] = value
    return attributes


def leef_lines(text: str) -> list[str]:
    """The messages of a record; a line without a header goes on with the one before it."""
    return messages_of(text, lambda line: _START.search(line[:1024]))


_IN_BODY = re.compile(rb"LEEF: ?[12](?:\.\d)?\|")
_LONGEST_HEAD = 1024  # bytes of a relay's header


def leef_from(*beginnings: bytes) -> Callable[[bytes], bool]:
    """A `recognise` for messages whose header begins so behind the version: `Vendor|` or `Vendor|Product`."""

    def recognise(body: bytes) -> bool:
        match = _IN_BODY.search(body, 0, _LONGEST_HEAD)
        return match is not None and body.startswith(beginnings, match.end())

    return recognise


def is_leef(body: bytes) -> bool:
    """Whether there is a LEEF header, of any vendor."""
    return _IN_BODY.search(body, 0, _LONGEST_HEAD) is not None
