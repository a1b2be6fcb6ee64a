"""ArcSight CEF 0.1 and 1.x (Micro Focus, "Common Event Format", 2010 to 2023): text to header and extension.

A vendor's source that gets CEF uses this module and `cef_fields.py`:

    SOURCE = Source(id="vendor.product", …, marks=(b"|Vendor|Product|",), recognise=cef_from(b"Vendor|Product"), rank=20)

    def parse(raw, zone):
        return [_event(line, raw, zone) for line in cef_lines(decode(raw.body)[0])]

    def _event(line, raw, zone):
        record = read_cef(line)                                        # raises NormaliseError
        event = cef_event(record, raw.received, zone, kind="firewall") # all that the CEF dictionary names, observer.type
        take = record.extension.pop                                    # the pairs that have no place in ECS, as sent
        rule = record.labelled.pop("Rule Name", None)                  # cs1=… cs1Label=Rule Name
        event["vendor"] = {"product": vendor_fields(record)}           # name, severity, extension, labelled: a bounded set
        return event

`meanings.add_meaning` guesses category and type from names; a source that knows its messages sets them itself.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from normalise.text import messages_of
from vagt.errors import NormaliseError

_START = re.compile(r"CEF: ?(?=[01](?:\.\d)?\|)")
_BARE = re.compile(r"[01](?:\.\d)?\|(?:[^|\n]{0,256}\|){5}")  # a relay that took `CEF:` for the program's name
_KEY = re.compile(r"\s([\w.\-\[\]]{1,128})=", re.ASCII)
_HEAD = re.compile(r"((?:[^|\\]|\\.)*)(?:\||$)", re.DOTALL)
_ESCAPED = re.compile(r"\\([\\=|nr])")
_PLAIN = {"n": "\n", "r": "\r"}
_PARTS = 7
_LONGEST = 262_144  # characters of one message; the rest stays in event.original


@dataclass(slots=True)
class Cef:
    """One message. `head` is what stands before `CEF:`; `extension` has the pairs by the keys as sent, without those that
    have a label; `labelled` has those, by label (`cs1=605 cs1Label=Rule ID` -> `{"Rule ID": "605"}`)."""

    head: str
    version: str
    vendor: str
    product: str
    device_version: str
    event_class: str
    name: str
    severity: str
    extension: dict[str, str] = field(default_factory=dict)
    labelled: dict[str, str] = field(default_factory=dict)


def read_cef(text: str, *, labels: bool = True) -> Cef:
    """The message in `text`, with whatever header before it. Raises NormaliseError where there is none, or half of one.

    `labels` is False for a vendor that writes values into `cs1Label`: `labelled` stays empty, all pairs are in `extension`.
    """
    text = text[:_LONGEST]
    if (start := _START.search(text)) is not None:
        head, at = text[: start.start()], start.end()
    elif (bare := _BARE.match(text)) is not None:
        head, at = "", bare.start()
    else:
        raise NormaliseError("no CEF header: CEF:0|vendor|product|version|class|name|severity|")
    parts = text[at:].split("|", _PARTS)
    if "\\" in text and any("\\" in part for part in parts[:_PARTS]):
        parts = _escaped_header(text[at:])
    if len(parts) < _PARTS:
        raise NormaliseError("the CEF header is cut: version, vendor, product, version, class, name and severity are wanted")
    extension = parts[_PARTS] if len(parts) > _PARTS else ""
    version, vendor, product, device_version, event_class, name, severity = [part.strip() for part in parts[:_PARTS]]
    record = Cef(head, version, vendor, product, device_version, event_class, name, severity, read_extension(extension))
    if labels and "Label=" in extension:
        _take_labels(record)
    return record


def _escaped_header(text: str) -> list[str]:
    """The header's parts where a `\\|` or `\\\\` is in one of them, and the extension."""
    parts: list[str] = []
    at = 0
    while len(parts) < _PARTS and at <= len(text):
        match = _HEAD.match(text, at)
        if match is None:
            break
        parts.append(_ESCAPED.sub(_unescape, match[1]))
        at = match.end() if match.end() > at else at + 1
        if match[0][-1:] != "|":
            break
    return [*parts, text[at:]] if len(parts) == _PARTS else parts


def _unescape(match: re.Match[str]) -> str:
    return _PLAIN.get(match[1], match[1])


def read_extension(text: str) -> dict[str, str]:
    """The pairs: a value goes on to the next ` key=`, without the blanks around it, and its escapes are undone.

    An `=` in a value should be escaped; one that is not does harm only behind a lone word. Of a key that comes twice the
    first value counts. A value may be empty.
    """
    _, *parts = _KEY.split(f" {text}")
    keys, values = parts[::2], parts[1::2]
    escaped, quoted = "\\" in text, '"' in text
    pairs = dict(zip(keys, map(str.strip, values), strict=True))
    if not escaped and not quoted and len(pairs) == len(keys):
        return pairs
    pairs = {}
    for key, value in zip(keys, values, strict=True):
        value = value.strip()
        if escaped and "\\" in value:
            value = _ESCAPED.sub(_unescape, value)
        if quoted and len(value) > 1 and value[0] == value[-1] == '"' and value.count('"') == 2:
            value = value[1:-1]  # against the standard, but CyberArk and Infoblox do
        if key not in pairs:
            pairs[key] = value
    return pairs


def _take_labels(record: Cef) -> None:
    pairs = record.extension
    for key in [key for key in pairs if key[-5:] == "Label"]:
        value = pairs.pop(key[:-5], None)
        label = pairs.pop(key).replace(".", "_")
        if not value:
            continue
        if label in record.labelled:
            pairs[key[:-5]] = value
        else:
            record.labelled[label] = value


_LINE = re.compile(r"[^\n]*?(?:CEF: ?[01](?:\.\d)?\||^[01]\|[^|\n]+\|[^|\n]+\|)")


def cef_lines(text: str) -> list[str]:
    """The messages of a record; a line that begins none (a line break in a value) goes on with the one before it."""
    return messages_of(text, lambda line: _LINE.match(line[:4096]))


_IN_BODY = re.compile(rb"CEF: ?[01](?:\.\d)?\|")
_LONGEST_HEAD = 1024  # bytes of a relay's header


def cef_from(*beginnings: bytes) -> Callable[[bytes], bool]:
    """A `recognise` for messages whose header begins so behind the version: `Vendor|` or `Vendor|Product`."""

    def recognise(body: bytes) -> bool:
        match = _IN_BODY.search(body, 0, _LONGEST_HEAD)
        if match is not None:
            return body.startswith(beginnings, match.end())
        return body[:2] in (b"0|", b"1|") and body.startswith(beginnings, 2)

    return recognise


def is_cef(body: bytes) -> bool:
    """Whether there is a CEF header, of any vendor."""
    return _IN_BODY.search(body, 0, _LONGEST_HEAD) is not None or _BARE_BODY.match(body) is not None


_BARE_BODY = re.compile(rb"[01]\|(?:[^|\n]{1,128}\|){5}(?:\d{1,2}|[A-Za-z-]{3,9})\|")
