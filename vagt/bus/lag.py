"""Lag: how many records a consumer group has not finished, by topic; and whether a whole pipeline is drained."""

from collections.abc import Iterable

from vagt.bus.protocol import Bus


def lag(bus: Bus, group: str, wanted: Iterable[str]) -> dict[str, int]:
    """Records not yet committed by `group`, by topic. `wanted` as in a stage: names, or prefixes ending in `*`."""
    committed = bus.committed(group)
    behind: dict[str, int] = {}
    for topic in matching(bus.topics(), wanted):
        first = bus.first_offsets(topic)
        behind[topic] = sum(max(0, end - max(committed.get(at, 0), first[at])) for at, end in bus.next_offsets(topic).items())
    return behind


def matching(topics: Iterable[str], wanted: Iterable[str]) -> list[str]:
    """Those of `topics` that the names and prefixes in `wanted` mean."""
    patterns = list(wanted)
    return [name for name in topics if any(name.startswith(p[:-1]) if p.endswith("*") else name == p for p in patterns)]
