"""Our objects as the tests look at them: parsed, with the data view that each asks and the fields that it names."""

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from kibana.assets import HOME_SPACE, saved_objects
from normalise.registry import sources as known_sources
from store.elastic.mapping import ecs_mapping, incident_mapping, own_mapping, vendor_fields, vendor_mapping
from tests.kibana.shapes import Filters, Layer, Lens, Metric, Search, Terms

TITLES = {source.id: source.title for source in known_sources().values()}
OBJECTS = {(one["type"], one["id"]): one for one in saved_objects(HOME_SPACE, None, "https://vagt.example.org", TITLES)}
RECORDS = "___records___"
_FIELD = re.compile(r"(?:^|[\s(])([@a-z][\w.@-]*) ?(?::|[<>]=?)")


class Asked(NamedTuple):
    """A KQL text: where it stands, and the data view that it is asked of."""

    owner: str
    view: str
    text: str


class Drawn(NamedTuple):
    """One layer of a panel: what it draws, from which data view, under which query."""

    owner: str
    view: str
    query: str
    layer: Layer


def of_type(kind: str) -> list[dict[str, Any]]:
    """Our objects of a type."""
    return [one for (name, _), one in OBJECTS.items() if name == kind]


def layers() -> Iterator[Drawn]:
    """Every layer of every Lens panel."""
    for one in of_type("lens"):
        lens = Lens.model_validate(one["attributes"])
        for name, layer in lens.state.datasourceStates.formBased.layers.items():
            (view,) = [ref["id"] for ref in one["references"] if ref["name"] == f"indexpattern-datasource-layer-{name}"]
            yield Drawn(one["id"], view, lens.state.query.query, layer)


def queries() -> Iterator[Asked]:
    """Every KQL text: of panels, of their columns, of saved searches."""
    for owner, view, query, layer in layers():
        yield Asked(owner, view, query)
        for column in layer.columns.values():
            if isinstance(column, Metric) and column.filter is not None:
                yield Asked(owner, view, column.filter.query)
            if isinstance(column, Filters):
                yield from (Asked(owner, view, one.input.query) for one in column.params.filters)
    for one in of_type("search"):
        source = Search.model_validate(one["attributes"]).kibanaSavedObjectMeta.searchSourceJSON
        yield Asked(one["id"], one["references"][0]["id"], source.query.query)


def fields_of_query(text: str) -> list[str]:
    """The fields that a KQL text names."""
    return _FIELD.findall(re.sub(r'"[^"]*"', '""', text))


def sources(layer: Layer) -> Iterator[tuple[str, str]]:
    """(operation, field) of each column that looks at a field."""
    for column in layer.columns.values():
        if not isinstance(column, Filters) and column.sourceField != RECORDS:
            yield column.operationType, column.sourceField


def types_of(view: str) -> dict[str, str]:
    """Field -> type of what the data view shows, by the mappings that are set up in Elasticsearch."""
    if view == "vagt-incidents":
        return dict(_types(incident_mapping()["properties"]))
    vendors = [vendor_mapping(name) for name in vendor_fields().fields]
    return {name: kind for one in (ecs_mapping(), own_mapping(), *vendors) for name, kind in _types(one["properties"])}


def _types(properties: dict[str, Any], prefix: str = "") -> Iterator[tuple[str, str]]:
    for name, field in properties.items():
        if "type" in field:
            indexed = field.get("index", True) or field.get("doc_values", True)
            yield prefix + name, field["type"] if indexed else "kept"
        yield from _types(field.get("properties", {}), f"{prefix}{name}.")


def terms_of(layer: Layer) -> dict[str, Terms]:
    """The columns of a layer that are terms."""
    return {name: column for name, column in layer.columns.items() if isinstance(column, Terms)}
