"""The cases of semantic_cases.yml, read: what a rule asks, and events on which it matches or does not."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

CASES = Path(__file__).with_suffix(".yml")
_RULE = """title: rule
id: 6f7d5d6e-1d53-4c5f-9d22-0d7d8c3b1a01
name: rule
status: {status}
logsource: {{category: test}}
detection:
{detection}
"""
_FILTER = """---
title: filter
id: 6f7d5d6e-1d53-4c5f-9d22-0d7d8c3b1a02
logsource: {{category: test}}
filter: {filter}
"""


@dataclass(frozen=True, slots=True)
class SemanticCase:
    """One rule. `refused`: part of the reason why it is not loaded; empty: it is."""

    clause: str
    says: str
    asks: str = ""
    detection: str = ""
    filter: str = ""
    status: str = "test"
    lists: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    holds: tuple[Any, ...] = ()
    fails: tuple[Any, ...] = ()
    refused: str = ""
    note: str = ""

    @property
    def text(self) -> str:
        """The rule, and its filter, as a file of Sigma."""
        detection = f"  {self.detection}" if self.detection else f"    s:\n        {self.asks}\n    condition: s"
        rule = _RULE.format(detection=detection, status=self.status)
        return rule + (_FILTER.format(filter=self.filter) if self.filter else "")


def semantic_cases() -> Iterator[SemanticCase]:
    """All cases, in the order of the file."""
    for part in yaml.safe_load(CASES.read_text(encoding="utf-8")):
        for case in part["cases"]:
            yield SemanticCase(clause=part["clause"], says=part["says"], **case)
