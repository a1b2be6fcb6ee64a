"""Which incidents go to which targets, and whether at once or when a person says so."""

from collections.abc import Sequence

from vagt.contracts.event import Event
from vagt.contracts.incident import PRIORITIES, Incident
from vagt.settings.cert_bridge import TargetSettings


def wants(target: TargetSettings, incident: Incident, *, known: bool) -> bool:
    """Whether `target` gets news of `incident`; once it knows of it (`known`), whatever priority that has by now."""
    if target.tenants and incident["tenant"] not in target.tenants:
        return False
    urgent = PRIORITIES.index(incident["priority"]) <= PRIORITIES.index(target.minimum_priority)
    return urgent or known


def is_operational(findings: Sequence[Event]) -> bool:
    """Whether vagt's own watch alone made the findings (a silent source, a failing delivery): no matter for a CERT."""
    kinds = {(finding.get("vagt") or {}).get("finding", {}).get("kind") for finding in findings}
    return kinds == {"pipeline"}
