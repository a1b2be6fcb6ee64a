"""A rule's route (its logsource) and an event's places: a rule is shown an event where one of the places admits its route."""

from dataclasses import dataclass
from typing import Any, NamedTuple

from detections.pipelines.windows import categories_of, services_of


class Route(NamedTuple):
    """What a rule's logsource asks for; None: anything. `taxonomy` is `sigma` or `ecs`."""

    taxonomy: str
    product: str | None
    category: str | None
    service: str | None


@dataclass(frozen=True, slots=True)
class Place:
    """What an event is, in one taxonomy; a rule is shown when each word that its route has is among these."""

    taxonomy: str
    products: frozenset[str]
    categories: frozenset[str]
    services: frozenset[str]

    def admits(self, route: Route) -> bool:
        """Whether a rule with this route is shown the event."""
        return (
            route.taxonomy == self.taxonomy
            and (route.product is None or route.product in self.products)
            and (route.category is None or route.category in self.categories)
            and (route.service is None or route.service in self.services)
        )


def text_set(value: Any) -> frozenset[str]:
    """One or several words, in lower case."""
    if isinstance(value, (list, tuple, set, frozenset)):
        return frozenset(str(one).lower() for one in value if one is not None)
    return frozenset() if value is None else frozenset((str(value).lower(),))


def sigma_place(products: Any, categories: Any = None, services: Any = None) -> Place:
    """A place in Sigma's own taxonomy; each may be one word, several or none."""
    return Place("sigma", text_set(products), text_set(categories), text_set(services))


def plain(value: Any) -> str | None:
    """A text or whole number as text; None for all else, so that equal keys mean equal answers."""
    return value if type(value) is str else str(value) if type(value) is int else None


def windows_place(channel: str, code: str) -> Place:
    """Where an event of Windows' event log stands."""
    return Place("sigma", frozenset(("windows",)), categories_of(channel, code), services_of(channel))
