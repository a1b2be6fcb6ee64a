"""A broker of these tests' own (what is there beside vagt's topics is drift), and `vagt kafka` run on it."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from kafka.admin import KafkaAdminClient
from typer.testing import CliRunner

from tests.servers.kafka_brokers import Brokers, kafka_brokers
from vagt.cli import app

SHIPPERS = [
    {"tenant": "751", "principal": "shipper-751", "sources": ["linux.auth"]},
    {"tenant": "101", "principal": "shipper-101", "sources": ["linux.auth"]},
]


class Kafka:
    """The broker, an administrator's settings file for it, and `vagt kafka VERB`."""

    def __init__(self, brokers: Brokers, folder: Path, services: dict[str, str]) -> None:
        self.brokers = brokers
        self.folder = folder
        self.settings = folder / "admin.yaml"
        password = folder / "shipper-101.password"
        password.write_text("kodeord-101\n")
        self.kafka: dict[str, Any] = {
            "bootstrap_servers": brokers.tls,
            "ca_file": str(brokers.authority.ca),
            "certificate_file": str(brokers.admin.certificate),
            "key_file": str(brokers.admin.key),
            "replication": 1,
            "min_insync": 1,
            "partitions": {"events": 4, "raw.751.*": 5},
            "services": services,
            "shippers": SHIPPERS,
            "users": [{"name": "shipper-101", "password_file": str(password)}],
        }
        self.admin = KafkaAdminClient(bootstrap_servers=brokers.plain)

    def run(self, *verb: str, **changes: Any) -> tuple[int, list[dict[str, Any]]]:
        """(exit code, rows) of `vagt kafka VERB --format json` with these settings of `bus.kafka`."""
        document = {
            "data_dir": str(self.folder / "data"),
            "unit": {"municipalities": ["751", "101"]},
            "bus": {"kind": "kafka", "raw_partitions": 3, "kafka": self.kafka | changes},
        }
        self.settings.write_text(yaml.safe_dump(document))
        done = CliRunner().invoke(app, ["kafka", *verb, "--format", "json", "--config", str(self.settings)])
        if done.exception is not None and not isinstance(done.exception, SystemExit):
            raise done.exception
        assert done.exit_code in (0, 1), done.output
        return done.exit_code, json.loads(done.stdout)


@pytest.fixture(scope="module")
def empty_kafka(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Brokers]:
    """A broker that holds nothing yet."""
    with kafka_brokers(tmp_path_factory.mktemp("own-kafka")) as cluster:
        yield cluster


@pytest.fixture(scope="module")
def services() -> dict[str, str]:
    """A principal for each worker."""
    from vagt.cli.rights import worker_rights

    return {worker: f"vagt-{worker}" for worker in worker_rights()}


@pytest.fixture(scope="module")
def kafka(empty_kafka: Brokers, tmp_path_factory: pytest.TempPathFactory, services: dict[str, str]) -> Iterator[Kafka]:
    """The broker after `vagt kafka setup`; it must have found nothing to complain of."""
    one = Kafka(empty_kafka, tmp_path_factory.mktemp("setup"), services)
    code, rows = one.run("setup")
    assert code == 0, rows
    assert {row["state"] for row in rows} == {"set"}
    yield one
    one.admin.close()
