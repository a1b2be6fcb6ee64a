"""Microsoft's camelCase names to snake_case, as Elastic's integrations for Azure have them."""

import re
from typing import Any

_BOUNDARY = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_LONGEST = 64
_OTHERWISE = {
    "activityDateTime": "activity_datetime",
    "createdDateTime": "created_at",
    "processingTimeInMilliseconds": "processing_time_ms",
    "riskLevelDuringSignIn": "risk_level_during_signin",
}


def snake(name: str) -> str:
    """`resourceDisplayName` -> `resource_display_name`; what is no such name (an address of a claim) only loses its dots."""
    return _NAMES[name]


class _Names(dict[str, str]):
    """The names by those that come in, remembered: the same come again in every record."""

    def __missing__(self, name: str) -> str:
        if len(name) > _LONGEST:
            return name.replace(".", "_")
        if len(self) >= _MOST_NAMES:
            self.clear()
        self[name] = made = _snake(name)
        return made


_NAMES = _Names()
_MOST_NAMES = 8192


def _snake(name: str) -> str:
    if (other := _OTHERWISE.get(name)) is not None:
        return other
    if not name.replace("_", "").isalnum():
        return name.replace(".", "_")
    return _BOUNDARY.sub("_", name).lower()


def snake_names(value: Any) -> Any:
    """The value with all names in it in snake_case, however deep; what is null is left out of objects."""
    kind = value.__class__
    if kind is dict:
        names = _NAMES
        return {
            names[name]: snake_names(inner) if inner.__class__ in _WITH_NAMES else inner
            for name, inner in value.items()
            if inner is not None
        }
    if kind is list:
        return [snake_names(inner) for inner in value]
    return value


_WITH_NAMES = frozenset((dict, list))
