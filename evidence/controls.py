"""`controls_for(tags)`: from a rule's tags to the controls that its findings are tagged with, after `catalogue/mapping.yml`."""

import re
from collections.abc import Sequence
from functools import cache, lru_cache
from itertools import zip_longest
from typing import Any, NamedTuple

from evidence.catalogue import read
from vagt.attack import normal_tag
from vagt.contracts.finding import Controls

MAX_ANNEX_A = 4
_FRAMEWORKS = ("nis2", "ir2690", "iso27001")
_TECHNIQUE = re.compile(r"attack\.(t\d{4}(?:\.\d{3})?)")
_SIGNAL = re.compile(r"(?:vagt\.signal|vagt|signal)\.(\w+)")
Links = tuple[tuple[str, ...], ...]  # control ids by framework, in the order of _FRAMEWORKS


class Mapping(NamedTuple):
    """The mapping as read: links by technique, tactic and signal, and those of a finding that none of them names."""

    version: str
    techniques: dict[str, Links]
    tactics: dict[str, Links]
    signals: dict[str, Links]
    default: Links


def controls_for(tags: Sequence[str]) -> Controls:
    """The controls of a finding whose rule has `tags`: NIS2, then the Implementing Regulation, then at most four of Annex A."""
    return _controls_for(tuple(tags))


def mapping_version() -> str:
    """The version that `controls_for` answers with."""
    return load_mapping().version


@cache
def load_mapping() -> Mapping:
    """The mapping of the catalogue, with its aliases followed."""
    document = read("mapping")
    techniques = _level(document["techniques"])
    techniques |= {alias: techniques[name] for alias, name in document["technique_aliases"].items()}
    tactics, signals = _level(document["tactics"]), _level(document["signals"])
    return Mapping(document["mapping_version"], techniques, tactics, signals, _links(document["default"]))


def _level(entries: dict[str, Any]) -> dict[str, Links]:
    return {key: _links(entry) for key, entry in entries.items()}


def _links(entry: dict[str, Any]) -> Links:
    return tuple(tuple(f"{framework}:{point}" for point in entry[framework]) for framework in _FRAMEWORKS)


@lru_cache(maxsize=8192)
def _controls_for(tags: tuple[str, ...]) -> Controls:
    mapping = load_mapping()
    normal = [normal_tag(tag) for tag in tags]
    chosen = (
        _technique_links(mapping, normal)
        or [mapping.tactics[name] for tag in normal if (name := tag.removeprefix("attack.")) in mapping.tactics]
        or [mapping.signals[m[1]] for tag in normal if (m := _SIGNAL.fullmatch(tag)) and m[1] in mapping.signals]
        or [mapping.default]
    )
    nis2, regulation, annex = (_in_turn([links[i] for links in chosen]) for i in range(len(_FRAMEWORKS)))
    return Controls((*nis2, *regulation, *annex[:MAX_ANNEX_A]), mapping.version)


def _technique_links(mapping: Mapping, tags: list[str]) -> list[Links]:
    found = []
    for tag in tags:
        if match := _TECHNIQUE.fullmatch(tag):
            links = mapping.techniques.get(match[1]) or mapping.techniques.get(match[1].partition(".")[0])
            if links:
                found.append(links)
    return found


def _in_turn(lists: list[tuple[str, ...]]) -> list[str]:
    """The union, the first of each list before the second of any: what matters most to each tag survives the limit."""
    return list(dict.fromkeys(one for turn in zip_longest(*lists) for one in turn if one is not None))
