"""What became of a rule's findings: triage's numbers, which the detections' scorecard shows."""

from typing import TypedDict


class RuleVerdicts(TypedDict):
    """`findings`: distinct ones; `found`: how often they were found, repeats counted. The rest is `findings` by the verdict of
    the incident that holds them; `open`: none yet."""

    findings: int
    found: int
    true_positive: int
    benign: int
    false_positive: int
    open: int
