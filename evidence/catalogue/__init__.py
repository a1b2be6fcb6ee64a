"""The control catalogue, from the YAML beside: NIS2, Implementing Regulation 2024/2690, ISO/IEC 27001:2022, Danish ones.

Ids are `framework:point` (`nis2:21.2.b`, `ir2690:3.2.3`, `iso27001:A.8.15`). Each file names its source and licence.
"""

from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import yaml

FRAMEWORKS = {
    "nis2": "Directive (EU) 2022/2555 (NIS2)",
    "ir2690": "Implementing Regulation (EU) 2024/2690, annex",
    "iso27001": "ISO/IEC 27001:2022",
    "gdpr": "Regulation (EU) 2016/679 (GDPR)",
    "dktmk": "Tekniske minimumskrav for statslige myndigheder 2024",
    "cfcs": "CFCS: Logning",
}
_FILES = ("nis2", "ir2690", "iso27001", "gdpr", "denmark")


@dataclass(frozen=True, slots=True)
class Control:
    """One control. `title` by language; `coverage` direct, partial, indirect or none; `limit`: what records do not show."""

    id: str
    title: dict[str, str]
    coverage: str
    shown_by: tuple[str, ...] = ()
    limit: str = ""

    @property
    def framework(self) -> str:
        """The framework's name."""
        return FRAMEWORKS[self.id.partition(":")[0]]


@dataclass(frozen=True, slots=True)
class Measure:
    """What would show a control at work. `records`: the parts of an answer that hold it; none: not collected yet."""

    id: str
    title: dict[str, str]
    definition: str
    records: tuple[str, ...] = ()


def read(name: str) -> dict[str, Any]:
    """The YAML file `name` of the catalogue."""
    text = files("evidence").joinpath(f"catalogue/{name}.yml").read_text(encoding="utf-8")
    document: dict[str, Any] = yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506 - both are safe
    return document


@cache
def controls() -> dict[str, Control]:
    """All controls by id, in the order of their frameworks."""
    found: dict[str, Control] = {}
    for name in _FILES:
        for key, entry in read(name).items():
            shown_by = tuple(entry.get("shown_by", ()))
            found[key] = Control(key, entry["title"], entry["coverage"], shown_by, entry.get("limit", ""))
    return found


@cache
def measures() -> dict[str, Measure]:
    """All measures by id."""
    return {
        key: Measure(key, entry["title"], entry["definition"], tuple(entry.get("records", ())))
        for key, entry in read("measures")["measures"].items()
    }


@cache
def coverage_words() -> dict[str, dict[str, str]]:
    """What each word of coverage means, by language."""
    words: dict[str, dict[str, str]] = read("measures")["coverage"]
    return words
