"""Which rules an event is shown: a rule's route (its logsource) against an event's places.

A rule of Sigma's own taxonomy names product, category and service as SigmaHQ does; a rule with `taxonomy: ecs` names
`event.module`, `event.category` and `event.dataset` by the same three words. An event is placed by a small key, so that
all events with an equal key share one list of rules.
"""

from collections.abc import Callable, Hashable, Mapping
from typing import Any, NamedTuple

from detections.ecs_places import ecs_key, ecs_known, ecs_places
from detections.places import Place, Route, plain, text_set, windows_place
from vagt.contracts.event import Event

__all__ = ["ECS", "SCHEMAS", "SIGMA", "Place", "Route", "Schema"]


class Schema(NamedTuple):
    """How events of one schema are placed. `key(event)` is cheap; `places(key)` None: the event is shown to every rule;
    `known(key)`: fields and their text that all events of the key have, so that conditions on them are decided once."""

    name: str
    key: Callable[[Event], Hashable]
    places: Callable[[Any], tuple[Place, ...] | None]
    known: Callable[[Any], Mapping[str, str]]


# Events in Sigma's own field names


def _sigma_key(event: Event) -> Hashable:
    named = event.get("_logsource")
    place = (
        Place("sigma", text_set(named.get("product")), text_set(named.get("category")), text_set(named.get("service")))
        if isinstance(named, dict)
        else None
    )
    return place, plain(event.get("Channel")), plain(event.get("EventID"))


def _sigma_places(key: tuple[Place | None, str | None, str | None]) -> tuple[Place, ...] | None:
    place, channel, code = key
    if place is not None:
        return (place,)
    return None if channel is None or code is None else (windows_place(channel, code),)


def _sigma_known(key: tuple[Place | None, str | None, str | None]) -> Mapping[str, str]:
    return {name: text for name, text in (("Channel", key[1]), ("EventID", key[2])) if text is not None}


SIGMA = Schema("sigma", _sigma_key, _sigma_places, _sigma_known)
ECS = Schema("ecs", ecs_key, ecs_places, ecs_known)
SCHEMAS = {schema.name: schema for schema in (ECS, SIGMA)}
