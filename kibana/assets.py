"""The saved objects of `kibana/objects/`, one readable JSON file each, as the NDJSON lines that Kibana's import takes.

Kibana keeps parts of an object as JSON inside a string (`panelsJSON`, `searchSourceJSON`, `fieldFormatMap`); in our files they
are plain JSON, and become strings here.
"""

from collections.abc import Iterable, Mapping
from functools import partial
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any

import orjson

SavedObject = dict[str, Any]

TYPES = ("index-pattern", "search", "lens", "dashboard")  # in the order in which they refer to each other
DEFAULT_SPACE = "default"  # the one that Kibana always has
HOME_SPACE = "vagt"  # the one that the roles of the unit lead to
_CONSOLE = "${console_url}"
_TEXTS = frozenset(
    {"fieldFormatMap", "fieldAttrs", "runtimeFieldMap", "sourceFilters", "fields"}
)  # beside all that ends in JSON


def read_files(sources: Mapping[str, str]) -> list[SavedObject]:
    """All objects as they stand in our files, data views first, and a saved search for each of `sources` (id: title) that has
    no file of its own."""
    folder = files("kibana").joinpath("objects")
    found = [orjson.loads(file.read_bytes()) for kind in TYPES for file in _json_files(folder.joinpath(kind))]
    known = {one["id"] for one in found}
    made = [_search_of(source, title) for source, title in sorted(sources.items()) if _search_id(source) not in known]
    return sorted([*found, *made], key=lambda one: TYPES.index(one["type"]))


def _search_id(source: str) -> str:
    return f"vagt-source-{source.replace('.', '-').replace('_', '-')}"


def _search_of(source: str, title: str) -> SavedObject:
    """All events of one source, with the columns that say most of any."""
    search: SavedObject = orjson.loads(files("kibana").joinpath("objects", "source_search.json").read_bytes())
    search["id"] = _search_id(source)
    search["attributes"] |= {"title": f"Source: {title} ({source})", "description": f"Alle hændelser fra {source}."}
    asked = search["attributes"]["kibanaSavedObjectMeta"]["searchSourceJSON"]
    asked["query"]["query"] = f'event.dataset : "{source}"'
    return search


def saved_objects(space: str, tenant: str | None, console_url: str | None, sources: Mapping[str, str]) -> list[SavedObject]:
    """All objects for one space, as Kibana keeps them. With a `tenant`, its data views show that municipality's data alone.

    An id of a data view is Kibana's for all spaces, so each space but the home space has ids of its own. Without a
    `console_url`, fields that would link to the console are plain. `sources` as `read_files` takes them.
    """
    suffix = "" if space == HOME_SPACE else f"-{space}"
    return [_made(one, suffix, tenant, console_url) for one in read_files(sources)]


def ndjson(objects: Iterable[SavedObject]) -> bytes:
    """One line for each object."""
    return b"".join(orjson.dumps(one) + b"\n" for one in objects)


def title_of(one: SavedObject) -> str:
    """What people know the object by."""
    attributes: Mapping[str, str] = one["attributes"]
    return attributes.get("name") or attributes["title"]


def of_tenant(pattern: str, tenant: str) -> str:
    """The index pattern that shows one municipality's part of what `pattern` shows: `logs-*` becomes `logs-*-751`."""
    kept = pattern.removesuffix("*").removesuffix("-")
    return f"{kept}-*-{tenant}" if kept == "logs" else f"{kept}-{tenant}"


def _json_files(folder: Traversable) -> list[Traversable]:
    return sorted((one for one in folder.iterdir() if one.name.endswith(".json")), key=lambda one: one.name)


def _made(one: SavedObject, suffix: str, tenant: str | None, console_url: str | None) -> SavedObject:
    attributes = dict(one["attributes"])
    if one["type"] == "index-pattern":
        attributes["fieldFormatMap"] = _linked(attributes["fieldFormatMap"], console_url)
        if tenant is not None:
            attributes |= {"title": of_tenant(attributes["title"], tenant), "name": f"{attributes['name']} {tenant}"}
    references = [reference | {"id": reference["id"] + suffix} for reference in one["references"]]
    return one | {"id": one["id"] + suffix, "attributes": _with_texts(attributes), "references": references}


def _linked(formats: Mapping[str, Any], console_url: str | None) -> dict[str, Any]:
    """The formats with the console's address in them; without one, those that need it are left out."""
    if console_url is None:
        return {field: one for field, one in formats.items() if _CONSOLE not in _url_template(one)}
    replaced = partial(_replaced, console_url=console_url.rstrip("/"))
    return {field: replaced(one) for field, one in formats.items()}


def _url_template(one: Mapping[str, Any]) -> str:
    template: str = one.get("params", {}).get("urlTemplate", "")
    return template


def _replaced(one: Mapping[str, Any], console_url: str) -> dict[str, Any]:
    template = _url_template(one)
    if _CONSOLE not in template:
        return dict(one)
    return {**one, "params": {**one["params"], "urlTemplate": template.replace(_CONSOLE, console_url)}}


def _with_texts(node: Mapping[str, Any]) -> dict[str, Any]:
    """`node` with JSON strings where Kibana wants them."""
    made: dict[str, Any] = {}
    for name, value in node.items():
        if name.endswith("JSON") or name in _TEXTS:
            made[name] = orjson.dumps(value).decode()
        elif name != "state" and isinstance(value, dict):
            made[name] = _with_texts(value)
        else:
            made[name] = value
    return made
