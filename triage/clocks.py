"""The two clocks of an incident (response, resolution; requirement R17): when they are due, nearly out, and out."""

from dataclasses import dataclass
from typing import Literal

from triage.case import Case
from vagt.settings.triage import TriageSettings

Alarm = Literal["response_near_breach", "response_breached", "resolution_near_breach", "resolution_breached"]
_MINUTE = 60_000


@dataclass(frozen=True, slots=True)
class _Clock:
    name: Literal["response", "resolution"]
    due: int
    stopped: bool
    warned: bool
    breached: bool


def wind(case: Case, settings: TriageSettings) -> None:
    """Set the due times for the case's priority, counted from its opening; both run 24x7.

    A clock that a new priority moves past the present starts its warnings anew only where it was not yet out.
    """
    name = case.priority.lower()
    case.response_due = case.created + getattr(settings.response_minutes, name) * _MINUTE
    case.resolution_due = case.created + getattr(settings.resolution_minutes, name) * _MINUTE
    case.next_check = next_check(case, settings)


def alarms(case: Case, now: int, settings: TriageSettings) -> list[Alarm]:
    """What the clocks have to say at `now`; marks it on the case, so that each is said once. A breach says the warning too."""
    said: list[Alarm] = []
    for clock in _clocks(case):
        if clock.stopped:
            continue
        if now >= clock.due and not clock.breached:
            setattr(case, f"{clock.name}_breached", True)
            setattr(case, f"{clock.name}_warned", True)
            said.append("response_breached" if clock.name == "response" else "resolution_breached")
        elif now >= _warn_at(case, clock.due, settings) and not clock.warned:
            setattr(case, f"{clock.name}_warned", True)
            said.append("response_near_breach" if clock.name == "response" else "resolution_near_breach")
    case.next_check = next_check(case, settings)
    return said


def next_check(case: Case, settings: TriageSettings) -> int | None:
    """When a clock next has something to say; None where both have stopped or are out."""
    moments = []
    for clock in _clocks(case):
        if clock.stopped or clock.breached:
            continue
        moments.append(clock.due if clock.warned else _warn_at(case, clock.due, settings))
    return min(moments, default=None)


def _clocks(case: Case) -> tuple[_Clock, _Clock]:
    response = _Clock(
        "response", case.response_due, case.acknowledged_at is not None, case.response_warned, case.response_breached
    )
    ended = case.resolved_at is not None or case.closed_at is not None
    resolution = _Clock("resolution", case.resolution_due, ended, case.resolution_warned, case.resolution_breached)
    return response, resolution


def _warn_at(case: Case, due: int, settings: TriageSettings) -> int:
    return case.created + int((due - case.created) * settings.near_breach)
