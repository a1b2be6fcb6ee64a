"""Every query is taken by Elasticsearch's own KQL parser and every panel's aggregations by Elasticsearch, and both find
something in golden events, findings made of them, and incidents."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from kibana.assets import of_tenant
from store.elastic.connection import Connection
from store.elastic.incident_document import incident_document
from store.elastic.streams import findings_stream, incidents_index
from tests.kibana.aggregations import kql, request
from tests.kibana.drawn import OBJECTS, Asked, Drawn, layers, queries
from tests.kibana.shapes import Metric
from tests.servers.elasticsearch_node import Node
from tests.store.elastic.scene import DATASETS, create, finding_of, golden, put_for, settings_of
from vagt.contracts.event import Event
from vagt.contracts.finding import LEVELS
from vagt.contracts.incident import PRIORITIES, STATES, Incident

pytestmark = pytest.mark.servers
TENANT = "drawn"
NOW = datetime.now(UTC)


def at(**ago: float) -> str:
    """That long before now."""
    return (NOW - timedelta(**ago)).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def odd_events() -> list[Event]:
    """One with a value that fits no type, one whose clock is ahead."""
    unmapped, future = golden("fortinet.fortigate", TENANT)[:2]
    unmapped["event"]["id"], future["event"]["id"] = "unmapped", "future"
    unmapped["vagt"] = {"unmapped": {"source.port": "ukendt"}}
    future["@timestamp"] = at(hours=-2)
    future["host"] = {"name": "fw-skaev"}
    return [unmapped, future]


def findings(events: list[Event]) -> list[Event]:
    """Of the first events, of every level, the three kinds that are asked for, and some of a rule in shadow."""
    made = [finding_of(event, number) for number, event in enumerate(events[:30])]
    for number, finding in enumerate(made):
        finding["vagt"]["finding"]["kind"] = ("rule", "indicator", "pipeline")[number % 3]
        finding["vagt"]["finding"]["level"] = LEVELS[number % len(LEVELS)]
        if number % 4 == 3:
            finding["vagt"]["finding"]["shadow"] = True
    return made


def incident(number: int, priority: str, state: str, age: timedelta) -> Event:
    """The document of an incident that was opened that long ago."""
    opened = at(seconds=age.total_seconds())
    whole: Incident = {
        "id": f"drawn-{number}",
        "number": f"2026-{number:06}",
        "version": 1,
        "tenant": TENANT,
        "tenant_name": "Kommune",
        "title": "Gentagne mislykkede logon",
        "priority": priority,
        "priority_reasons": ["level"],
        "state": state,
        "verdict": None,
        "owner": "anna",
        "entity": "user:root",
        "scope": "tenant",
        "level": "high",
        "rules": [{"id": "rule-1", "name": "A rule", "level": "high"}],
        "techniques": ["T1110"],
        "tactics": ["TA0006"],
        "datasets": ["linux.auth"],
        "controls": ["nis2-21-2-b"],
        "mapping_version": "1",
        "first_action": "brute_force",
        "finding_count": 1,
        "event_count": 5,
        "first_finding_at": opened,
        "last_finding_at": opened,
        "created": opened,
        "updated": opened,
        "response_due": opened,
        "resolution_due": at(days=-1),
        "acknowledged_at": None,
        "resolved_at": None,
        "closed_at": None,
        "response_breached": number % 2 == 0,
        "resolution_breached": False,
    }
    return incident_document(whole)


def incidents() -> list[Event]:
    """Of every priority, state and age; written with ids as events are."""
    ages = [timedelta(hours=1), timedelta(hours=10), timedelta(days=3), timedelta(days=20)]
    kinds = [(priority, state, age) for priority in PRIORITIES for state in STATES for age in ages]
    made = [incident(number, *kind) for number, kind in enumerate(kinds)]
    return [one | {"event": {"id": one["id"]}} for one in made]


@pytest.fixture(scope="module")
def connection(elasticsearch: Node, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Connection]:
    """A node that has all of them, under the mappings that are set up."""
    with_files = settings_of(elasticsearch, tmp_path_factory.mktemp("drawn"))
    made = Connection(with_files.elasticsearch)
    put_for(made, with_files, [TENANT])
    events = [event for dataset in DATASETS for event in golden(dataset, TENANT)]
    assert create(made, [*events, *odd_events()]) == []
    assert create(made, findings(events)) == []
    assert create(made, incidents(), incidents_index(TENANT)) == []
    yield made
    made.close()


def ask(connection: Connection, view: str, body: dict[str, Any]) -> dict[str, Any]:
    """The answer for what a data view shows of this tenant."""
    title = OBJECTS["index-pattern", view]["attributes"]["title"]
    answer: dict[str, Any] = connection.ask("POST", f"/{of_tenant(title, TENANT)}/_search", body)
    return answer


def test_the_streams_are_those_that_the_data_views_show(connection: Connection) -> None:
    assert of_tenant("alerts-vagt-*", TENANT) == findings_stream(TENANT)
    assert of_tenant("vagt-incidents-*", TENANT) == incidents_index(TENANT)
    everything = {"size": 0, "track_total_hits": True}
    assert all(ask(connection, name, everything)["hits"]["total"]["value"] for kind, name in OBJECTS if kind == "index-pattern")


@pytest.mark.parametrize("asked", list(queries()), ids=lambda asked: asked.owner)
def test_a_query_finds_some_of_what_there_is(connection: Connection, asked: Asked) -> None:
    body = {"size": 0, "track_total_hits": True, "query": kql(asked.text)}
    found = ask(connection, asked.view, body)["hits"]["total"]["value"]
    everything = ask(connection, asked.view, {"size": 0, "track_total_hits": True})["hits"]["total"]["value"]
    assert 0 < found < everything if asked.text else found == everything


@pytest.mark.parametrize("drawn", list(layers()), ids=lambda drawn: drawn.owner)
def test_a_panel_is_drawn_from_what_there_is(connection: Connection, drawn: Drawn) -> None:
    answer = ask(connection, drawn.view, request(drawn.query, drawn.layer))
    assert answer["hits"]["total"]["value"] and not answer["_shards"]["failed"]
    level = answer["aggregations"]
    for name in drawn.layer.columnOrder:
        if isinstance(drawn.layer.columns[name], Metric):
            value = level[name].get("filtered", level[name])["value"]
            assert value is not None, name
        else:
            buckets = level[name]["buckets"]
            filled = list(buckets.values()) if isinstance(buckets, dict) else buckets
            assert filled and all(one["doc_count"] for one in filled), name
            level = filled[0]
