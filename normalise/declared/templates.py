"""A template (`%{client:ip}:%{port:long} - "%{request}"`) to a function that reads a text by it, in linear time.

A name takes the text up to the first place where the literal behind it stands; its type then says whether that text will do.
"""

import re
from collections.abc import Callable
from typing import NamedTuple

from normalise.conform import valid_ip

Read = Callable[[str], "dict[str, str] | None"]
_NAME = re.compile(r"%\{(?P<name>[A-Za-z_][\w.]{0,63}|)(?::(?P<type>[a-z]+))?\}")
_NUMBER = re.compile(r"[+-]?\d{1,19}")
_FLOAT = re.compile(r"[+-]?\d{1,19}(?:\.\d{0,19})?")
CHECKS: dict[str, Callable[[str], object]] = {
    "text": lambda _: True,
    "some": bool,
    "word": lambda value: bool(value) and not any(char.isspace() for char in value),
    "long": _NUMBER.fullmatch,
    "float": _FLOAT.fullmatch,
    "ip": valid_ip,
}


class Part(NamedTuple):
    """A name with its check, and the literal behind it."""

    name: str
    check: Callable[[str], object]
    literal: str


def literals_of(template: str) -> list[str]:
    """The literals of a template, the longest first."""
    return sorted((part for part in _NAME.sub("\0", template).split("\0") if part), key=len, reverse=True)


def names_of(template: str) -> set[str]:
    """The names that a template reads."""
    return {match["name"] for match in _NAME.finditer(template) if match["name"]}


def compile_template(template: str) -> Read:
    """Raises ValueError that says what is wrong with the template."""
    start, parts = _parts(template)

    def read(text: str) -> dict[str, str] | None:
        if not text.startswith(start):
            return None
        at = len(start)
        found: dict[str, str] = {}
        for name, check, literal in parts:
            end = text.find(literal, at) if literal else len(text)
            if end < 0:
                return None
            value = text[at:end]
            if not check(value):
                return None
            if name:
                found[name] = value
            at = end + len(literal)
        return found if at == len(text) else None

    return read


def _parts(template: str) -> tuple[str, list[Part]]:
    matches = list(_NAME.finditer(template))
    if not matches:
        raise ValueError("the template reads nothing: write %{name} or %{name:type}")
    if template.count("%{") != len(matches):
        raise ValueError("a %{…} is not closed, or its name is not one: %{name} or %{name:type}, letters, digits and _")
    parts = []
    for number, match in enumerate(matches):
        end = matches[number + 1].start() if number + 1 < len(matches) else len(template)
        literal = template[match.end() : end]
        if not literal and number + 1 < len(matches):
            raise ValueError(f"nothing parts {match[0]} from {matches[number + 1][0]}: put the text between them that does")
        kind = match["type"] or "text"
        if kind not in CHECKS:
            raise ValueError(f"{match[0]}: no type {kind}; the types of a template are {', '.join(CHECKS)}")
        parts.append(Part(match["name"], CHECKS[kind], literal))
    return template[: matches[0].start()], parts
