"""Our saved objects into one space of Kibana, and what became of each of them.

Kibana creates nothing at all where one object of an import exists already. So what exists is left out of a second import,
unless it is to be overwritten.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal, NamedTuple, Protocol

from kibana.assets import SavedObject, ndjson, title_of

Result = Literal["created", "overwritten", "kept", "failed"]
_Key = tuple[str, str]
_EXISTS = frozenset({"conflict", "ambiguous_conflict"})


class Imports(Protocol):
    """What imports: a connection to Kibana."""

    def import_objects(self, space: str, ndjson: bytes, *, overwrite: bool) -> dict[str, Any]: ...


class Installed(NamedTuple):
    """One object. `kept`: it was there, perhaps changed by an analyst, and stays as it is. `note` is Kibana's reason."""

    space: str
    type: str
    id: str
    title: str
    result: Result
    note: str


def install(kibana: Imports, space: str, objects: Sequence[SavedObject], *, overwrite: bool) -> list[Installed]:
    """Load `objects` into `space`; what is there already is replaced only with `overwrite`."""
    answer = kibana.import_objects(space, ndjson(objects), overwrite=overwrite)
    outcomes = _outcomes(answer)
    existing = {key for key, (result, _) in outcomes.items() if result == "kept"}
    others = [one for one in objects if _key(one) not in existing]
    if existing and others:
        outcomes = {key: outcomes[key] for key in existing}
        outcomes |= _outcomes(kibana.import_objects(space, ndjson(others), overwrite=overwrite))
    return [_row(space, one, outcomes) for one in objects]


def _outcomes(answer: Mapping[str, Any]) -> dict[_Key, tuple[Result, str]]:
    outcomes: dict[_Key, tuple[Result, str]] = {}
    for one in answer.get("successResults", ()):
        outcomes[_key(one)] = ("overwritten" if one.get("overwrite") else "created", _renamed(one))
    for one in answer.get("errors", ()):
        kind = one["error"]["type"]
        outcomes[_key(one)] = ("kept", "") if kind in _EXISTS else ("failed", _reason(one["error"]))
    return outcomes


def _row(space: str, one: SavedObject, outcomes: Mapping[_Key, tuple[Result, str]]) -> Installed:
    result, note = outcomes.get(_key(one), ("failed", "Kibana's answer does not name it"))
    return Installed(space, one["type"], one["id"], title_of(one), result, note)


def _key(one: Mapping[str, Any]) -> _Key:
    return one["type"], one["id"]


def _renamed(one: Mapping[str, Any]) -> str:
    return f"as {one['destinationId']}" if "destinationId" in one else ""


def _reason(error: Mapping[str, Any]) -> str:
    """Why an object was not taken, as one line."""
    if error["type"] == "missing_references":
        missing: Iterable[Mapping[str, str]] = error.get("references", ())
        return "it refers to " + ", ".join(f"{one['type']} {one['id']}" for one in missing) + ", which is not there"
    message = error.get("message")
    return f"{error['type']}: {message}" if message else str(error["type"])
