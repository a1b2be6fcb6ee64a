"""Our own steps of pySigma pipelines: values that are spelt otherwise in ECS, names that are keys there, device paths."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sigma.conditions import ConditionOR
from sigma.processing.transformations.base import DetectionItemTransformation
from sigma.rule import SigmaDetection, SigmaDetectionItem
from sigma.types import Placeholder, SigmaExists, SigmaExpansion, SigmaNull, SigmaString, SigmaType, SpecialChars

from detections.pipelines.family import Values

Part = str | SpecialChars | Placeholder


def plain(value: SigmaType) -> str | None:
    """A value's text without its wildcards, in lower case; None where it has no text."""
    if isinstance(value, SigmaString):
        return "".join(part for part in value.s if isinstance(part, str)).lower()
    found = getattr(value, "boolean", getattr(value, "number", None))
    return None if found is None else str(found).lower()


def any_of(values: list[SigmaType]) -> SigmaType:
    """One value that stands for any of several."""
    return values[0] if len(values) == 1 else SigmaExpansion(values)


def item(field: str, *values: SigmaType | str) -> SigmaDetectionItem:
    """A detection item: the field has any of the values (texts are patterns)."""
    return SigmaDetectionItem(field, [], [SigmaString(one) if isinstance(one, str) else one for one in values])


@dataclass
class SpeltOtherwise(DetectionItemTransformation):
    """A value of a field becomes what events of ours may have instead."""

    values: Values

    def apply_detection_item(self, detection_item: SigmaDetectionItem) -> None:
        """In place."""
        known = self.values.get(detection_item.field or "")
        if known is not None:
            detection_item.value = [_spelt(value, known) for value in detection_item.value]


def _spelt(value: SigmaType, known: Mapping[str, tuple[str | None, ...]]) -> SigmaType:
    found = known.get(str(value).lower() if isinstance(value, SigmaString) else plain(value) or "")
    if found is None:
        return value
    return any_of([SigmaNull() if one is None else SigmaString(one) for one in found])


@dataclass
class NamesAreKeys(DetectionItemTransformation):
    """A list of names and values of Sigma's (`Parameters|contains: ForwardTo`) is an object in ECS: its key is asked for.
    Where the list was kept as it is, the name is sought in `Name`."""

    paths: Mapping[str, str]

    def apply_detection_item(self, detection_item: SigmaDetectionItem) -> SigmaDetection | None:
        """The item's replacement."""
        path = self.paths.get(detection_item.field or "")
        if path is None:
            return None
        asked: list[SigmaDetectionItem | SigmaDetection] = []
        for value in detection_item.value:
            if not isinstance(value, SigmaString):
                return None
            name = "".join(part for part in value.s if isinstance(part, str))
            there = item(f"{path}.{name}", SigmaExists(True))
            asked.append(SigmaDetection([there, item(f"{path}.Name", value)], item_linking=ConditionOR))
        return SigmaDetection(asked, item_linking=detection_item.value_linking)


@dataclass
class Respelt(DetectionItemTransformation):
    """Parts of paths that another event spells otherwise: `C:\\` is `\\device\\harddiskvolume3\\` in Security 5156.

    `parts`: what is replaced, case aside, and by what; a `*` in the replacement is a wildcard.
    """

    fields: frozenset[str]
    parts: tuple[tuple[re.Pattern[str], str], ...]

    def apply_detection_item(self, detection_item: SigmaDetectionItem) -> None:
        """In place."""
        if detection_item.field in self.fields:
            detection_item.value = [self._value(value) for value in detection_item.value]

    def _value(self, value: SigmaType) -> SigmaType:
        if type(value) is not SigmaString:
            return value
        found: list[Part] = list(value.s)
        for pattern, replacement in self.parts:
            found = [one for part in found for one in (_cut(part, pattern, replacement) if isinstance(part, str) else [part])]
        return pattern_of(found)


def pattern_of(parts: Sequence[Part]) -> SigmaString:
    """A pattern of these texts and wildcards."""
    found = SigmaString("")
    found.s = list(parts)
    return found


def _cut(text: str, pattern: re.Pattern[str], replacement: str) -> list[Part]:
    match = pattern.search(text)
    if match is None:
        return [text]
    first, star, last = replacement.partition("*")
    parts: list[Part] = [text[: match.start()] + first, last + text[match.end() :]]
    return [parts[0], SpecialChars.WILDCARD_MULTI, parts[1]] if star else [f"{parts[0]}{parts[1]}"]
