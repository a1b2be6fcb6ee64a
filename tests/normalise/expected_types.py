"""The types that ECS 9.4 expects of each category (`expected_event_types` of `event.category`), and what keeps to them."""

from collections.abc import Iterable

EXPECTED_TYPES = {
    "api": "access admin allowed change creation deletion denied end info start user",
    "authentication": "end info start",
    "configuration": "access change creation deletion info",
    "database": "access change error info",
    "driver": "change end info start",
    "email": "info",
    "file": "access change creation deletion info",
    "host": "access change end info start",
    "iam": "admin change creation deletion group info user",
    "intrusion_detection": "allowed denied info",
    "library": "start",
    "malware": "info",
    "network": "access allowed connection denied end info protocol start",
    "package": "access change deletion info installation start",
    "process": "access change end info start",
    "registry": "access change creation deletion",
    "session": "end info start",
    "threat": "indicator",
    "vulnerability": "info",
    "web": "access error info",
}


def unexpected(categories: Iterable[str], types: Iterable[str]) -> set[str]:
    """The types that none of the categories has."""
    return set(types) - {kind for category in categories for kind in EXPECTED_TYPES[category].split()}
