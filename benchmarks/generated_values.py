"""What one item of a generated selection asks, over all of Sigma's modifiers, and values that would answer it.

An item is `(key, values, hints)`: `field|modifier...`, what the rule asks, and `(field or None, value)` pairs of which an event
can be built. Hints need not match: the oracle decides.
"""

from base64 import b64encode
from collections.abc import Callable
from random import Random
from typing import Any, NamedTuple

FIELDS = (
    *("f", "g", "h", "CommandLine", "EventID", "Channel", "a.b", "a.c", "a.b.c", "x.y"),
    *("Threat Name", "Ærø/Å-1 (kWh)", "data{}.name", "@timestamp", "x.@y", "0"),
)
WORDS = (
    *("", "a", "A", "ab", "abc", "b", "bc", "B", ".exe", "-x", "/x", "–enc", " ", "\n", "\t", "\0", "\x7f", "$", "%x%"),
    *("\\", "\\\\", "c:\\users\\", "\\cmd.exe", "a/b/", 'say "no"', "1", "10", "-1", "1.5", "4625", "true", "False", "null"),
    *(
        "æ",
        "Å",
        "ß",
        "Σ",
        "σς",
        "İ",
        "ı",
        "\u212a",
        "𝕏",
        "\u2028",
        "blåbær",
        "pass\u017fword",
        "password",
        "mimikatz",
        "MimiKatz",
    ),
    "192.0.2.1",
)
PLACEHOLDERS = {"one": ("Srv1",), "wild": ("adm*", "*?x"), "many": ("a", "ab", "1", "blåbær"), "none": ()}
REGEXES = (
    *(("^ab+c$", "abbc"), ("b$", "ab\n"), ("[0-9]{2,3}", "x123"), ("(?i)A.C", "abc"), ("a|b", "b"), ("^$", ""), ("", "x")),
    *((r"\\cmd\.exe$", r"C:\CMD.exe"), (r"\$\d+", "$12"), ("[^a-z]+", "A1"), ("æ.å", "æøå"), ("^c$", "a\nc\nb")),
    *(("(a+)+$", "aaaa"), (r"\bpass", "a pass"), ("K", "\u212a"), ("[[:alpha:]]{3}", "abc"), (r"[$\]]x$", "$x\n")),
    ("a.c", "a\nc"),
)
NETWORKS = (
    *(("192.0.2.0/24", "192.0.2.9"), ("192.0.2.5", "192.0.2.5"), ("10.0.0.0/8", "10.0.0.1 "), ("0.0.0.0/0", "10.1.2.3")),
    *(("2001:db8::/32", "2001:DB8::1"), ("::/0", "fe80::1%eth0"), ("fe80::/10", "fe80::1%" + "a" * 70)),
    ("::ffff:0:0/96", "::ffff:1.2.3.4"),
)
TIMES = (
    "2026-11-22T10:15:30Z",
    "2026-11-22 12:15:30+02:00",
    "2026-11-22",
    1795342530,
    "1795342530000",
    "1999-12-31T23:59:59.9Z",
)
PARTS = (("minute", 15), ("hour", 10), ("day", 22), ("week", 47), ("month", 11), ("year", 2026))
CODECS = (*(("utf-8", ""), ("utf-16-le", "|wide"), ("utf-16-le", "|utf16le"), ("utf-16-be", "|utf16be"), ("utf-16", "|utf16")),)
DASHES = "-/–—―"
Hint = tuple[str | None, Any]


class Asked(NamedTuple):
    """One item of a selection."""

    key: str
    values: Any
    hints: list[Hint]


def text(random: Random, most: int = 3) -> str:
    """A short text of odd words."""
    return "".join(random.choice(WORDS) for _ in range(random.randint(1, most)))


def pattern(random: Random) -> tuple[str, str]:
    """A Sigma text with wildcards and escapes, and a value that fits it."""
    asked, value = [], []
    for _ in range(random.randint(1, 3)):
        match random.randrange(8):
            case 0:
                asked.append("*")
                value.append(text(random, 2))
            case 1:
                asked.append("?")
                value.append(random.choice("aZ?*\nß𝕏"))
            case 2:
                star = random.choice("*?\\")
                asked.append("\\" + star)
                value.append(star)
            case _:
                word = random.choice(WORDS)
                asked.append(word)
                value.append(word)
    return "".join(asked), "".join(value)


def dashed(random: Random, asked: str) -> str:
    """The text with its dashes turned into others."""
    return "".join(random.choice(DASHES) if one in DASHES else one for one in asked)


def item(random: Random, field: str | None) -> Asked:
    """An item that asks `field`; every value of the event where that is None."""
    makers = _MAKERS if field is not None else _KEYWORDS
    key, values, hints = random.choices(makers, [_WEIGHTS.get(one, 1) for one in makers])[0](random, field)
    if random.random() < 0.1:
        key += "|neq"
    return Asked((field or "") + key, values, hints)


def _placed(random: Random, field: str | None) -> Asked:
    """Texts under `contains` and its kin, `cased`, `windash`, `all` and `expand`, in any order that means something."""
    several = [pattern(random) for _ in range(random.choice((1, 1, 2, 3)))]
    modifiers = [random.choice(("contains", "contains", "startswith", "endswith"))] if random.random() < 0.7 else []
    modifiers += [name for name in ("cased", "windash", "all") if random.random() < 0.2]
    asked = [one for one, _ in several]
    values = [one for _, one in several]
    if "windash" in modifiers:
        asked = [random.choice((" -enc ", "/x -y", "–a/b", "-a -b -c -d")) + one[:20] for one in asked]
        values = [dashed(random, one) for one in asked]
    if random.random() < 0.15:
        modifiers.append("expand")
        name = random.choice(list(PLACEHOLDERS))
        asked = [f"{one.replace('%', '')}%{name}%" for one in asked]
        values = [one + random.choice(PLACEHOLDERS[name] or ("",)).replace("*", "!").replace("?", "-") for one in values]
    random.shuffle(modifiers)
    around = {"contains": ("<", "\n>"), "startswith": ("", "…"), "endswith": ("\n", "")}
    before, after = next((around[one] for one in modifiers if one in around), ("", ""))
    found = [before + one + after if random.random() < 0.8 else one for one in values]
    if "all" in modifiers and random.random() < 0.5:
        found = [" ".join(found)]
    return Asked(
        "".join(f"|{one}" for one in modifiers), asked if len(asked) > 1 else asked[0], [(field, one) for one in found]
    )


_SPELT: dict[str, Any] = {"4625": 4625, "1234.5": 1234.5, "true": True, "False": False}  # what is not text in JSON


def _plain(random: Random, field: str | None) -> Asked:
    texts = (*_SPELT, *_SPELT, pattern(random)[0], text(random))
    several = [random.choice((0, 1, 10, -1, 1.5, 4625, True, False, *texts)) for _ in range(2)]
    asked = several if random.random() < 0.5 else several[0]
    return Asked("", asked, [(field, random.choice((one, str(one), [one], _SPELT.get(str(one), one)))) for one in several])


def _null(random: Random, field: str | None) -> Asked:
    return Asked("", random.choice((None, "", ["", None])), [(field, random.choice((None, "", [], [None], {})))])


def _exists(random: Random, field: str | None) -> Asked:
    return Asked("|exists", random.random() < 0.6, [(field, random.choice((None, "", 1, [], {"x": 1})))])


def _regex(random: Random, field: str | None) -> Asked:
    several = [random.choice(REGEXES) for _ in range(random.choice((1, 1, 2)))]
    flags = "".join(f"|{flag}" for flag in "ims" if random.random() < 0.2)
    where = random.choice(("", "", "", "|contains", "|startswith", "|endswith"))
    every = "|all" if random.random() < 0.2 else ""
    hints: list[Hint] = [(field, random.choice(("", "x", "\n")) + value) for _, value in several]
    asked = [one for one, _ in several]
    if random.random() < 0.1:
        return Asked("|re|expand", [f"{one}%many%" for one in asked], [(field, value + "ab") for _, value in several])
    return Asked(f"|re{flags}{where}{every}", asked, hints)


def _network(random: Random, field: str | None) -> Asked:
    several = [random.choice(NETWORKS) for _ in range(random.choice((1, 2)))]
    return Asked("|cidr", [one for one, _ in several], [(field, value) for _, value in several])


def _compared(random: Random, field: str | None) -> Asked:
    bound = random.choice((0, 5, -1, 1.5, 9007199254740992))
    value = bound + random.choice((-1, 0, 1, 0.5))
    return Asked(f"|{random.choice(('lt', 'lte', 'gt', 'gte'))}", bound, [(field, random.choice((value, str(value))))])


def _part(random: Random, field: str | None) -> Asked:
    name, number = random.choice(PARTS)
    compared = random.choice(("", "", "|gte", "|lt"))
    return Asked(f"|{name}{compared}", number + random.choice((0, 0, 0, 1)), [(field, random.choice(TIMES))])


def _encoded(random: Random, field: str | None) -> Asked:
    asked = random.choice(("foobar", "blåbær", "ab", "cmd /c -x", r"a\*b"))
    codec, name = random.choice(CODECS)
    data = asked.replace("\\", "").encode(codec)
    if random.random() < 0.4:
        return Asked(f"{name}|base64", asked, [(field, b64encode(data).decode())])
    around = random.choice((b"", b"x", b"xy")) + data + random.choice((b"", b"z"))
    return Asked(f"{name}|base64offset|contains", asked, [(field, "…" + b64encode(around).decode())])


def _reference(random: Random, field: str | None) -> Asked:
    others = random.sample(FIELDS, random.choice((1, 1, 2)))
    where = random.choice(("", "|startswith", "|endswith", "|contains")) + random.choice(("", "|all"))
    value = text(random, 2)
    longer = random.choice((value, value.upper(), value + "x", "x" + value, f"<{value}>"))
    return Asked(f"|fieldref{where}", others, [(field, longer), *((other, value) for other in others)])


_Maker = Callable[[Random, str | None], Asked]
_MAKERS: tuple[_Maker, ...] = (_placed, _plain, _null, _exists, _regex, _network, _compared, _part, _encoded, _reference)
_KEYWORDS: tuple[_Maker, ...] = (_placed, _regex, _network, _encoded)
_WEIGHTS: dict[_Maker, int] = {_placed: 6, _plain: 2, _regex: 2}
