"""Sigma's value modifiers where pySigma does not do all that specification 2.1 (appendix "modifiers") asks; ours take the
place of its own when this module is imported.

expand              lists in place of placeholders, alternatives even under `all`; `\\%` is a percent sign
windash             Unicode dashes in the rule's value count too; any number of them
wide, utf16*        any text, not only ASCII; `utf16le` is known
base64, base64offset   of those bytes; a value too short to be recognised is refused
startswith, endswith, contains   of a regular expression: where in the value it is to be found
"""

import re
from base64 import b64encode
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from ipaddress import ip_network
from itertools import product
from typing import Any, ClassVar, cast

from sigma import modifiers as sigma_modifiers
from sigma.policy import SigmaPolicy
from sigma.types import (
    Placeholder,
    SigmaCasedString,
    SigmaCIDRExpression,
    SigmaExpansion,
    SigmaFieldReference,
    SigmaRegularExpression,
    SigmaString,
    SigmaType,
    SpecialChars,
)

from detections.patterns import DASHES
from detections.placeholders import Placeholders, values_of
from vagt.errors import RuleError

PLAIN_PERCENT = "\U0010fffe"  # what `\\%` is until the placeholders are found; no character of any text
DASH = "_windash"  # the name of the placeholder that stays in a string for "any dash"
MOST_VALUES = 10_000  # that one value of a rule may become
_SPELT_OUT = 3  # dashes of a value, up to which each spelling is a value of its own: those are found faster
_PLACEHOLDER = re.compile(r"%([^%\\]+)%")
_MEANING_NOTHING = frozenset(("Expand", "SigmaAllModifier", "SigmaNegateModifier"))
_FLAG_DASH = re.compile(rf"\B[{DASHES}]\b")


@dataclass
class Lists(SigmaPolicy):
    """What a rule is parsed with: pySigma's own policy and the lists behind placeholders."""

    placeholders: Placeholders = field(default_factory=dict)

    def __deepcopy__(self, _: object) -> "Lists":
        return self  # never changed, and its regular expressions cannot be copied


class Expand(sigma_modifiers.SigmaExpandModifier):
    """Each placeholder becomes the values of its list. Raises RuleError where it has none."""

    def modify(self, val: SigmaString | SigmaRegularExpression) -> Any:
        """The alternatives."""
        if isinstance(val, SigmaRegularExpression):
            return SigmaExpansion([self._regex(one, val) for one in _expanded([str(val.regexp)], self._lists(), True)])
        found: list[SigmaType] = [_string(parts, val) for parts in _expanded(val.s, self._lists(), False)]
        return SigmaExpansion([*found, *self._networks(val)])

    def _networks(self, val: SigmaString) -> Iterator[SigmaCIDRExpression]:
        """The networks of the list that is the whole value, where no other modifier says how its values are meant: rules
        write `SourceIp|expand: '%trusted_ranges%'`, as pySigma's own `cidr` and `expand` exclude each other."""
        named = _PLACEHOLDER.fullmatch(val.s[0]) if len(val.s) == 1 and isinstance(val.s[0], str) else None
        if named is None or not _MEANING_NOTHING.issuperset(one.__name__ for one in self.detection_item.modifiers):
            return
        for value in values_of(named[1], self._lists()):
            if "/" in value:
                with suppress(ValueError):
                    yield SigmaCIDRExpression(str(ip_network(value, strict=False)))

    def _lists(self) -> Placeholders:
        policy = self.detection_item.policy
        return policy.placeholders if isinstance(policy, Lists) else {}

    def _regex(self, parts: list[Any], val: SigmaRegularExpression) -> SigmaType:
        return SigmaRegularExpression("".join(parts), set(val.flags), self.detection_item.policy)


def _expanded(parts: list[Any], lists: Placeholders, as_regex: bool) -> Iterator[list[Any]]:
    """The parts with every placeholder replaced, in all combinations."""
    choices: list[list[list[Any]]] = []
    for part in parts:
        if not isinstance(part, str):
            choices.append([[part]])
            continue
        pieces = _PLACEHOLDER.split(part)  # text and names by turns
        for number, piece in enumerate(pieces):
            if number % 2:
                choices.append([_inserted(value, as_regex) for value in values_of(piece, lists)])
            elif piece:
                choices.append([[piece.replace(PLAIN_PERCENT, "%")]])
    total = 1
    for choice in choices:
        total *= len(choice)
    if total > MOST_VALUES:
        raise RuleError(f"a value with placeholders becomes more than {MOST_VALUES} values: make the lists shorter")
    return ([part for some in combination for part in some] for combination in product(*choices))


def _inserted(value: str, as_regex: bool) -> list[Any]:
    parts = SigmaString(value).s
    if not as_regex:
        return list(parts)
    wild = {SpecialChars.WILDCARD_MULTI: "(?s:.*)", SpecialChars.WILDCARD_SINGLE: "(?s:.)"}
    return [re.escape(part) if isinstance(part, str) else wild[cast(SpecialChars, part)] for part in parts]


def _string(parts: list[Any], like: SigmaString) -> SigmaString:
    """A string of the class of `like` (cased or not); neighbouring texts are made one."""
    made = type(like)()
    for part in parts:
        if isinstance(part, str) and made.s and isinstance(made.s[-1], str):
            made.s[-1] += part
        else:
            made.s.append(part)
    return made


class WindowsDash(sigma_modifiers.SigmaWindowsDashModifier):
    """A dash or slash that begins a word may be any of DASHES."""

    def modify(self, val: SigmaString) -> SigmaExpansion:
        """All spellings; beyond a few dashes one string with a sign for "any dash" in it."""
        parts = val.replace_with_placeholder(_FLAG_DASH, DASH).s
        dashes = sum(_is_dash(part) for part in parts)
        if dashes > _SPELT_OUT:
            return SigmaExpansion([_string(parts, val)])
        spellings = product(*(list(DASHES) if _is_dash(part) else [part] for part in parts))
        return SigmaExpansion([_string(list(one), val) for one in spellings])


def _is_dash(part: Any) -> bool:
    return isinstance(part, Placeholder) and part.name == DASH


class Encoded(SigmaString):
    """A text in UTF-16. Where no base64 follows, it is sought as the text whose characters are those bytes."""

    data: bytes


class CasedEncoded(Encoded, SigmaCasedString):
    """The same, of a text whose case counts."""


class Utf16(sigma_modifiers.SigmaValueModifier[SigmaString, SigmaString]):
    """Encode as UTF-16, little endian."""

    codec: ClassVar[str] = "utf-16-le"
    mark: ClassVar[bytes] = b""

    def modify(self, val: SigmaString) -> SigmaString:
        """The encoded text."""
        made = CasedEncoded() if isinstance(val, SigmaCasedString) else Encoded()
        made.data = self.mark + _plain(val, "UTF-16").encode(self.codec)
        made.s = [made.data.decode("latin-1")] if made.data else []
        return made


class Utf16BigEndian(Utf16):
    """Encode as UTF-16, big endian."""

    codec = "utf-16-be"


class Utf16WithMark(Utf16):
    """Encode as UTF-16, little endian, with the byte order mark before it."""

    mark = b"\xff\xfe"


def _plain(val: SigmaString, into: str) -> str:
    if any(not isinstance(part, str) for part in val.s):
        raise RuleError(f"a value with wildcards (or with many dashes under `windash`) cannot be encoded in {into}")
    return "".join(part for part in val.s if isinstance(part, str))


def _bytes(val: SigmaString) -> bytes:
    text = _plain(val, "Base64")
    data = val.data if isinstance(val, Encoded) else text.encode()
    if not data:
        raise RuleError("an empty value cannot be sought in Base64")
    return data


def _cased_like(val: SigmaString, text: str) -> SigmaString:
    return SigmaCasedString(text) if isinstance(val, SigmaCasedString) else SigmaString(text)


class Base64(sigma_modifiers.SigmaBase64Modifier):
    """Encode in Base64."""

    def modify(self, val: SigmaString) -> SigmaString:
        """The whole encoded text."""
        return _cased_like(val, b64encode(_bytes(val)).decode())


class Base64Offset(sigma_modifiers.SigmaBase64OffsetModifier):
    """What stays the same of the Base64 text, at each of the three places where the value may begin."""

    def modify(self, val: SigmaString) -> SigmaExpansion:
        """The three texts. A character is kept where all of its six bits are the value's."""
        data = _bytes(val)
        if len(data) < 2:
            raise RuleError("one byte cannot be recognised in Base64: `base64offset` needs a longer value")
        found = []
        for before in range(3):
            text = b64encode(b"\0" * before + data + b"\0" * (-(before + len(data)) % 3)).decode()
            found.append(_cased_like(val, text[-(-before * 8 // 6) : (before + len(data)) * 8 // 6]))
        return SigmaExpansion(list(found))


Placed = SigmaString | SigmaRegularExpression | SigmaFieldReference


class Contains(sigma_modifiers.SigmaContainsModifier):
    """`contains`; a regular expression is sought anywhere as it is."""

    def modify(self, val: Placed) -> Placed:
        """The value, placed."""
        return val if isinstance(val, SigmaRegularExpression) else super().modify(val)


class StartsWith(sigma_modifiers.SigmaStartswithModifier):
    """`startswith`; a regular expression must be found at the begin of the value."""

    def modify(self, val: Placed) -> Placed:
        """The value, placed."""
        return _framed(r"\A(?:", val, ")") if isinstance(val, SigmaRegularExpression) else super().modify(val)


class EndsWith(sigma_modifiers.SigmaEndswithModifier):
    """`endswith`; a regular expression must be found at the end of the value."""

    def modify(self, val: Placed) -> Placed:
        """The value, placed."""
        return _framed("(?:", val, r")\z") if isinstance(val, SigmaRegularExpression) else super().modify(val)


def _framed(before: str, val: SigmaRegularExpression, after: str) -> SigmaRegularExpression:
    return SigmaRegularExpression(f"{before}{val.regexp}{after}", set(val.flags), val.policy)


class Cidr(sigma_modifiers.SigmaCIDRModifier):
    """`cidr`, also of networks that stand in a list."""

    def modify(self, val: SigmaString) -> SigmaCIDRExpression:
        """The network."""
        if not all(issubclass(one, Expand) for one in self.applied_modifiers):
            raise RuleError("`cidr` is the only modifier of a network but `expand`, `all` and `neq` after it")
        return SigmaCIDRExpression(str(val), source=self.source)


sigma_modifiers.modifier_mapping.update(
    {
        "expand": Expand,
        "windash": WindowsDash,
        "wide": Utf16,
        "utf16le": Utf16,
        "utf16be": Utf16BigEndian,
        "utf16": Utf16WithMark,
        "base64": Base64,
        "base64offset": Base64Offset,
        "contains": Contains,
        "startswith": StartsWith,
        "endswith": EndsWith,
        "cidr": Cidr,
    }
)
