"""The client of a real Elasticsearch with TLS and users: what it says of each thing that may be wrong."""

from pathlib import Path

import pytest
from elasticsearch import NotFoundError

from store.elastic.connection import Connection
from tests.servers.authority import Authority
from tests.servers.elasticsearch_node import ADMIN, ADMIN_PASSWORD, Node
from tests.servers.ports import free_port
from vagt.errors import DependencyError
from vagt.settings.elasticsearch import ElasticsearchSettings

pytestmark = pytest.mark.servers


@pytest.fixture
def password(tmp_path: Path) -> Path:
    file = tmp_path / "password"
    file.write_text(f"{ADMIN_PASSWORD}\n")
    return file


def settings_of(node: Node, password: Path, **other: object) -> ElasticsearchSettings:
    whole = {"urls": (node.url,), "ca_file": node.ca, "user": ADMIN, "password_file": password} | other
    return ElasticsearchSettings.model_validate(whole)


def test_it_answers_who_proves_who_it_is(elasticsearch: Node, password: Path) -> None:
    connection = Connection(settings_of(elasticsearch, password))
    assert connection.ask("GET", "/_security/_authenticate")["username"] == ADMIN
    with pytest.raises(NotFoundError):
        connection.ask("GET", "/no-such-index/_mapping")


def test_an_api_key_is_taken_from_its_file(elasticsearch: Node, password: Path, tmp_path: Path) -> None:
    made = Connection(settings_of(elasticsearch, password)).ask("POST", "/_security/api_key", {"name": "of-a-test"})
    file = tmp_path / "key"
    file.write_text(made["encoded"])
    settings = settings_of(elasticsearch, password, user=None, password_file=None, api_key_file=file)
    assert Connection(settings).ask("GET", "/_security/_authenticate")["authentication_type"] == "api_key"


def test_a_wrong_password_is_named_and_a_mended_one_read_without_a_restart(elasticsearch: Node, password: Path) -> None:
    password.write_text("wrong-one")
    connection = Connection(settings_of(elasticsearch, password))
    with pytest.raises(DependencyError, match=r"401.*password_file") as caught:
        connection.ask("GET", "/")
    assert elasticsearch.url in str(caught.value)
    assert "wrong-one" not in str(caught.value)
    mended = password.with_name("mended")
    mended.write_text(ADMIN_PASSWORD)
    mended.replace(password)
    assert connection.ask("GET", "/")["version"]


def test_an_authority_that_did_not_sign_is_named(elasticsearch: Node, password: Path, tmp_path: Path) -> None:
    other = Authority(tmp_path / "other").ca
    with pytest.raises(DependencyError, match=r"elasticsearch\.ca_file"):
        Connection(settings_of(elasticsearch, password, ca_file=other)).ask("GET", "/")


def test_what_is_away_or_unreadable_is_named(elasticsearch: Node, password: Path) -> None:
    with pytest.raises(DependencyError, match="does not answer"):
        Connection(settings_of(elasticsearch, password, urls=(f"https://127.0.0.1:{free_port()}",))).ask("GET", "/")
    password.unlink()
    with pytest.raises(DependencyError, match=str(password)):
        Connection(settings_of(elasticsearch, password)).ask("GET", "/")


def test_what_our_role_does_not_allow_is_told(elasticsearch: Node, password: Path, tmp_path: Path) -> None:
    administrator = Connection(settings_of(elasticsearch, password))
    role = {"may_little": {"indices": [{"names": ["logs-*"], "privileges": ["read"]}]}}
    made = administrator.ask("POST", "/_security/api_key", {"name": "little", "role_descriptors": role})
    file = tmp_path / "key"
    file.write_text(made["encoded"])
    settings = settings_of(elasticsearch, password, user=None, password_file=None, api_key_file=file)
    with pytest.raises(DependencyError, match=r"403.*vagt elastic check"):
        Connection(settings).ask("PUT", "/logs-x-751")
