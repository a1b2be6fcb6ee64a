"""The tables' small language: mnemonics, an expression of their text with `{Macro}` for what comes often, what it means."""

import re
from typing import NamedTuple

from normalise.cisco.firewall.shapes import Meaning

Row = tuple[str, str, Meaning]  # (mnemonics, expression of the text, meaning)

_IP = r"[0-9A-Fa-f.:]{2,45}"
_MACROS = {
    "S": rf"(?P<s>{_IP})",
    "D": rf"(?P<d>{_IP})",
    "SP": rf"(?P<s>{_IP})\((?P<s_port>\d{{1,5}})\)",
    "DP": rf"(?P<d>{_IP})\((?P<d_port>\d{{1,5}})\)",
    "SC": r"(?P<s>\d+\.\d+\.\d+\.\d+|\[[0-9A-Fa-f:]+\])(?::(?P<s_port>\d{1,5}))?",
    "DC": r"(?P<d>\d+\.\d+\.\d+\.\d+|\[[0-9A-Fa-f:]+\])(?::(?P<d_port>\d{1,5}))?",
    "VIA": r"(?: ?\((?:(?P<ingress>[\w/.-]+) )?\*?(?:(?P<mac>[0-9a-fA-F.:]{12,17}))?[^)]{0,40}\))?",
    "PACKETS": r"(?:, (?P<packets>\d{1,12}) packets?)?",
    "PROTOCOL": r"(?P<transport>[A-Za-z][\w-]*|\d+)",
    "MAC": r"(?P<mac>[0-9a-fA-F]{4}\.[0-9a-fA-F]{4}\.[0-9a-fA-F]{4}|(?:[0-9a-fA-F]{2}[:-]){5}[0-9a-fA-F]{2})",
    "IF": r"(?P<interface>[A-Za-z][\w/.:-]*\w)",
    "PORT": r"(?P<ingress>[A-Za-z][\w/.:-]*\w)",
    "USER": r"(?P<user>[^\s\]\)',\"]+)",
    "NAMED": r"'(?P<user>[^']*)'",
    "PEER": rf"(?P<peer>{_IP})",
    "REASON": r"(?P<reason>.+?)\.?$",
    "RESULT": r"(?P<result>[Ss]ucceeded|[Ff]ailed)",
}
_MACRO = re.compile(r"\{([A-Z]+)\}")


class Shape(NamedTuple):
    """One compiled text; `names` are its groups."""

    pattern: re.Pattern[str]
    meaning: Meaning
    names: tuple[str, ...]


def compile_rows(*tables: tuple[Row, ...]) -> dict[str, tuple[Shape, ...]]:
    """Shapes by mnemonic (`CONFIG_I`), or by facility and mnemonic (`LINK-UPDOWN`); of several the first that fits counts."""
    found: dict[str, tuple[Shape, ...]] = {}
    for table in tables:
        for keys, text, meaning in table:
            pattern = re.compile(_MACRO.sub(lambda match: _MACROS[match[1]], text))
            shape = Shape(pattern, meaning, tuple(pattern.groupindex))
            for key in keys.split():
                found[key] = (*found.get(key, ()), shape)
    return found
