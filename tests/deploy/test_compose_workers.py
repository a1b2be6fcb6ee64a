"""The workers of docker-compose.yml, started with the file's own commands, variables, settings, secrets and health checks, on
its PostgreSQL. Only the bus is the embedded one here, in one data folder for all."""

import os
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import psycopg
import pytest

from tests.deploy.compose_file import ROOT
from tests.deploy.ground import WORKERS, Ground

pytestmark = [pytest.mark.servers, pytest.mark.usefixtures("postgres_service")]
LINE = b"<38>Nov 22 02:00:01 web01 sshd[4001]: Failed password for invalid user admin from 203.0.113.9 port 40001 ssh2\n"


class Services:
    """Services of vagt, each a process in folders of its own."""

    def __init__(self, ground: Ground) -> None:
        self.ground = ground
        self.running: dict[str, subprocess.Popen[bytes]] = {}

    def places(self, name: str) -> dict[str, str]:
        """What of the container stands where here; the ports of one service are its own."""
        secrets = self.ground.folder / f"run-{name}"
        secrets.mkdir(exist_ok=True)
        for place, file in self.ground.granted(name).items():
            shutil.copy(file, secrets / Path(place).name)
        ports = {text: str(self.ground.port(f"{name}:{text}")) for text in ("6514", "9880", "8443", "9464")}
        postgres = f"localhost\n  port: {self.ground.port('postgres:5432')}"
        return {"/run/secrets": str(secrets), "host: postgres": f"host: {postgres}", "kind: kafka": "kind: embedded"} | ports

    def start(self, name: str) -> "subprocess.Popen[bytes]":
        service = self.ground.compose.services[name]
        places = self.places(name)
        settings = (ROOT / "deploy" / "vagt.production.yaml").read_text()
        for old, new in places.items():
            settings = settings.replace(old, new)
        config = self.ground.folder / f"{name}.yaml"
        config.write_text(settings)
        here = {str(service.configs[0].target): str(config), "/data": str(self.ground.folder / "data")}
        given = {key: here.get(str(value), str(value)) for key, value in service.environment.items()}
        program, *arguments = service.command
        command = [sys.executable, "-m", program, *arguments]
        environment = {key: value for key, value in os.environ.items() if not key.startswith("VAGT_")} | given
        with self.log(name).open("ab") as log:
            self.running[name] = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
        return self.running[name]

    def log(self, name: str) -> Path:
        return self.ground.folder / f"{name}.log"

    def is_healthy(self, name: str) -> bool:
        assert self.running[name].poll() is None, self.log(name).read_text()[-4000:]
        python = {"python": sys.executable}
        service = self.ground.compose.services[name]
        assert service.healthcheck is not None and service.healthcheck.test[1] == "python"
        test = [python.get(word, word) for word in service.healthcheck.test]
        checked = service.model_copy(update={"healthcheck": service.healthcheck.model_copy(update={"test": test})})
        return self.ground.is_healthy(
            checked, {key: new for key, new in self.places(name).items() if key in ("/run/secrets", "9464")}
        )


def wait_for(condition: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        if condition():
            return
        time.sleep(0.3)
    raise AssertionError(what)


@pytest.fixture
def services(ground: Ground) -> Iterator[Services]:
    made = Services(ground)
    yield made
    for process in made.running.values():
        process.kill()
        process.wait()


def client_context(ground: Ground, name: str) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=str(ground.secrets / "ca.pem"))
    context.load_cert_chain(ground.secrets / f"{name}.pem", ground.secrets / f"{name}.key")
    return context


def archived(ground: Ground) -> int:
    password = (ground.secrets / "postgres_password").read_text()
    address = f"host=localhost hostaddr=127.0.0.1 port={ground.port('postgres:5432')} user=vagt dbname=vagt sslmode=require"
    with psycopg.connect(address, password=password) as connection:
        found = connection.execute("SELECT coalesce(sum(rows), 0) FROM archive_segments WHERE kind = 'events'").fetchone()
    return int(found[0]) if found else 0


def test_all_workers_become_healthy_bring_a_log_over_tls_to_the_archive_and_end_with_0(
    ground: Ground, services: Services
) -> None:
    assert services.start("triage").wait(60) == 78, "before there are tables"
    assert services.start("setup_state").wait(120) == 0, services.log("setup_state").read_text()
    for name in WORKERS:
        services.start(name)
    for name in WORKERS:
        wait_for(lambda name=name: services.is_healthy(name), f"{name}: {services.log(name)}")  # type: ignore[misc]
    port = ground.port("ingest:6514")
    wait_for(lambda: socket.socket().connect_ex(("127.0.0.1", port)) == 0, "ingest to listen")
    with (
        socket.create_connection(("127.0.0.1", port)) as plain,
        client_context(ground, "shipper-751").wrap_socket(plain, server_hostname="localhost") as sender,
    ):
        sender.sendall(LINE)
    wait_for(lambda: archived(ground) == 1, "the event in the archive")
    api = f"https://localhost:{ground.port('api:8443')}"
    trusted = ssl.create_default_context(cafile=str(ground.secrets / "ca.pem"))
    assert httpx.get(f"{api}/ready", verify=trusted, timeout=10).status_code == 200
    metrics = f"https://localhost:{ground.port('normalise:9464')}/metrics"
    assert "vagt_stage_records_total" in httpx.get(metrics, verify=client_context(ground, "setup"), timeout=10).text
    assert httpx.get(metrics, verify=trusted, timeout=10).status_code == 403
    for name in WORKERS:
        services.running[name].send_signal(signal.SIGTERM)
    assert {name: services.running[name].wait(60) for name in WORKERS} == dict.fromkeys(WORKERS, 0)
