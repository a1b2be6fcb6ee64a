"""The pairs of a Meraki message, `key=value key='value'`, and the text after the last of them (`request: GET …`)."""

import re
from typing import NamedTuple

_PAIR = re.compile(r"([A-Za-z_]\w{0,40})\s?=\s?(?:'([^']*)'|(\S*))")
_TAIL = re.compile(r"(?:^| )(request|message|pattern): ?")


class Pairs(NamedTuple):
    """`lead` is the text before the first pair (`allow`), `tail` what follows `request: `, `message: ` or `pattern: `."""

    lead: str
    values: dict[str, str]
    tail_name: str
    tail: str


def read_message(text: str) -> Pairs:
    """The parts of a message. A tail may hold what looks like pairs (a URL's query): it is cut off first."""
    tail_name, tail = "", ""
    if ":" in text and (match := _TAIL.search(text)) is not None:
        tail_name, tail, text = match[1], text[match.end() :].strip(), text[: match.start()]
    equals = text.find("=")
    if equals < 0:
        return Pairs(text.strip(), {}, tail_name, tail)
    start = text.rfind(" ", 0, len(text[:equals].rstrip())) + 1
    values = {key.lower(): quoted or bare for key, quoted, bare in _PAIR.findall(text, start)}
    return Pairs(text[:start].strip(), values, tail_name, tail)
