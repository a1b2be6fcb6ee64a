"""What only Elasticsearch's search has to answer for: what others write beside us, doubles, shards that fail, cursors."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import orjson
import pytest
import yaml
from typer.testing import CliRunner

from store.elastic.connection import Connection
from store.elastic.rescue import without_vendor_fields
from store.elastic.search import StreamSearch, as_written
from store.queries import ArchiveSearch
from tests.contracts.keepers import MakeKeeper, stream_keepers
from tests.databases import Databases
from tests.servers.elasticsearch_node import Node
from tests.store.archive_events import NOON, make_event
from tests.store.elastic.scene import create, settings_of
from vagt.cli import app
from vagt.context import Context
from vagt.contracts.scope import system_scope
from vagt.contracts.search import Count, EventQuery, Page
from vagt.errors import DependencyError, UsageError
from vagt.settings.elasticsearch import ElasticsearchSettings

ALL = system_scope("test")
PAIRS = [("810", "813"), ("820", "825"), ("840", "846"), ("849", "851"), ("860", "580")]
servers = pytest.mark.servers


@pytest.fixture(scope="module")
def new_keeper(tmp_path_factory: pytest.TempPathFactory, databases: Databases, elasticsearch: Node) -> Iterator[MakeKeeper]:
    yield from stream_keepers(tmp_path_factory.mktemp("keepers"), databases, PAIRS, elasticsearch)


@pytest.fixture(scope="module")
def administrator(elasticsearch: Node, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Connection]:
    made = Connection(settings_of(elasticsearch, tmp_path_factory.mktemp("administrator")).elasticsearch)
    yield made
    made.close()


def numbers(page: Page) -> list[int]:
    return sorted(int(event["cisco"]["asa"]["connection_id"]) for event in page.items)


@servers
def test_what_is_in_two_backing_indices_is_found_once(new_keeper: MakeKeeper, administrator: Connection) -> None:
    keeper = new_keeper()
    events = [make_event(number, keeper.mine) for number in range(6)]
    keeper.keep(events)
    administrator.ask("POST", f"/logs-cisco.asa-{keeper.mine}/_rollover")
    keeper.keep(events[2:5])
    found: list[str] = []
    cursor = None
    while True:
        page = keeper.search.search_events(ALL, EventQuery(), cursor, limit=2)
        found += [event["event"]["id"] for event in page.items]
        if (cursor := page.cursor) is None:
            break
    assert found == [event["event"]["id"] for event in reversed(events)]


@servers
def test_what_others_write_into_the_same_cluster_is_not_ours(new_keeper: MakeKeeper, administrator: Connection) -> None:
    keeper = new_keeper()
    keeper.keep([make_event(number, keeper.mine) for number in range(3)])
    foreign: dict[str, Any] = {"@timestamp": "2026-11-20T12:00:00.000Z", "message": "of an agent", "event": {"id": "a"}}
    create(administrator, [foreign], f"logs-nginx.access-{keeper.mine}")
    lying = make_event(7, keeper.theirs) | {"data_stream": {"type": "logs", "dataset": "cisco.asa", "namespace": keeper.mine}}
    create(administrator, [lying])
    mine, theirs = (replace(ALL, tenants=frozenset({tenant})) for tenant in (keeper.mine, keeper.theirs))
    assert numbers(keeper.search.search_events(mine, EventQuery())) == [0, 1, 2]
    assert keeper.search.count_by(mine, "tenant", EventQuery()).counts == [Count(keeper.mine, 3)]
    assert numbers(keeper.search.search_events(theirs, EventQuery())) == []
    assert len(keeper.search.search_events(ALL, EventQuery()).items) == 4


@servers
def test_a_shard_that_cannot_answer_is_named_and_the_rest_is_answered(
    new_keeper: MakeKeeper, administrator: Connection
) -> None:
    keeper = new_keeper()
    keeper.keep([make_event(number, keeper.mine) for number in range(3)])
    stream = f"logs-cisco.odd-{keeper.mine}"
    properties = {
        "event": {"properties": {"id": {"type": "text"}}},
        "organization": {"properties": {"id": {"type": "keyword"}}},
    }
    template = {"mappings": {"properties": properties}}
    body = {"index_patterns": [stream], "priority": 100_000, "data_stream": {}, "template": template}
    administrator.ask("PUT", f"/_index_template/odd-{keeper.mine}", body)
    assert create(administrator, [make_event(9, keeper.mine)], stream) == []
    page = keeper.search.search_events(ALL, EventQuery(), limit=10)
    assert [event["event"]["id"] for event in page.items] == [make_event(n, keeper.mine)["event"]["id"] for n in (2, 1, 0)]
    (problem,) = page.problems
    assert stream in problem


@servers
def test_the_command_line_lists_what_elasticsearch_has(
    new_keeper: MakeKeeper, administrator: Connection, elasticsearch: Node, tmp_path: Path
) -> None:
    keeper = new_keeper()
    create(administrator, [make_event(number, keeper.mine) for number in range(3)])  # not in the archive
    own = settings_of(elasticsearch, tmp_path).elasticsearch
    section = {name: str(getattr(own, name)) for name in ("ca_file", "user", "password_file")} | {"urls": list(own.urls)}
    file = tmp_path / "vagt.yaml"
    file.write_text(yaml.safe_dump({"elasticsearch": section, "unit": {"municipalities": [keeper.mine]}}))
    told = ["--config", str(file), "--data", str(tmp_path / "data")]
    result = CliRunner().invoke(app, ["events", "list", "--user", "U1", "--format", "json", *told], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout) == [make_event(1, keeper.mine)]
    id_ = make_event(2, keeper.mine)["event"]["id"]
    result = CliRunner().invoke(app, ["events", "show", id_, *told], catch_exceptions=False)
    assert json.loads(result.stdout) == make_event(2, keeper.mine)


@servers
def test_a_cursor_of_the_archive_is_refused_and_the_other_way_round(new_keeper: MakeKeeper) -> None:
    keeper = new_keeper()
    keeper.keep([make_event(number, keeper.mine) for number in range(3)])
    archive = ArchiveSearch(keeper.context)
    for one, other in ((keeper.search, archive), (archive, keeper.search)):
        cursor = one.search_events(ALL, EventQuery(), limit=1).cursor
        assert cursor is not None
        with pytest.raises(UsageError, match="begin again"):
            other.search_events(ALL, EventQuery(), cursor)
    archive.close()


def test_a_node_that_is_away_is_a_dependency_and_the_archive_answers_for_itself(context: Context) -> None:
    away = ElasticsearchSettings(urls=("http://127.0.0.1:9",))
    changed = context.settings.model_copy(update={"elasticsearch": away})
    search = StreamSearch(replace(context, settings=changed), ArchiveSearch(context))
    with pytest.raises(DependencyError, match=r"127\.0\.0\.1:9"):
        search.count_by(ALL, "user", EventQuery())
    assert search.search_events(ALL, EventQuery(text="x", since=NOON, until=NOON)).items == []
    search.close()


@pytest.mark.parametrize("own", [{}, {"vagt": {"clock_skewed": True}}], ids=["none of ours", "ours"])
def test_a_rescued_document_comes_back_as_it_was(own: dict[str, Any]) -> None:
    event = make_event(1) | {"linux": {"auth": {"odd\x00name": [1, {"a": None}]}}} | own
    event["event"]["dataset"] = "linux.auth"
    event["data_stream"]["dataset"] = "linux.auth"
    kept = without_vendor_fields(orjson.loads(orjson.dumps(event)))
    kept["data_stream"]["dataset"] = "linux"
    assert as_written(kept) == event
