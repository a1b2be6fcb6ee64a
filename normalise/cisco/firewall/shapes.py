"""The table's small language: a message's text with `<name>` for what varies and `{Macro}` for what varies together.

The texts follow the "Cisco Secure Firewall ASA Series Syslog Messages" guide. `s_*` is the source, `d_*` the destination.
"""

import re
from dataclasses import dataclass
from typing import NamedTuple

from normalise.cisco.firewall.fields import Plan, plan_of


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a message says in ECS terms."""

    action: str = "firewall-rule"
    category: tuple[str, ...] = ("network",)
    type: tuple[str, ...] = ("info",)
    outcome: str | None = None
    kind: str = "event"
    own: bool = False  # the firewall itself is what it is about, so it is the host


class Shape(NamedTuple):
    """One compiled text of a message."""

    pattern: re.Pattern[str]
    meaning: Meaning
    plan: Plan


Row = tuple[str, str, Meaning]  # (numbers, text, meaning)

_FRAGMENTS = {
    "transport": r"[A-Za-z][\w-]*|\d+",
    "s_if": r"NP Identity Ifc|[^\s:/]+",
    "d_if": r"NP Identity Ifc|[^\s:/]+",
    "on_if": r"[^\s,]+?(?=[.,]?(?:\s|$))",
    "s": r"[^\s/,()<>]+",
    "d": r"[^\s/,()<>]+",
    "s_nat": r"[^\s/()]+",
    "d_nat": r"[^\s/()]+",
    "s_port": r"\d{1,9}",
    "d_port": r"\d{1,9}",
    "s_natport": r"\d{1,9}",
    "d_natport": r"\d{1,9}",
    "connection_id": r"\d+",
    "direction": r"[Ii]nbound|[Oo]utbound",
    "duration": r"(?:\d+d ?)?\d+h?:\d+m?:\d+s?",
    "bytes": r"\d{1,18}",
    "s_bytes": r"\d{1,18}",
    "d_bytes": r"\d{1,18}",
    "icmp_type": r"\d{1,3}",
    "icmp_code": r"\d{1,3}",
    "reason": r".+?",
    "group": r"[^>,]+?",
    "user": r"[^>,']+?",
    "user_acting": r"[^',]+",
    "account": r"[^\s',\"]+",
    "text": r".*",
    "command": r".*?",
    "url": r"\S+",
    "file": r".+?",
    "service": r"[\w.-]+",
    "flags": r"[\w+ ]+?",
    "rule_name": r"[^\s\"]+",
    "assigned_ip": r"[^\s>,]+",
}
_DEFAULT = r"[^\s,]+"
_USER = r"(?: ?\((?!type )(?P<{0}_user>[^),/]*)(?:, ?(?P<{0}_security_tag>[^)]*))?\))?"
_BARE_USER = r"(?: (?!to |duration )(?P<{0}_name>[^\s()]+))?"
_MACROS = {
    "S": r"<s_if>:\s?<s>(?:/<s_port>)?",
    "D": r"<d_if>:\s?<d>(?:/<d_port>)?",
    "SN": r"(?: ?\(<s_nat>(?:/<s_natport>)?\))?",
    "DN": r"(?: ?\(<d_nat>(?:/<d_natport>)?\))?",
    "SU": _USER.format("s"),
    "DU": _USER.format("d"),
    "SUN": _USER.format("s") + _BARE_USER.format("s"),
    "DUN": _USER.format("d") + _BARE_USER.format("d"),
    "DUA": r"(?:\((?P<d_user>[^),/]*)(?:, ?(?P<d_security_tag>[^)]*))?\))?",
    "SUA": r"(?:\((?P<s_user>[^),/]*)(?:, ?(?P<s_security_tag>[^)]*))?\))?",
    "BY": r"(?: \(<termination_user>\))?",
    "FROM": r"<s>(?:/<s_port>)?",
    "TO": r"<d>(?:/<d_port>)?",
    "ON": r" on interface <on_if>",
    "FILTERED": r"{S}{SN} to {D}{DN}, (?:(?P<listed_end>source|destination) )?(?:malicious address )?.*?"
    r"resolved from <list_name> list: <domain>(?:, threat-level: <threat_level>, category: <threat_category>)?",
    "ICMP": r"\(?type <icmp_type>, code <icmp_code>[),]?",
    "PEER": r"(?:Group = <group>, )?(?:Username = <user>, )?(?:IP = <s>, )?",
    "WHO": r"(?:TunnelGroup <?<tunnel_group>>? )?Group(?:Policy)? <?<group>>? User <?<user>>? IP <?<s>>?(?:,)? ",
    "IKE": r"Local: ?<d>:<d_port> Remote: ?<s>:<s_port> Username: ?<user>(?: IKEv2)? ",
}
_FRAGMENTS["termination_user"] = r"[^)]*"
_NAME = re.compile(r"(?<!\(\?P)<(\w+)>")
_BLANK = re.compile(r" (?![?+*])")
_MACRO = re.compile(r"\{([A-Z]+)\}")


def compile_text(text: str) -> re.Pattern[str]:
    """The regular expression of a table text; a space in it stands for one or more."""
    while _MACRO.search(text):
        text = _MACRO.sub(lambda match: _MACROS[match[1]], text)
    text = _BLANK.sub(" +", text)
    text = _NAME.sub(lambda match: f"(?P<{match[1]}>{_FRAGMENTS.get(match[1], _DEFAULT)})", text)
    return re.compile(text)


def compile_rows(*tables: tuple[Row, ...]) -> dict[str, tuple[Shape, ...]]:
    """Shapes by message number; of several texts of one number the first that fits counts."""
    found: dict[str, tuple[Shape, ...]] = {}
    for table in tables:
        for numbers, text, meaning in table:
            pattern = compile_text(text)
            shape = Shape(pattern, meaning, plan_of(pattern.groupindex))
            for number in _each(numbers):
                found[number] = (*found.get(number, ()), shape)
    return found


def _each(numbers: str) -> list[str]:
    """`302013 302015-302017` as single numbers."""
    each = []
    for word in numbers.split():
        first, dash, last = word.partition("-")
        each += [str(number) for number in range(int(first), int(last) + 1)] if dash else [first]
    return each
