"""Every object has the shape that Kibana asks, leads only to what is there, and names only fields that we have."""

import re
from itertools import combinations
from pathlib import Path
from typing import Any

import orjson
import pytest

from kibana.assets import DEFAULT_SPACE, HOME_SPACE, TYPES, ndjson, of_tenant, read_files, saved_objects
from normalise.registry import sources as known_sources
from store.elastic.roles import SPACE
from tests.kibana.drawn import OBJECTS, TITLES, fields_of_query, layers, of_type, queries, sources, terms_of, types_of
from tests.kibana.shapes import ATTRIBUTES, VERSIONS, VISUALS, Dashboard, DataView, Grid, Lens, Panel, Saved, Search

ROOT = Path(__file__).resolve().parents[2]
COUNTABLE = {"keyword", "wildcard", "ip", "long", "boolean", "date", "double", "float", "constant_keyword"}
IDS = [name for _, name in OBJECTS]


def in_parts(query: str) -> bool:
    return query.count("(") == query.count(")") and query.count('"') % 2 == 0


@pytest.mark.parametrize("one", OBJECTS.values(), ids=IDS)
def test_an_object_is_what_kibana_asks_of_its_type(one: dict[str, Any]) -> None:
    saved = Saved.model_validate(one)
    assert saved.typeMigrationVersion == VERSIONS[saved.type]
    attributes = ATTRIBUTES[saved.type].model_validate(saved.attributes)
    if isinstance(attributes, Lens):
        VISUALS[attributes.visualizationType].model_validate(attributes.state.visualization)


@pytest.mark.parametrize("one", OBJECTS.values(), ids=IDS)
def test_every_reference_leads_to_an_object_of_ours_and_is_used(one: dict[str, Any]) -> None:
    names = [ref["name"] for ref in one["references"]]
    assert len(set(names)) == len(names)
    assert [ref for ref in one["references"] if (ref["type"], ref["id"]) not in OBJECTS] == []
    assert set(names) == set(wanted_references(one))


def wanted_references(one: dict[str, Any]) -> list[str]:
    """The names by which an object's attributes ask for others."""
    if one["type"] == "lens":
        lens = Lens.model_validate(one["attributes"])
        return [f"indexpattern-datasource-layer-{name}" for name in lens.state.datasourceStates.formBased.layers]
    if one["type"] == "search":
        source = Search.model_validate(one["attributes"]).kibanaSavedObjectMeta.searchSourceJSON
        return [str(source.indexRefName)]
    if one["type"] == "dashboard":
        board = Dashboard.model_validate(one["attributes"])
        panels = [f"{panel.panelIndex}:{panel.panelRefName}" for panel in board.panelsJSON]
        return panels + [f"controlGroup_{name}:optionsListDataView" for name in board.controlGroupInput.panelsJSON]
    return []


@pytest.mark.parametrize("file", sorted((ROOT / "kibana" / "objects").glob("*/*.json")), ids=lambda file: file.stem)
def test_a_file_is_named_as_its_object_and_written_as_the_others(file: Path) -> None:
    one = orjson.loads(file.read_bytes())
    assert (one["type"], one["id"]) == (file.parent.name, file.stem)
    assert file.parent.name in TYPES
    assert file.read_bytes() == orjson.dumps(one, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)


@pytest.mark.parametrize("one", of_type("lens"), ids=lambda one: one["id"])
def test_a_panel_draws_the_columns_that_its_layers_have(one: dict[str, Any]) -> None:
    lens = Lens.model_validate(one["attributes"])
    drawn = orjson.dumps(lens.state.visualization).decode()
    for name, layer in lens.state.datasourceStates.formBased.layers.items():
        assert f'"layerId":"{name}"' in drawn
        assert sorted(layer.columnOrder) == sorted(layer.columns)
        assert [column for column in layer.columns if f'"{column}"' not in drawn] == []
        buckets = [layer.columns[column].isBucketed for column in layer.columnOrder]
        assert buckets == sorted(buckets, reverse=True), "Lens wants buckets before metrics"
        for column in terms_of(layer).values():
            assert not layer.columns[column.params.orderBy.columnId].isBucketed
    assert set(re.findall(r'"layerId":"(\w+)"', drawn)) == set(lens.state.datasourceStates.formBased.layers)


@pytest.mark.parametrize("drawn", list(layers()), ids=lambda drawn: drawn.owner)
def test_a_column_looks_at_a_field_that_can_be_counted_so(drawn: Any) -> None:
    types = types_of(drawn.view)
    for operation, field in sources(drawn.layer):
        kind = types.get(field)
        assert kind in COUNTABLE, f"{field}: {kind}"
        if operation == "date_histogram":
            assert kind == "date"
        if operation == "sum":
            assert kind in {"long", "double", "float"}
    for column in terms_of(drawn.layer).values():
        kind = types[column.sourceField]
        assert column.dataType == {"ip": "ip", "long": "number", "boolean": "boolean"}.get(kind, "string")
    for one in drawn.layer.columns.values():
        if one.operationType in ("min", "max") and one.sourceField:
            assert (one.dataType == "date") == (types[one.sourceField] == "date")


@pytest.mark.parametrize("asked", list(queries()), ids=lambda asked: asked.owner)
def test_a_query_names_fields_that_are_searched(asked: Any) -> None:
    types = types_of(asked.view)
    assert in_parts(asked.text)
    assert [name for name in fields_of_query(asked.text) if types.get(name, "kept") == "kept"] == []
    assert bool(fields_of_query(asked.text)) == bool(asked.text)


@pytest.mark.parametrize("one", of_type("search"), ids=lambda one: one["id"])
def test_a_saved_search_shows_and_sorts_fields_that_we_have(one: dict[str, Any]) -> None:
    types = types_of(one["references"][0]["id"])
    search = Search.model_validate(one["attributes"])
    assert [name for name in search.columns if name not in types] == []
    assert [name for name, order in search.sort if types[name] not in {"date", "long"} or order not in ("asc", "desc")] == []


@pytest.mark.parametrize("one", of_type("index-pattern"), ids=lambda one: one["id"])
def test_a_data_view_formats_fields_that_we_have(one: dict[str, Any]) -> None:
    view = DataView.model_validate(one["attributes"])
    types = types_of(one["id"])
    if one["id"] == "vagt-incidents":
        assert view.timeFieldName is None, "an incident is open however long ago it last changed"
    else:
        assert view.timeFieldName == "@timestamp"
    assert [name for name in view.fieldFormatMap if name not in types] == []


@pytest.mark.parametrize("one", of_type("dashboard"), ids=lambda one: one["id"])
def test_a_dashboard_has_no_panel_over_another_and_controls_that_can_list_values(one: dict[str, Any]) -> None:
    board = Dashboard.model_validate(one["attributes"])
    views = {ref["name"]: ref["id"] for ref in one["references"]}
    for first, second in combinations(board.panelsJSON, 2):
        assert not overlap(first.gridData, second.gridData), (first.panelIndex, second.panelIndex)
    for panel in board.panelsJSON:
        assert panel.gridData.x + panel.gridData.w <= 48
        assert panel.gridData.i == panel.panelIndex and panel.panelRefName == f"panel_{panel.panelIndex}"
    for name, control in board.controlGroupInput.panelsJSON.items():
        types = types_of(views[f"controlGroup_{name}:optionsListDataView"])
        assert control.explicitInput.id == name and types[control.explicitInput.fieldName] in COUNTABLE


def overlap(one: Grid, other: Grid) -> bool:
    """Whether two panels lie over each other."""
    beside = one.x + one.w <= other.x or other.x + other.w <= one.x
    below = one.y + one.h <= other.y or other.y + other.h <= one.y
    return not (beside or below)


def test_every_panel_stands_on_a_dashboard_and_every_source_has_a_saved_search() -> None:
    panels: list[Panel] = [
        panel for one in of_type("dashboard") for panel in Dashboard.model_validate(one["attributes"]).panelsJSON
    ]
    used = {ref["id"] for one in of_type("dashboard") for ref in one["references"] if ref["type"] == "lens"}
    assert used == {one["id"] for one in of_type("lens")} and len(panels) > len(used)
    asked = {one["id"] for one in of_type("search")}
    assert {f"vagt-source-{re.sub('[._]', '-', source)}" for source in known_sources()} <= asked


def test_what_shows_findings_of_rules_leaves_those_on_trial_out() -> None:
    never_on_trial = {"vagt-pipeline-own-findings", "vagt-hunt-indicator-hits"}
    shown = {(drawn.owner, drawn.query) for drawn in layers() if drawn.view == "vagt-alerts"}
    shown |= {(asked.owner, asked.text) for asked in queries() if asked.owner == "vagt-alerts-newest"}
    assert len(shown) > 8
    left = {owner for owner, query in shown if not query.endswith("not vagt.finding.shadow : true")}
    assert left <= never_on_trial


def test_objects_for_a_municipality_show_its_data_alone_and_have_ids_of_their_own() -> None:
    own = saved_objects("vagt-751", "751", None, TITLES)
    views = {one["id"]: one["attributes"]["title"] for one in own if one["type"] == "index-pattern"}
    assert views == {
        "vagt-logs-vagt-751": "logs-*-751",
        "vagt-alerts-vagt-751": "alerts-vagt-751",
        "vagt-incidents-vagt-751": "vagt-incidents-751",
    }
    ids = {(one["type"], one["id"]) for one in own}
    assert ids.isdisjoint(OBJECTS) and len(ids) == len(OBJECTS)
    assert [ref for one in own for ref in one["references"] if (ref["type"], ref["id"]) not in ids] == []


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [("logs-*", "logs-*-0101"), ("alerts-vagt-*", "alerts-vagt-0101"), ("vagt-incidents-*", "vagt-incidents-0101")],
)
def test_a_tenants_pattern_ends_with_the_whole_tenant(pattern: str, expected: str) -> None:
    assert of_tenant(pattern, "0101") == expected


def test_the_incidents_number_links_to_the_console_where_its_address_is_known() -> None:
    def formats(console: str | None) -> dict[str, Any]:
        (view,) = [one for one in saved_objects(HOME_SPACE, None, console, TITLES) if one["id"] == "vagt-incidents"]
        found: dict[str, Any] = DataView.model_validate(view["attributes"]).model_dump()["fieldFormatMap"]
        return found

    template = formats("https://vagt.example.org/")["number"]["params"]["urlTemplate"]
    assert template == "https://vagt.example.org/#{{value}}"
    assert "number" not in formats(None) and "priority" in formats(None)


def test_a_line_holds_one_object_and_no_line_break() -> None:
    lines = ndjson(OBJECTS.values()).splitlines()
    assert [orjson.loads(line) for line in lines] == list(OBJECTS.values())


def test_the_home_space_is_the_one_that_roles_lead_to() -> None:
    assert HOME_SPACE == SPACE and HOME_SPACE != DEFAULT_SPACE
    assert len(read_files(TITLES)) == len(OBJECTS)
