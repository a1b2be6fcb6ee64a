"""Lag: how many records a consumer group has not finished, by topic; and whether a whole pipeline is drained."""

from collections.abc import Iterable

from vagt.bus.protocol import Bus


def lag(bus: Bus, group: str, wanted: Iterable[str]) -> dict[str, int]:
    """Records not yet committed by `group`, by topic. `wanted` as in a stage: names, or prefixes ending in `*`."""
    committed = bus.committed(group)
    topics = matching(bus.topics(), wanted)
    behind = dict.fromkeys(topics, 0)
    for place, (first, end) in bus.ends(topics).items():
        behind[place.topic] += max(0, end - max(committed.get(place, 0), first))
    return behind


def matching(topics: Iterable[str], wanted: Iterable[str]) -> list[str]:
    """Those of `topics` that the names and prefixes in `wanted` mean."""
    patterns = list(wanted)
    return [name for name in topics if any(name.startswith(p[:-1]) if p.endswith("*") else name == p for p in patterns)]
