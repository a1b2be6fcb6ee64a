"""A document that Elasticsearch refuses: the same without its vendor's objects, which are kept in it as JSON text."""

import orjson

from vagt.contracts.event import Event
from vagt.ecs import ecs_schema

_OURS = frozenset(name.partition(".")[0] for name in ecs_schema().types) | {"vagt"}


def without_vendor_fields(event: Event) -> Event:
    """A copy in which only ECS and `vagt.*` stand as fields. `vagt.unindexed` holds the rest: shown, not searched.

    What no mapping can take lies there: a name with NUL in it or of tens of kilobytes, a text where the vendor's object was.
    """
    vendor = {name: value for name, value in event.items() if name not in _OURS}
    kept = {name: value for name, value in event.items() if name in _OURS}
    kept["vagt"] = {**event.get("vagt", {}), "unindexed": orjson.dumps(vendor).decode()}
    return kept
