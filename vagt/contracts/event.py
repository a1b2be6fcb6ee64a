"""An event: an ECS 9.4 document as a plain nested `dict` (no model object per event), and how fields are reached.

A parser gives the part of the document that the log tells: `@timestamp` (ISO 8601, UTC, `Z`), `event.kind`, `event.category`,
`event.type`, `host`/`observer`, and the vendor's own fields under the vendor's name. The envelope adds what every event
has: `ecs.version`, `event.{id,dataset,module,created,ingested,original}`, `data_stream.*`, `organization.*`, `related.*`.
"""

from collections.abc import Iterator
from typing import Any

Event = dict[str, Any]

ECS_VERSION = "9.4.0"


def get_field(event: Event, dotted: str) -> Any:
    """The value at `dotted` (`source.ip`), or None; a flat key with dots in its name is found too."""
    if dotted in event:
        return event[dotted]
    node: Any = event
    rest = dotted
    while isinstance(node, dict):
        if rest in node:
            return node[rest]
        head, dot, rest = rest.partition(".")
        if not dot or head not in node:
            return None
        node = node[head]
    return None


def set_field(event: Event, dotted: str, value: Any) -> None:
    """Put `value` at `dotted`, making the objects on the way; an object in the way that is no dict is replaced."""
    node = event
    *path, last = dotted.split(".")
    for key in path:
        inner = node.get(key)
        if not isinstance(inner, dict):
            inner = node[key] = {}
        node = inner
    node[last] = value


def leaves(event: Event, prefix: str = "") -> Iterator[tuple[str, Any]]:
    """All (dotted field, value) pairs whose value is no object; a list is one value."""
    for key, value in event.items():
        if isinstance(value, dict):
            yield from leaves(value, f"{prefix}{key}.")
        else:
            yield prefix + key, value
