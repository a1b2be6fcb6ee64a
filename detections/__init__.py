"""Events in; matches, findings and indicator hits out. The language is Sigma 2.1; see README.md.

As a library: `load_rules` makes a `RuleSet` of folders, and an `Engine` gives the `Hit`s of an event. The rest of vagt is not
needed for that, nor a bus or a database.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from detections.engine import Engine, Hit
    from detections.exceptions import Exceptions
    from detections.loading import load_rules
    from detections.plan_cache import PlanCache
    from detections.rule import DetectionRule, RuleSet
    from detections.rule_cache import RuleCache
    from detections.spelling import plainly_spelled

__all__ = [
    "DetectionRule",
    "Engine",
    "Exceptions",
    "Hit",
    "PlanCache",
    "RuleCache",
    "RuleSet",
    "load_rules",
    "plainly_spelled",
]
_MODULES = {
    "DetectionRule": "rule",
    "Engine": "engine",
    "Exceptions": "exceptions",
    "Hit": "engine",
    "PlanCache": "plan_cache",
    "RuleCache": "rule_cache",
    "RuleSet": "rule",
    "load_rules": "loading",
    "plainly_spelled": "spelling",
}


def __getattr__(name: str) -> Any:  # pySigma takes half a second: whoever needs one module of this room gets no other
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)
