"""The compose files: the words are the specification's, the parts fit together, and what runs is shut in."""

import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner

from tests.deploy.compose_file import COMPOSE, EMBEDDED, ROOT, Service, read_compose, read_variables
from vagt.cli import app
from vagt.cli.wiring import all_workers
from vagt.settings import Settings, load_settings
from vagt.trial_secrets import make_secrets

PRODUCTION = read_compose()
CLUSTER = read_compose(variables=read_variables())
OURS = {name: one for name, one in PRODUCTION.services.items() if one.image.startswith("vagt:")}
WORKERS = {name: one for name, one in OURS.items() if one.command[:2] == ["vagt", "worker"]}
FILE = ROOT / "deploy" / "vagt.production.yaml"
SETTINGS = load_settings(FILE, {})
SERVERS = {"kafka", "kafka2", "kafka3", "postgres", "elasticsearch", "kibana", "setup_kibana_user"}
ALONE = {"ingest", "evidence", "cert_bridge", "api"}  # hold a volume or a port of their own


def settings_of(service: Service) -> Settings:
    return load_settings(FILE, {name: str(value) for name, value in service.environment.items()})


def services(names: dict[str, Service]) -> list[object]:
    return [pytest.param(name, one, id=name) for name, one in names.items()]


def schema_errors(path: Path) -> "subprocess.CompletedProcess[str]":
    """The Compose Specification's own schema, as the package check-jsonschema carries it, on the file."""
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec", str(path)]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)


@pytest.mark.parametrize("path", [COMPOSE, EMBEDDED], ids=["production", "embedded"])
def test_the_schema_of_the_compose_specification_takes_the_file(path: Path) -> None:
    done = schema_errors(path)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_schema_of_the_compose_specification_refuses_what_it_does_not_know(tmp_path: Path) -> None:
    document = yaml.safe_load(COMPOSE.read_text())
    document["services"]["kafka"]["healthcheck"]["start-period"] = "60s"
    (tmp_path / "wrong.yml").write_text(yaml.safe_dump(document))
    done = schema_errors(tmp_path / "wrong.yml")
    assert done.returncode == 1 and "start-period" in done.stdout


@pytest.mark.parametrize("path", [COMPOSE, EMBEDDED], ids=["production", "embedded"])
def test_every_part_that_is_named_is_there_and_used(path: Path) -> None:
    compose = read_compose(path)
    used = {"networks": set[str](), "volumes": set[str](), "secrets": set[str](), "configs": set[str]()}
    for one in compose.services.values():
        used["networks"] |= set(one.networks)
        used["volumes"] |= {volume.split(":")[0] for volume in one.volumes}
        used["secrets"] |= set(one.grants())
        used["configs"] |= {grant.source for grant in one.configs}
        assert set(one.depends_on) <= set(compose.services)
    for kind, names in used.items():
        assert names == set(getattr(compose, kind)), kind


def test_the_services_are_the_programs_workers_and_their_servers() -> None:
    known = set(all_workers(SETTINGS)) | {"indexer"}
    assert {one.command[2] for one in WORKERS.values()} == known
    assert set(PRODUCTION.services) == known | SERVERS | {name for name in OURS if name.startswith("setup_")}


@pytest.mark.parametrize(("name", "service"), services(PRODUCTION.services))
def test_a_service_has_no_rights_that_it_does_not_need_and_a_limit(name: str, service: Service) -> None:
    assert service.cap_drop == ["ALL"] and service.security_opt == ["no-new-privileges:true"]
    assert service.deploy.resources.limits.memory and service.deploy.resources.limits.cpus
    assert service.logging is not None and service.restart
    assert service.read_only or service.image.startswith(("elasticsearch:", "kibana:")), "its image writes beside its volume"
    if name in OURS:
        assert service.user == "10001:10001"
    if not name.startswith("setup_"):
        assert service.healthcheck is not None


@pytest.mark.parametrize(
    "name",
    [
        "setup_state",
        "setup_elastic",
        "setup_kafka",
        "setup_kibana",
    ],
)
def test_what_sets_up_once_is_a_command_of_the_program(name: str) -> None:
    assert CliRunner().invoke(app, [*OURS[name].command[1:], "--help"]).exit_code == 0


@pytest.mark.parametrize(("name", "service"), services(WORKERS))
def test_a_worker_can_be_scaled_unless_it_holds_something_of_its_own(name: str, service: Service) -> None:
    holds = bool(service.ports) or any(not volume.endswith(":ro") for volume in service.volumes)
    assert holds == (name in ALONE or name == "store")


def test_only_what_people_and_senders_reach_is_published_and_the_servers_network_leads_nowhere() -> None:
    published = {name: one.ports for name, one in PRODUCTION.services.items() if one.ports}
    assert published == {
        "kafka": ["9095:9095"],
        "kafka2": ["9096:9095"],
        "kafka3": ["9097:9095"],
        "kibana": ["5601:5601"],
        "ingest": ["6514:6514", "9880:9880"],
        "api": ["8443:8443"],
    }
    backend = PRODUCTION.networks["backend"]
    assert backend is not None and backend.internal
    assert all("backend" in one.networks for one in PRODUCTION.services.values())
    assert all("frontend" in PRODUCTION.services[name].networks for name in published)


def test_published_ports_are_those_of_the_settings() -> None:
    assert {listener.port for listener in SETTINGS.ingest.syslog} | {SETTINGS.ingest.http.port} == {6514, 9880}
    assert SETTINGS.api.port == 8443
    health = WORKERS["triage"].healthcheck
    assert health is not None and f"localhost:{SETTINGS.operation.metrics_port}/health" in health.test[-1]


def test_the_settings_file_speaks_tls_with_every_server_and_names_only_files_that_each_worker_has() -> None:
    assert (
        SETTINGS.bus.kafka.security == "tls" and SETTINGS.state.ca_file and SETTINGS.elasticsearch.urls[0].startswith("https:")
    )
    named = {word.strip("\"'},") for word in FILE.read_text().split() if "/run/secrets/" in word}
    of_setup = {str(user.password_file) for user in SETTINGS.elasticsearch.users} | {str(SETTINGS.kibana.password_file)}
    for one in WORKERS.values():
        assert named - of_setup <= set(one.grants().values())
    assert of_setup <= set(OURS["setup_elastic"].grants().values()) | set(OURS["setup_kibana"].grants().values())


def test_only_what_sets_up_is_an_administrator_of_brokers_and_search() -> None:
    for name in ("kafka", "kafka2", "kafka3"):
        assert PRODUCTION.services[name].environment["KAFKA_SUPER_USERS"] == "User:kafka;User:setup"
    assert SETTINGS.bus.kafka.services == {name: name for name in WORKERS}
    holders = {name for name, one in PRODUCTION.services.items() if "elastic_password" in one.grants()}
    assert holders == {"setup_elastic", "setup_kibana", "setup_kibana_user"}
    assert settings_of(OURS["setup_elastic"]).elasticsearch.user == "elastic"


def test_who_asks_elasticsearch_has_a_user_of_its_own_that_setup_makes_with_the_role_of_its_work() -> None:
    made = {user.name: (user.role, Path(str(user.password_file)).name) for user in SETTINGS.elasticsearch.users}
    assert made == {
        "vagt_indexer": ("vagt_writer", "elastic_indexer_password"),
        "vagt_api": ("vagt_reader", "elastic_api_password"),
    }
    for name, one in WORKERS.items():
        settings = settings_of(one).elasticsearch
        assert settings.user == (f"vagt_{name}" if name in ("indexer", "api") else None)
        given = {source for source in one.grants() if source.startswith("elastic")}
        assert given == ({made[settings.user][1]} if settings.user else set())
        if settings.user:
            assert one.grants()[made[settings.user][1]] == str(settings.password_file)


@pytest.mark.parametrize(("name", "service"), services(OURS))
def test_a_service_has_no_password_and_no_key_that_it_does_not_use(name: str, service: Service) -> None:
    uses_state = name in WORKERS or name in ("setup_state", "setup_kafka")
    assert ("postgres_password" in service.grants()) == uses_state
    keys = {source for source in service.grants() if source.endswith("_key")}
    assert keys == {"setup_key" if name == "setup_kafka" else f"{name}_key"} & keys
    assert bool(keys) == (name in WORKERS or name == "setup_kafka")


def test_every_folder_of_a_volume_belongs_to_the_user_in_the_image() -> None:
    """A new volume gets its owner from there."""
    (line,) = [line for line in (ROOT / "deploy" / "Dockerfile").read_text().splitlines() if "install -d" in line]
    for one in WORKERS.values():
        assert {volume.split(":")[1] for volume in one.volumes} <= set(line.split())


def test_environment_variables_of_workers_are_settings() -> None:
    for one in OURS.values():
        settings = load_settings(
            ROOT / "deploy/vagt.production.yaml", {name: str(value) for name, value in one.environment.items()}
        )
        assert str(settings.data_dir) == "/data"
        assert one.configs[0].target == one.environment["VAGT_CONFIG"]


def test_the_cluster_has_three_brokers_that_know_each_other_and_keep_three_copies() -> None:
    brokers = {name: one for name, one in CLUSTER.services.items() if one.image.startswith("apache/kafka:")}
    assert [one.profiles for one in brokers.values()] == [[], ["cluster"], ["cluster"]]
    voters = [f"{one.environment['KAFKA_NODE_ID']}@{name}:9094" for name, one in brokers.items()]
    for one in brokers.values():
        assert one.environment["KAFKA_CONTROLLER_QUORUM_VOTERS"] == ",".join(voters)
        assert (
            one.environment["KAFKA_DEFAULT_REPLICATION_FACTOR"] == "3" and one.environment["KAFKA_MIN_INSYNC_REPLICAS"] == "2"
        )
    worker = CLUSTER.services["triage"].environment
    kafka = load_settings(ROOT / "deploy/vagt.production.yaml", {name: str(value) for name, value in worker.items()}).bus.kafka
    assert kafka.bootstrap_servers == tuple(f"{name}:9093" for name in brokers)
    assert (kafka.replication, kafka.min_insync) == (3, 2)


def test_vagt_certificates_make_writes_every_secret_and_writes_none_twice(tmp_path: Path) -> None:
    made = CliRunner().invoke(app, ["certificates", "make", str(tmp_path)])
    assert made.exit_code == 0, made.output
    wanted = {Path(one.file).name for one in PRODUCTION.secrets.values()}
    assert wanted <= {path.name for path in tmp_path.iterdir()}
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    assert "0 files" in CliRunner().invoke(app, ["certificates", "make", str(tmp_path)]).stdout
    assert before == {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    assert all(path.stat().st_mode & 0o007 == 0 for path in tmp_path.iterdir())


def test_a_removed_certificate_is_made_anew_by_the_same_authority(tmp_path: Path) -> None:
    now = datetime(2026, 11, 25, tzinfo=UTC)
    make_secrets(tmp_path, ("api",), (), (), now)
    authority, old = (tmp_path / "ca.pem").read_bytes(), (tmp_path / "api.pem").read_bytes()
    for path in tmp_path.glob("api.*"):
        path.unlink()
    assert make_secrets(tmp_path, ("api",), (), ("logs.example.org",), now) == 3
    assert (tmp_path / "ca.pem").read_bytes() == authority and (tmp_path / "api.pem").read_bytes() != old


def test_the_embedded_file_runs_the_whole_pipeline_as_the_program_takes_it() -> None:
    service = read_compose(EMBEDDED).services["vagt"]
    settings = load_settings(None, {name: str(value) for name, value in service.environment.items()})
    assert service.command == ["vagt", "run"]
    assert str(settings.data_dir) == "/data" and "data:/data" in service.volumes
    assert service.ports == [f"127.0.0.1:{settings.api.port}:{settings.api.port}"]
    assert service.healthcheck is not None and f":{settings.api.port}/health" in service.healthcheck.test[-1]
    assert service.read_only and service.cap_drop == ["ALL"]
    assert service.build is not None and (EMBEDDED.parent / service.build.context / service.build.dockerfile).is_file()


def test_a_misspelt_word_is_found(tmp_path: Path) -> None:
    document = yaml.safe_load(COMPOSE.read_text())
    document["services"]["kafka"]["read-only"] = True
    (tmp_path / "wrong.yml").write_text(yaml.safe_dump(document))
    with pytest.raises(ValueError, match="read-only"):
        read_compose(tmp_path / "wrong.yml")
