"""Which rules an event is shown: a rule's route (its logsource) against an event's places.

A rule of Sigma's own taxonomy names product, category and service as SigmaHQ does; a rule with `taxonomy: ecs` names
`event.module`, `event.category` and `event.dataset` by the same three words. An event is placed by a small key, so that
all events with an equal key share one list of rules.
"""

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from detections.pipelines.sources import ASA_COMMANDS, LINUX_SERVICES
from detections.pipelines.windows import categories_of, services_of
from vagt.contracts.event import Event

WINDOWS = "windows.eventlog"


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


class Schema(NamedTuple):
    """How events of one schema are placed. `key(event)` is cheap; `places(key)` None: the event is shown to every rule;
    `known(key)`: fields and their text that all events of the key have, so that conditions on them are decided once."""

    name: str
    key: Callable[[Event], Hashable]
    places: Callable[[Any], tuple[Place, ...] | None]
    known: Callable[[Any], Mapping[str, str]]


def _set(value: Any) -> frozenset[str]:
    if isinstance(value, (list, tuple)):
        return frozenset(str(one).lower() for one in value if one is not None)
    return frozenset() if value is None else frozenset((str(value).lower(),))


def _plain(value: Any) -> str | None:
    """A text or whole number as text; None for all else, so that equal keys mean equal answers."""
    return value if type(value) is str else str(value) if type(value) is int else None


# Events in Sigma's own field names


def _sigma_key(event: Event) -> Hashable:
    named = event.get("_logsource")
    place = (
        Place("sigma", _set(named.get("product")), _set(named.get("category")), _set(named.get("service")))
        if isinstance(named, dict)
        else None
    )
    return place, _plain(event.get("Channel")), _plain(event.get("EventID"))


def _sigma_places(key: tuple[Place | None, str | None, str | None]) -> tuple[Place, ...] | None:
    place, channel, code = key
    if place is not None:
        return (place,)
    return None if channel is None or code is None else (_windows(channel, code),)


def _sigma_known(key: tuple[Place | None, str | None, str | None]) -> Mapping[str, str]:
    return {name: text for name, text in (("Channel", key[1]), ("EventID", key[2])) if text is not None}


def _windows(channel: str, code: str) -> Place:
    return Place("sigma", frozenset(("windows",)), categories_of(channel, code), services_of(channel))


# Our own events


def _ecs_key(event: Event) -> Hashable:
    inner = event.get("event")
    if type(inner) is not dict:
        return None, None, (), ()
    dataset, module, category = inner.get("dataset"), inner.get("module"), inner.get("category")
    if type(dataset) is not str:
        dataset = None
    return (
        dataset,
        module if type(module) is str else None,
        tuple(map(str, category)) if type(category) is list else (str(category),) if category else (),
        of(event, inner) if (of := _DETAILS.get(dataset)) is not None else (),
    )


def _ecs_places(key: tuple[str | None, str | None, tuple[str, ...], tuple[Any, ...]]) -> tuple[Place, ...]:
    dataset, module, categories, detail = key
    own = Place("ecs", _set(module), _set(categories), _set(dataset))
    return (own, *_SIGMA_PLACES[dataset](*detail)) if dataset in _SIGMA_PLACES and detail else (own,)


def _ecs_known(key: tuple[str | None, str | None, tuple[str, ...], tuple[Any, ...]]) -> Mapping[str, str]:
    return {"winlog.channel": key[3][0], "event.code": key[3][1]} if key[0] == WINDOWS and key[3] else {}


def _windows_detail(event: Event, inner: Event) -> tuple[Hashable, ...]:
    winlog = event.get("winlog")
    channel = _plain(winlog.get("channel")) if type(winlog) is dict else None
    code = _plain(inner.get("code"))
    spelt_twice = "event.code" in event or "winlog.channel" in event
    return () if channel is None or code is None or spelt_twice else (channel, code)


def _linux_detail(event: Event, _: Event) -> tuple[Hashable, ...]:
    process = event.get("process")
    name = process.get("name") if type(process) is dict else None
    return (LINUX_SERVICES.get(name.lower()) if type(name) is str else None,)


def _fortigate_detail(event: Event, _: Event) -> tuple[Hashable, ...]:
    vendor = event.get("fortinet")
    pairs = vendor.get("fortigate") if type(vendor) is dict else None
    return (type(pairs) is dict and pairs.get("type") == "event", "dns" in event, "url" in event)


def _asa_detail(_: Event, inner: Event) -> tuple[Hashable, ...]:
    return (str(inner.get("code")) in ASA_COMMANDS,)


def _suricata_detail(event: Event, _: Event) -> tuple[Hashable, ...]:
    return ("dns" in event, "http" in event or "url" in event)


_DETAILS: dict[str | None, Callable[[Event, Event], tuple[Hashable, ...]]] = {
    WINDOWS: _windows_detail,
    "linux.auth": _linux_detail,
    "syslog.generic": _linux_detail,
    "fortinet.fortigate": _fortigate_detail,
    "cisco.asa": _asa_detail,
    "suricata.eve": _suricata_detail,
}


def _sigma(products: Any, categories: Any = None, services: Any = None) -> Place:
    return Place("sigma", _set(products), _set(categories), _set(services))


def _fortigate_places(system: bool, dns: bool, web: bool) -> tuple[Place, ...]:
    if system:
        return (_sigma(["fortigate", "fortios"], None, ["event", "sslvpnd"]),)
    categories = ["firewall", "dns" if dns else None, "proxy" if web else None]
    return (_sigma(["fortigate", "fortios"]), _sigma(None, categories))


_SIGMA_PLACES: dict[str | None, Callable[..., tuple[Place, ...]]] = {
    WINDOWS: lambda channel, code: (_windows(channel, code),),
    "linux.auth": lambda service: (_sigma("linux", None, ["auth", service]),),
    "syslog.generic": lambda service: (_sigma("linux", None, ["syslog", service]),),
    "fortinet.fortigate": _fortigate_places,
    "cisco.asa": lambda command: (_sigma("cisco", None, "aaa") if command else _sigma(None, "firewall"),),
    "suricata.eve": lambda dns, web: (
        _sigma(None, ["dns" if dns else None, "proxy" if web else None, "webserver" if web else None]),
    ),
}

SIGMA = Schema("sigma", _sigma_key, _sigma_places, _sigma_known)
ECS = Schema("ecs", _ecs_key, _ecs_places, _ecs_known)
SCHEMAS = {schema.name: schema for schema in (ECS, SIGMA)}
