"""A folder of rules that changes under a running stage: what the tests of reloading are made of."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from detections.app import build_correlator, build_matcher
from detections.reloading import Reloading
from tests.detections.scene import NOW, context, no_controls
from vagt.bus.protocol import Bus
from vagt.clock import Clock
from vagt.context import Context
from vagt.contracts.stage import Stage

AT_ONCE = Reloading(start=lambda work: work(), seconds=0.0)
LOOKS = 4  # seen, still there, read, taken


def rule(number: int, more: str = "outcome: failure", attributes: str = "") -> str:
    """A rule whose id and title end with `number`; it wants `event.<more>`."""
    return f"""
title: Rule {number}
id: 6f7d5d6e-1d53-4c5f-9d22-0d7d8c3b{number:04}
name: rule_{number}
taxonomy: ecs
level: low
{attributes}
logsource: {{product: linux, service: linux.auth}}
detection:
    s: {{event.{more}}}
    condition: s
"""


def rule_id(number: int) -> str:
    """The id of that rule."""
    return f"6f7d5d6e-1d53-4c5f-9d22-0d7d8c3b{number:04}"


def correlation(number: int, of: int, threshold: int, timespan: str = "10m") -> str:
    """A correlation that counts matches of rule `of` by source address."""
    return f"""
title: Correlation {number}
id: 6f7d5d6e-1d53-4c5f-9d22-0d7d8c3b{number:04}
taxonomy: ecs
level: high
correlation:
    type: event_count
    rules: rule_{of}
    group-by: source.ip
    timespan: {timespan}
    generate: true
    condition:
        gte: {threshold}
"""


@dataclass
class Folder:
    """Rule files, and a stage that watches them. `settle` lets the stage look as often as a change needs to be taken over."""

    path: Path
    more: dict[str, Any] = field(default_factory=dict)
    clock: Clock = lambda: NOW
    stage: Stage = field(init=False)
    context: Context = field(init=False)

    def __post_init__(self) -> None:
        self.rules = self.path / "rules"
        self.rules.mkdir(parents=True)

    def write(self, name: str, text: str) -> None:
        (self.rules / f"{name}.yml").write_text(text, encoding="utf-8")

    def remove(self, name: str) -> None:
        (self.rules / f"{name}.yml").unlink()

    def matcher(self, how: Reloading = AT_ONCE) -> Stage:
        return self._run(lambda made: build_matcher(made, no_controls, how))

    def correlator(self, bus: Bus, how: Reloading = AT_ONCE) -> Stage:
        return self._run(lambda made: build_correlator(made, bus, no_controls, how))

    def _run(self, build: Callable[[Context], Stage]) -> Stage:
        self.context = replace(context(self.path, rules=[str(self.rules)], **self.more), clock=self.clock)
        self.stage = build(self.context)
        return self.stage

    def look(self, times: int = 1) -> None:
        assert self.stage.tick is not None
        for _ in range(times):
            self.stage.tick(self.clock())

    def settle(self) -> None:
        self.look(LOOKS)
