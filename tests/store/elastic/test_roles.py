"""A role reads and writes what its work needs: tried with real users, by every way to name an index."""

from collections.abc import Callable, Iterator
from typing import Any, Literal

import httpx
import pytest
from pydantic import BaseModel, ConfigDict, Field

from store.elastic.connection import Connection
from store.elastic.roles import municipality_role, roles
from store.elastic.streams import incidents_index
from tests.servers.elasticsearch_node import Node
from tests.store.elastic.scene import create, finding_of, golden, put_for, settings_of

pytestmark = pytest.mark.servers
OWN, OTHER = "role_own", "role_other"
PASSWORD = "a-long-password"
User = Callable[[str], httpx.Client]


@pytest.fixture(scope="module")
def user(elasticsearch: Node, tmp_path_factory: pytest.TempPathFactory) -> Iterator[User]:
    """`user(role)`: a client of a user with that role alone. Both tenants have an event, a finding and an incident."""
    with_files = settings_of(elasticsearch, tmp_path_factory.mktemp("roles"))
    connection = Connection(with_files.elasticsearch)
    put_for(connection, with_files, [OWN, OTHER])
    for tenant in (OWN, OTHER):
        event = golden("linux.auth", tenant)[0]
        assert create(connection, [event, finding_of(event, 1)]) == []
        path = f"/{incidents_index(tenant)}/_doc/1"
        connection.ask("PUT", path, {"id": "1", "tenant": tenant}, params={"refresh": "true"})
    connection.ask("POST", "/_aliases", {"actions": [{"add": {"index": incidents_index(OTHER), "alias": "role_alias"}}]})
    clients: list[httpx.Client] = []

    def client_of(role: str) -> httpx.Client:
        body = {"password": PASSWORD, "roles": [f"{role}-{OWN}"]}
        connection.ask("PUT", f"/_security/user/{role}", body)
        made = elasticsearch.client()
        made.auth = httpx.BasicAuth(role, PASSWORD)
        clients.append(made)
        return made

    yield client_of
    for one in clients:
        one.close()
    connection.close()


def tenants_seen(client: httpx.Client, expression: str) -> set[str] | None:
    """Whose documents a search gives; None: it is refused."""
    answer = client.get(f"/{expression}/_search", params={"size": 1000, "ignore_unavailable": "true"})
    if answer.status_code in (403, 404):
        return None
    sources = [hit["_source"] for hit in answer.raise_for_status().json()["hits"]["hits"]]
    return {one.get("tenant") or one["organization"]["id"] for one in sources}


def kinds_seen(client: httpx.Client) -> set[str]:
    """Of what streams a search over everything gives documents."""
    answer = client.get("/_all/_search", params={"size": 1000}).raise_for_status().json()
    return {hit["_index"].removeprefix(".ds-").partition("-")[0] for hit in answer["hits"]["hits"]}


@pytest.mark.parametrize(
    "expression", ["_all", "*", "logs-*", "logs-*-*", "alerts-*", "vagt-incidents-*", "l*,a*,v*", "*,-logs-x"]
)
def test_a_municipality_sees_its_own_alone_however_it_names_an_index(user: User, expression: str) -> None:
    assert tenants_seen(user(municipality_role(OWN)), expression) == {OWN}


@pytest.mark.parametrize(
    "expression",
    [
        f"logs-linux-{OTHER}",
        f"alerts-vagt-{OTHER}",
        f"vagt-incidents-{OTHER}",
        "role_alias",
        f".ds-logs-linux-{OTHER}-*",
        ".security*",
    ],
)
def test_a_municipality_gets_nothing_of_another(user: User, expression: str) -> None:
    assert tenants_seen(user(municipality_role(OWN)), expression) in (None, set())


def test_a_municipality_neither_writes_nor_changes(user: User) -> None:
    client = user(municipality_role(OWN))
    event = golden("linux.auth", OWN)[1]
    assert client.post(f"/logs-linux-{OWN}/_create/new", json=event).status_code == 403
    assert client.put(f"/{incidents_index(OWN)}/_doc/1", json={}).status_code == 403
    assert client.put(f"/logs-linux-{OWN}/_mapping", json={"properties": {"x": {"type": "keyword"}}}).status_code == 403
    assert client.get("/_security/user").status_code == 403


@pytest.mark.parametrize(
    ("role", "kinds"),
    [
        ("vagt_soc_analyst", {"logs", "alerts", "vagt"}),
        ("vagt_reader", {"logs", "alerts", "vagt"}),
        ("vagt_cert", {"alerts", "vagt"}),
        ("vagt_compliance", {"alerts", "vagt"}),
        ("vagt_operator", None),
        ("vagt_writer", {"logs", "alerts"}),
    ],
)
def test_a_duty_sees_what_it_needs_of_all_tenants(user: User, role: str, kinds: set[str] | None) -> None:
    client = user(role)
    if kinds is None:
        assert tenants_seen(client, f"logs-linux-{OWN}") is None
        assert not tenants_seen(client, "_all")
    else:
        assert kinds_seen(client) == kinds
        assert tenants_seen(client, "_all") == {OWN, OTHER}


def test_the_writer_adds_documents_and_incidents_and_cannot_change_what_is_there(user: User) -> None:
    client = user("vagt_writer")
    events = golden("linux.auth", OWN)
    stream = f"logs-linux-{OWN}"
    assert client.post(f"/{stream}/_create/w1", json=events[2]).status_code == 201
    assert client.post(f"/{stream}/_create/w1", json=events[3]).status_code == 409
    new = golden("cisco.asa", OWN)[0]
    assert client.post(f"/logs-cisco.asa-{OWN}/_create/w2", json=new).status_code == 201, "a stream that was not there"
    for number in (1, 2):
        assert client.put(f"/{incidents_index(OWN)}/_doc/w", json={"version": number}).status_code in (200, 201)
    assert client.put("/another-index/_doc/1", json={}).status_code == 403
    assert client.post("/logs-linux-nobodys/_create/1", json=events[4]).status_code == 403
    assert client.post(f"/{stream}/_refresh").status_code == 200
    found = client.post(f"/{stream}/_search", json={"query": {"ids": {"values": ["w1", "no-such-id"]}}}).json()
    assert [hit["_id"] for hit in found["hits"]["hits"]] == ["w1"], "it asks which are there"
    assert client.post(f"/{stream}/_delete_by_query", json={"query": {"match_all": {}}}).status_code in (400, 403, 404, 405)


@pytest.mark.parametrize("role", ["vagt_reader", "vagt_soc_analyst", "vagt_cert", "vagt_compliance", "vagt_operator"])
def test_nobody_else_writes(user: User, role: str) -> None:
    client = user(role)
    assert client.post(f"/logs-linux-{OWN}/_create/{role}", json=golden("linux.auth", OWN)[5]).status_code == 403
    assert client.put(f"/{incidents_index(OWN)}/_doc/{role}", json={}).status_code == 403


def test_the_operator_sees_health_and_shards(user: User) -> None:
    client = user("vagt_operator")
    for path in ("/_cluster/health", "/_nodes/stats", f"/logs-linux-{OWN}/_stats"):
        assert client.get(path).status_code == 200, path


class _Indices(BaseModel):
    model_config = ConfigDict(extra="forbid")
    names: list[str] = Field(min_length=1)
    privileges: list[
        Literal["read", "view_index_metadata", "monitor", "create_doc", "auto_configure", "index", "delete", "maintenance"]
    ]


class _Application(BaseModel):
    model_config = ConfigDict(extra="forbid")
    application: Literal["kibana-.kibana"]
    privileges: list[str] = Field(min_length=1)
    resources: list[str] = Field(min_length=1, max_length=1)


class _Role(BaseModel):
    """A role after Elastic's documentation of the create-role API, with the privileges that are ours to give."""

    model_config = ConfigDict(extra="forbid")
    description: str = Field(max_length=1000)
    cluster: list[Literal["monitor", "read_ilm", "read_slm"]]
    indices: list[_Indices]
    applications: list[_Application]


@pytest.mark.parametrize("name", sorted(roles([OWN, OTHER])))
def test_a_role_is_as_the_interface_takes_it_and_names_one_space(name: str) -> None:
    role = _Role.model_validate(roles([OWN, OTHER])[name])
    spaces = {one.resources[0] for one in role.applications}
    expected: dict[str, Any] = {"vagt_reader": set(), "vagt_writer": set(), "vagt_operator": set()}
    expected |= {municipality_role(OWN): {"space:vagt-role-own"}, municipality_role(OTHER): {"space:vagt-role-other"}}
    assert spaces == expected.get(name, {"space:vagt"})
    for one in role.applications:
        assert all(privilege.startswith("feature_") for privilege in one.privileges), "no privilege of all of Kibana"
