"""Pairs that need more than a place: action, outcome, protocols, the request's URL, a file's hash. They leave `pairs`."""

from typing import Any

from normalise.conform import valid_ip
from normalise.placing import ABSENT
from normalise.transports import NUMBERS, transport_fields
from normalise.urls import url_fields
from vagt.contracts.event import Event

_HASHES = {32: "md5", 40: "sha1", 64: "sha256", 96: "sha384", 128: "sha512"}
_OUTCOMES = {
    **dict.fromkeys(("success", "succeeded", "successful", "ok", "true", "passed"), "success"),
    **dict.fromkeys(("failure", "failed", "fail", "error", "false", "unsuccessful"), "failure"),
    **dict.fromkeys(("unknown", "attempt"), "unknown"),
}
_LONGEST_PROTOCOL = 32


def _take(pairs: dict[str, str], keys: tuple[str, ...]) -> str | None:
    for key in keys:
        if key in pairs and pairs[key] not in ABSENT:
            return pairs.pop(key)
    return None


def tidy_names(event: Event) -> None:
    """A host's name that is an address is one: devices fill in what they have."""
    for name in ("source", "destination"):
        end = event.get(name)
        if end is not None and "domain" in end and valid_ip(end["domain"]):
            end.setdefault("ip", end["domain"])
            del end["domain"]


def add_action(inner: dict[str, Any], pairs: dict[str, str], *keys: str) -> None:
    """`event.action`, as the log has it."""
    if (value := _take(pairs, keys)) is not None:
        inner["action"] = value


def add_outcome(inner: dict[str, Any], pairs: dict[str, str], *keys: str) -> None:
    """`event.outcome`; a value that is no word for one stays a pair."""
    for key in keys:
        if key in pairs and (outcome := _OUTCOMES.get(pairs[key].lower())) is not None:
            inner["outcome"] = outcome
            del pairs[key]
            return


def add_protocols(event: Event, pairs: dict[str, str], transports: tuple[str, ...], applications: tuple[str, ...]) -> None:
    """`network.transport`, `.iana_number`; `.protocol` of a word that is a protocol's, else `.application`."""
    if (value := _take(pairs, transports)) is not None and len(value) <= _LONGEST_PROTOCOL:
        event.setdefault("network", {}).update(transport_fields(value))
    if (value := _take(pairs, applications)) is not None:
        name = value.lower()
        is_protocol = name.replace("-", "").replace(".", "").isalnum() and name not in NUMBERS
        event.setdefault("network", {}).setdefault("protocol" if is_protocol else "application", name)


def add_request(event: Event, pairs: dict[str, str], *keys: str) -> None:
    """`url.*` of the request's URL."""
    if (value := _take(pairs, keys)) is not None:
        event["url"] = url_fields(value)


def add_file_hash(event: Event, pairs: dict[str, str], *keys: str) -> None:
    """`file.hash.*`, by the hash's length; what is no hash stays a pair."""
    for key in keys:
        value = pairs.get(key, "")
        kind = _HASHES.get(len(value))
        if kind is not None and all(char in "0123456789abcdefABCDEF" for char in value):
            event.setdefault("file", {}).setdefault("hash", {}).setdefault(kind, pairs.pop(key).lower())
