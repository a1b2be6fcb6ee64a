"""Setting up a node, finding what has changed since, and what each stream is made of."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

import orjson
import pytest
import yaml
from pydantic import BaseModel, ConfigDict, Field
from typer.testing import CliRunner

from store.elastic.connection import Connection
from store.elastic.lifecycle import ilm_policy
from store.elastic.setup import apply, compare_all, wanted_parts
from store.elastic.setup_health import find_problems
from store.elastic.setup_parts import COMPONENT, INDEX, POLICY, Part, compare
from store.elastic.templates import component_templates, index_templates
from tests.servers.elasticsearch_node import Node, elasticsearch_node
from tests.store.elastic.scene import create, golden, settings_of
from vagt.cli import app
from vagt.errors import SettingsError
from vagt.settings import Settings
from vagt.settings.elasticsearch import ElasticsearchUser

pytestmark = pytest.mark.servers
TENANTS = ["101", "751"]


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Node]:
    """A node of these tests alone: they begin with an empty one, and remove what is not theirs."""
    with elasticsearch_node(tmp_path_factory.mktemp("setup") / "node", secure=True) as made:
        with made.client() as client:
            client.put("/_security/role/first", json={})  # the index of roles is made now, which takes a while
            while client.get("/_security/role").status_code == 503:
                time.sleep(0.2)
            client.get("/_cluster/health", params={"wait_for_status": "yellow", "timeout": "50s"})
        yield made


@pytest.fixture
def settings(node: Node, tmp_path: Path) -> Settings:
    """Settings that reach it."""
    return settings_of(node, tmp_path)


@pytest.fixture
def connection(settings: Settings) -> Iterator[Connection]:
    """An administrator's connection."""
    made = Connection(settings.elasticsearch)
    yield made
    made.close()


def kept_for(settings: Settings, **retention: Any) -> Settings:
    """The same with another retention."""
    store = Settings.model_validate({"store": {"retention": retention}}).store
    return settings.model_copy(update={"store": store})


def states(connection: Connection, settings: Settings, tenants: list[str] = TENANTS) -> dict[str, list[str]]:
    """State -> names, without what is as it should be."""
    found: dict[str, list[str]] = {}
    for one in compare_all(connection, wanted_parts(connection, settings, tenants)):
        if one.state != "same":
            found.setdefault(one.state, []).append(one.part.name)
    return found


def set_up(connection: Connection, settings: Settings, tenants: list[str] = TENANTS, *, overwrite: bool = False) -> list[str]:
    """Names of what was done."""
    standings = compare_all(connection, wanted_parts(connection, settings, tenants))
    return [one.part.name for one in apply(connection, standings, overwrite=overwrite)]


def test_an_empty_node_gets_everything_once(connection: Connection, settings: Settings) -> None:
    assert set(states(connection, settings)) == {"missing"}
    assert {"vagt-ecs", "vagt-logs", "vagt-alerts", "vagt-incidents", "vagt_writer"} <= set(set_up(connection, settings))
    assert states(connection, settings) == {}
    assert set_up(connection, settings) == []


def test_a_change_of_settings_is_ours_to_make(connection: Connection, settings: Settings) -> None:
    set_up(connection, settings)
    shorter = kept_for(settings, events_days=30)
    assert set(states(connection, shorter)) == {"older"}
    assert set(set_up(connection, shorter)) >= {"vagt-logs", "vagt-logs-cisco"}
    assert states(connection, shorter) == {}
    set_up(connection, settings)


def test_what_an_operator_has_changed_stays_until_we_are_told(connection: Connection, settings: Settings) -> None:
    set_up(connection, settings)
    path = "/_component_template/vagt-streams"
    body = connection.ask("GET", path)["component_templates"][0]["component_template"]
    body = {"template": body["template"], "_meta": body["_meta"]}
    body["template"]["settings"]["index"]["refresh_interval"] = "30s"
    connection.ask("PUT", path, body)
    role = connection.ask("GET", "/_security/role/vagt_cert")["vagt_cert"]
    del role["transient_metadata"]
    connection.ask("PUT", "/_security/role/vagt_cert", role | {"cluster": ["monitor"]})
    assert states(connection, settings) == {"changed": ["vagt-streams", "vagt_cert"]}
    assert set_up(connection, settings) == []
    [standing] = [
        one for one in compare_all(connection, wanted_parts(connection, settings, TENANTS)) if "streams" in one.part.name
    ]
    assert standing.differences == (
        "- template.settings.index.refresh_interval: 30s",
        "+ template.settings.index.refresh_interval: 2s",
    )
    assert set_up(connection, settings, overwrite=True) == ["vagt-streams", "vagt_cert"]
    assert states(connection, settings) == {}


def test_what_somebody_else_made_under_our_name_stays_until_we_are_told(connection: Connection, settings: Settings) -> None:
    set_up(connection, settings)
    connection.ask("PUT", "/_security/role/vagt_cert", {"cluster": ["all"]})
    assert states(connection, settings) == {"foreign": ["vagt_cert"]}
    assert set_up(connection, settings) == []
    assert set_up(connection, settings, overwrite=True) == ["vagt_cert"]


def with_user(settings: Settings, folder: Path, role: str = "vagt_writer") -> Settings:
    """The same with one user, whose password lies in `folder`."""
    (folder / "user.password").write_text("a-long-password\n")
    user = {"name": "vagt_indexer", "role": role, "password_file": folder / "user.password"}
    own = settings.elasticsearch.model_copy(update={"users": (ElasticsearchUser.model_validate(user),)})
    return settings.model_copy(update={"elasticsearch": own})


def test_a_user_is_made_with_its_role_and_gets_the_new_password_of_its_file(
    connection: Connection, settings: Settings, tmp_path: Path
) -> None:
    set_up(connection, settings)
    wanted = with_user(settings, tmp_path)
    assert states(connection, wanted) == {"missing": ["vagt_indexer"]}
    assert set_up(connection, wanted) == ["vagt_indexer"]
    assert states(connection, wanted) == {}
    made = connection.ask("GET", "/_security/user/vagt_indexer")["vagt_indexer"]
    assert made["roles"] == ["vagt_writer"] and connection.knows("vagt_indexer", "a-long-password")
    (tmp_path / "user.password").write_text("another-long-one")
    assert states(connection, wanted) == {"older": ["vagt_indexer"]}
    set_up(connection, wanted)
    assert connection.knows("vagt_indexer", "another-long-one") and not connection.knows("vagt_indexer", "a-long-password")
    assert states(connection, wanted) == {}


def test_more_rights_that_somebody_gave_a_user_are_shown_and_left(
    connection: Connection, settings: Settings, tmp_path: Path
) -> None:
    wanted = with_user(settings, tmp_path)
    set_up(connection, wanted, overwrite=True)
    found = connection.ask("GET", "/_security/user/vagt_indexer")["vagt_indexer"]
    connection.ask("PUT", "/_security/user/vagt_indexer", {"roles": ["superuser"], "metadata": found["metadata"]})
    assert states(connection, wanted) == {"changed": ["vagt_indexer"]}
    assert set_up(connection, wanted) == []
    assert set_up(connection, wanted, overwrite=True) == ["vagt_indexer"]
    connection.ask("DELETE", "/_security/user/vagt_indexer")


def test_a_user_of_a_role_that_is_not_ours_is_refused(connection: Connection, settings: Settings, tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="superuser; there are"):
        states(connection, with_user(settings, tmp_path, "superuser"))


def test_a_tenant_that_left_and_a_retention_that_nobody_has_are_removed(connection: Connection, settings: Settings) -> None:
    longer = kept_for(settings, tenants={"751": {"events_days": 800}})
    set_up(connection, longer)
    assert "vagt-logs-cisco-800d" in {
        one.part.name for one in compare_all(connection, wanted_parts(connection, longer, TENANTS))
    }
    found = states(connection, settings, ["101"])
    assert "vagt_municipality_751" in found["stale"] and "vagt-logs-cisco-800d" in found["stale"]
    set_up(connection, settings, ["101"])
    assert states(connection, settings, ["101"]) == {}
    set_up(connection, settings)


def test_a_tenant_that_left_keeps_its_templates_while_it_has_streams(connection: Connection, settings: Settings) -> None:
    set_up(connection, settings, ["147", "173"])
    assert create(connection, golden("cisco.asa", "173")[:1]) == []
    set_up(connection, settings, ["147"])
    assert states(connection, settings, ["147"]) == {}
    templates = connection.ask("GET", "/_index_template/vagt-logs-cisco")["index_templates"][0]["index_template"]
    assert "logs-cisco.*-173" in templates["index_patterns"]
    assert "vagt_municipality_173" not in connection.ask("GET", "/_security/role")
    set_up(connection, settings)


def test_tenants_may_trade_their_retentions(connection: Connection, settings: Settings) -> None:
    for days, other in ((10, 20), (20, 10), (20, 20), (396, 10), (10, 396)):
        traded = kept_for(settings, tenants={"101": {"events_days": days}, "751": {"events_days": other}})
        set_up(connection, traded)
        assert states(connection, traded) == {}
        for tenant, wanted in (("101", days), ("751", other)):
            made = connection.ask("POST", f"/_index_template/_simulate_index/logs-cisco.asa-{tenant}")["template"]
            assert made["lifecycle"]["data_retention"] == f"{wanted}d"
    set_up(connection, settings)


@pytest.mark.parametrize(
    ("stream", "vendors"),
    [
        ("logs-cisco.asa-751", {"cisco"}),
        ("logs-windows-751", {"winlog", "powershell"}),
        ("logs-suricata.eve-101", {"suricata"}),
        ("logs-unheard-751", {"cisco", "fortinet", "linux", "powershell", "suricata", "winlog"}),
        ("alerts-vagt-751", {"cisco", "fortinet", "linux", "powershell", "suricata", "winlog"}),
        ("logs-cisco.asa-999", None),
        ("logs-nginx.access-default", None),
    ],
)
def test_a_stream_has_its_vendors_fields_and_streams_of_others_have_none_of_ours(
    stream: str, vendors: set[str] | None, connection: Connection, settings: Settings
) -> None:
    set_up(connection, settings)
    made = connection.ask("POST", f"/_index_template/_simulate_index/{stream}").get("template", {})
    properties = made.get("mappings", {}).get("properties", {})
    everything = {"cisco", "fortinet", "linux", "powershell", "suricata", "winlog"}
    assert (properties.keys() & everything if "vagt" in properties else None) == vendors


def test_a_stream_older_than_its_templates_is_told_of(connection: Connection, settings: Settings) -> None:
    set_up(connection, settings)
    assert create(connection, golden("cisco.asa", "751")[:1]) == []
    assert find_problems(connection, TENANTS) == []
    own = {"template": component_templates(settings)["vagt-own"]["template"]}
    changed = orjson.loads(orjson.dumps(own))
    changed["template"]["mappings"]["_meta"]["vagt_hash"] = "another"
    connection.ask("PUT", "/_component_template/vagt-own", changed)
    assert [(one.what, "rollover" in one.problem) for one in find_problems(connection, TENANTS)] == [
        ("logs-cisco.asa-751", True)
    ]
    connection.ask("POST", "/logs-cisco.asa-751/_rollover")
    assert find_problems(connection, TENANTS) == []
    set_up(connection, settings, overwrite=True)


def test_blocks_shards_and_health_are_told_of(connection: Connection, settings: Settings) -> None:
    set_up(connection, settings)
    create(connection, golden("cisco.asa", "101")[:1])
    connection.ask("PUT", "/elsewhere", {"settings": {"index": {"number_of_replicas": 1}}})
    block = {"index.blocks.read_only_allow_delete": True}
    connection.ask("PUT", "/logs-cisco.asa-101/_settings", block)
    connection.ask("PUT", "/_cluster/settings", {"persistent": {"cluster.max_shards_per_node": 2}})
    try:
        text = " ".join(f"{one.what}: {one.problem}" for one in find_problems(connection, TENANTS))
        assert "cluster: yellow" in text and "read_only_allow_delete is set" in text and "cluster.max_shards_per_node" in text
    finally:
        connection.ask("PUT", "/logs-cisco.asa-101/_settings", {"index.blocks.read_only_allow_delete": None})
        connection.ask("PUT", "/_cluster/settings", {"persistent": {"cluster.max_shards_per_node": None}})
        connection.ask("DELETE", "/elsewhere")


def test_logsdb_takes_the_golden_documents_too(connection: Connection, settings: Settings) -> None:
    own = settings.elasticsearch.model_copy(update={"index_mode": "logsdb"})
    small = settings.model_copy(update={"elasticsearch": own})
    set_up(connection, small)
    made = connection.ask("POST", "/_index_template/_simulate_index/logs-linux-751")["template"]
    assert made["settings"]["index"]["mode"] == "logsdb"
    for dataset in ("linux.auth", "suricata.eve"):
        assert create(connection, golden(dataset, "751")) == []
    set_up(connection, settings)


def test_a_lifecycle_that_the_node_has_not_is_a_wrong_setting(connection: Connection, settings: Settings) -> None:
    own = settings.elasticsearch.model_copy(update={"lifecycle": "ilm"})
    with pytest.raises(SettingsError, match=r"elasticsearch\.lifecycle is ilm"):
        wanted_parts(connection, settings.model_copy(update={"elasticsearch": own}), TENANTS)


def test_the_commands_set_up_check_and_say_by_exit_code(node: Node, tmp_path: Path, connection: Connection) -> None:
    settings = settings_of(node, tmp_path)
    own = settings.elasticsearch
    elasticsearch = {"urls": [node.url], "ca_file": str(node.ca), "user": own.user, "password_file": str(own.password_file)}
    file = tmp_path / "vagt.yaml"
    file.write_text(yaml.safe_dump({"unit": {"municipalities": ["147"]}, "elasticsearch": elasticsearch}))
    run = CliRunner()
    options = ["--config", str(file), "--data", str(tmp_path / "data"), "--format", "json"]
    assert run.invoke(app, ["elastic", "check", *options]).exit_code == 1
    shown = run.invoke(app, ["elastic", "setup", "--dry-run", *options])
    assert shown.exit_code == 0 and {row["done"] for row in orjson.loads(shown.stdout)} == {False}
    assert run.invoke(app, ["elastic", "setup", *options]).exit_code == 0
    checked = run.invoke(app, ["elastic", "check", *options])
    assert (checked.exit_code, orjson.loads(checked.stdout)) == (0, [])
    connection.ask("PUT", "/_security/role/vagt_cert", {"cluster": ["all"]})
    refused = run.invoke(app, ["elastic", "setup", *options])
    assert refused.exit_code == 1 and orjson.loads(refused.stdout)[0]["state"] == "foreign"
    assert run.invoke(app, ["elastic", "setup", "--overwrite", *options]).exit_code == 0


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")


class _Rollover(_Strict):
    max_primary_shard_size: str = Field(pattern=r"^\d+gb$")
    max_primary_shard_docs: int
    max_age: str = Field(pattern=r"^\d+d$")
    min_docs: int


class _HotActions(_Strict):
    rollover: _Rollover
    set_priority: dict[Literal["priority"], int]


class _Hot(_Strict):
    min_age: Literal["0ms"]
    actions: _HotActions


class _Delete(_Strict):
    min_age: str = Field(pattern=r"^\d+d$")
    actions: dict[Literal["delete"], dict[Literal["delete_searchable_snapshot"], bool]]


class _Phases(_Strict):
    hot: _Hot
    delete: _Delete


class _Policy(_Strict):
    """A policy after Elastic's documentation of ILM's phases and actions; the node of the tests has no ILM."""

    phases: _Phases


@pytest.mark.parametrize("days", [1, 7, 30, 396, 3650])
def test_a_policy_is_as_ilm_takes_it_and_rolls_over_within_the_retention(days: int) -> None:
    policy = _Policy.model_validate(ilm_policy(days, Settings().elasticsearch))
    assert 1 <= int(policy.phases.hot.actions.rollover.max_age.rstrip("d")) <= max(1, min(90, days // 4))
    assert policy.phases.delete.min_age == f"{days}d"


def test_with_ilm_every_stream_names_a_policy_that_is_made() -> None:
    settings = Settings.model_validate(
        {"elasticsearch": {"lifecycle": "ilm"}, "store": {"retention": {"tenants": {"751": {"events_days": 30}}}}}
    )
    templates = {name: body for name, body in index_templates(settings, TENANTS).items() if "data_stream" in body}
    named = {body["template"]["settings"]["index"]["lifecycle"]["name"] for body in templates.values()}
    assert named == {"vagt-30d", "vagt-396d"}
    assert all("lifecycle" not in body["template"] for body in templates.values())


def test_a_policy_that_stands_is_compared_without_what_elasticsearch_adds() -> None:
    part = Part(POLICY, "vagt-30d", {"policy": ilm_policy(30, Settings().elasticsearch)})
    assert compare(part, part.marked() | {"version": 3, "modified_date": "2026-11-22"}).state == "same"
    other = Part(POLICY, "vagt-30d", {"policy": ilm_policy(31, Settings().elasticsearch)})
    assert compare(other, part.marked()).state == "older"


def test_two_templates_that_overlap_differ_in_priority() -> None:
    settings = Settings.model_validate(
        {"store": {"retention": {"tenants": {"751": {"events_days": 30}, "101": {"events_days": 31}}}}}
    )
    bodies = index_templates(settings, ["101", "147", "751"])
    vendors = {name: body["priority"] for name, body in bodies.items() if name.startswith("vagt-logs-cisco")}
    assert len(set(vendors.values())) == len(vendors) == 3
    assert vendors["vagt-logs-cisco"] > bodies["vagt-logs"]["priority"] > 200
    parts = {part for body in bodies.values() for part in body["composed_of"]}
    assert parts == component_templates(settings).keys()
    assert {COMPONENT.path, INDEX.path} == {"/_component_template", "/_index_template"}
