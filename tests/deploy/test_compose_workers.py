"""docker-compose.yml, up: its servers (Kafka, PostgreSQL, Elasticsearch; there is no Kibana here), what sets them up, and every
worker, each with the file's own command, variables, settings, secrets, volumes, networks, user and health check. Nothing is
mapped: names, ports and paths are the file's. Lines come in over TLS while `detections` runs three times and is restarted one
by one; nothing but Kafka tells the three of each other."""

import json
import socket
import ssl
import threading
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.deploy.compose_file import read_compose, size
from tests.deploy.container import Container
from tests.deploy.installation import Installation
from tests.drills.site import undisturbed
from tests.pipeline.test_kill import RULES, auth_line

pytestmark = [pytest.mark.servers, pytest.mark.debian("iproute2", "ip"), pytest.mark.debian("curl", "curl")]
LINES = 20_000
_SLICE = 500
SYSLOG = b"<38>Nov 22 02:00:01 web01 sshd[99999]: Failed password for invalid user admin from 203.0.113.9 port 40001 ssh2\n"
# a unit's own rules, and time for a member that is being restarted while others read on (tests/drills/site.py)
OWN = {
    "VAGT_DETECTIONS__BUILTIN": "false",
    "VAGT_DETECTIONS__RULES": '["/etc/vagt/rules"]',
    "VAGT_DETECTIONS__LATENESS_SECONDS": "7200",
}
TMPFS_ONLY = ("/data/vagt.lock", "/data/cache/")  # what was made of rules can be made again


@pytest.fixture(scope="module")
def up(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """All services that are not Kibana's, healthy."""
    folder = tmp_path_factory.mktemp("compose")
    (folder / "rules").mkdir()
    (folder / "rules" / "root.yml").write_text(RULES)
    made = Installation(folder, read_compose(), OWN, {"/etc/vagt/rules": folder / "rules"})
    try:
        made.up(*made.workers, "setup_kibana_user")
        made.scale("detections", 3)
        for name in made.workers:
            made[name].wait_until_healthy()
        yield made
    finally:
        made.down()


class Sender:
    """The shipper of a municipality, outside: over the published ports of ingest, with its client certificate."""

    def __init__(self, up: Installation) -> None:
        self.up = up
        self.context = ssl.create_default_context(cafile=str(up.secrets / "ca.pem"))
        self.context.load_cert_chain(up.secrets / "shipper-751.pem", up.secrets / "shipper-751.key")

    def request(self, method: str, service: str, path: str, **more: Any) -> httpx.Response:
        """At a published port of the service, by the name in its certificate."""
        port = self.up.compose.services[service].ports[-1].split(":")[0]
        url = f"https://{self.up.networks.address(service, 'frontend')}:{port}{path}"
        with self.up.networks.machine(), httpx.Client(verify=self.context, timeout=60) as client:
            return client.request(method, url, extensions={"sni_hostname": service}, **more)

    def send(self, first: int, count: int) -> None:
        """Lines over HTTP; each is acknowledged."""
        body = "".join(auth_line(number) + "\n" for number in range(first, first + count))
        answer = self.request("POST", "ingest", "/ingest/v1/linux.auth", content=body, headers={"Content-Type": "text/plain"})
        assert answer.status_code in (200, 202), answer.text

    def send_syslog(self, line: bytes) -> None:
        address = (self.up.networks.address("ingest", "frontend"), 6514)
        with (
            self.up.networks.machine(),
            socket.create_connection(address, 10) as plain,
            self.context.wrap_socket(plain, server_hostname="ingest") as sender,
        ):
            sender.sendall(line)


@pytest.fixture(scope="module")
def sender(up: Installation) -> Sender:
    return Sender(up)


def test_what_sets_up_has_left_nothing_to_do(up: Installation) -> None:
    assert up.run("setup_kafka", "vagt", "kafka", "check", "--format", "json").strip() == b"[]"
    assert up.run("setup_elastic", "vagt", "elastic", "setup", "--dry-run", "--format", "json").strip() == b"[]"
    assert b"kibana_system" in up.run("setup_kibana_user", *kibana_asks(up))


def kibana_asks(up: Installation) -> list[str]:
    """Whom Elasticsearch knows by the password that Kibana has."""
    user = up.compose.services["kibana"].environment["ELASTICSEARCH_USERNAME"]
    url = f"{up.compose.services['kibana'].environment['ELASTICSEARCH_HOSTS']}/_security/_authenticate"
    script = f'curl -sf --cacert /run/secrets/ca.pem -u "{user}:$(cat /run/secrets/kibana_password)" {url}'
    return ["sh", "-c", script]


def test_detections_scaled_to_three_and_restarted_one_by_one_under_load_loses_and_doubles_nothing(
    up: Installation, sender: Sender, tmp_path: Path
) -> None:
    reference = undisturbed(tmp_path / "embedded", LINES)
    done = threading.Event()
    sent: list[int] = []

    def load() -> None:
        """Nine tenths while members are restarted, the rest afterwards."""
        for first in range(0, LINES, _SLICE):
            if first >= LINES * 9 // 10:
                done.wait()
            sender.send(first, _SLICE)
            sent.append(first)
            time.sleep(0.8)

    loading = threading.Thread(target=load)
    loading.start()
    try:
        at_restart = [restarted(up, "detections", number, sent) for number in (1, 2, 3)]
        for name in ("indexer", "normalise", "correlations"):
            restarted(up, name, 1, sent)
    finally:
        done.set()
        loading.join()
    assert len(sent) == LINES // _SLICE and 0 < at_restart[0] < at_restart[-1], "lines came in between restarts"
    sender.send_syslog(SYSLOG)
    on_bus = json.loads(up.run("setup_kafka", "python", "-m", "tests.deploy.count", "drained", str(LINES + 1)))
    sinks = json.loads(up.run("api", "python", "-m", "tests.deploy.count", "sinks", str(LINES + 1)))
    assert all(matched(up.containers["detections", number]) > 0 for number in (1, 2, 3)), "each had its share"
    assert sorted(sinks["numbers"]) == [*range(1, LINES + 1), 99_999]
    assert set(sinks["archived"].values()) == {1} and sinks["searchable"] == sinks["archived"]
    assert set(sinks["findings"].values()) == {1} and sinks["alerts"] == sinks["findings"]
    assert on_bus == {"events": len(sinks["archived"]), "findings": len(sinks["findings"]), "dead": 0}
    fired = Counter(tuple(one) for one in sinks["signatures"] if not one[0].startswith("vagt-"))  # those: late lines, silence
    assert fired == reference
    verified = up["evidence"].execute("vagt", "evidence", "verify")
    assert verified.returncode == 0, verified.stdout


def restarted(up: Installation, name: str, number: int, sent: list[int]) -> int:
    """`docker compose up -d --no-deps` of one container; gives how many slices had come in before."""
    time.sleep(2)
    before = len(sent)
    assert up.containers[name, number].stop() == 0
    up.create(name, number).start()
    up.containers[name, number].wait_until_healthy()
    return before


def matched(container: Container) -> float:
    """Records that the worker has finished since it began, as its own port tells whoever has a certificate."""
    certificate = ["--cacert", "/run/secrets/ca.pem", "--cert", "/run/secrets/service.pem", "--key", "/run/secrets/service.key"]
    done = container.execute("curl", "-sf", *certificate, "https://localhost:9464/metrics")
    assert done.returncode == 0, done.stderr
    lines = [line for line in done.stdout.splitlines() if line.startswith("vagt_stage_records_total{")]
    return sum(float(line.split()[-1]) for line in lines)


def test_the_api_answers_outside_with_what_its_own_user_may_read(up: Installation, sender: Sender) -> None:
    assert sender.request("GET", "api", "/ready").status_code == 200
    key = json.loads(up["api"].execute("vagt", "keys", "create", "admin", "--role", "admin").stdout)["key"]
    answer = sender.request("GET", "api", "/api/v1/events?purpose=audit&limit=5", headers={"Authorization": f"Bearer {key}"})
    assert answer.status_code == 200 and len(answer.json()["items"]) == 5, answer.text


def test_metrics_are_for_those_with_a_certificate(up: Installation) -> None:
    bare = up["normalise"].execute(
        "curl", "-s", "--cacert", "/run/secrets/ca.pem", "https://localhost:9464/metrics", "-w", "%{http_code}"
    )
    assert bare.stdout.endswith("403")


def test_a_worker_may_do_at_the_brokers_and_in_elasticsearch_what_its_stage_does(up: Installation) -> None:
    script = (
        "from pathlib import Path; from vagt.cli.setup import open_bus; from vagt.settings import load_settings;"
        "from vagt.contracts.stage import Message; import os;"
        "p = open_bus(load_settings(Path(os.environ['VAGT_CONFIG']), dict(os.environ))).producer();"
        "p.send(Message('findings', b'751', b'{}')); p.flush()"
    )
    refused = up["normalise"].execute("python", "-c", script)
    assert refused.returncode != 0 and "findings" in refused.stderr.splitlines()[-1], refused.stderr
    for name, path, code in (
        ("indexer", "/logs-linux-751/_search", "200"),
        ("indexer", "/vagt-incidents-751/_search", "403"),
        ("api", "/vagt-incidents-751/_search", "200"),
        ("api", "/_security/user", "403"),
    ):
        user = '-u "$VAGT_ELASTICSEARCH__USER:$(cat $VAGT_ELASTICSEARCH__PASSWORD_FILE)"'
        words = f"curl -s -o /dev/null -w '%{{http_code}}' --cacert /run/secrets/ca.pem {user} https://elasticsearch:9200{path}"
        assert up[name].execute("sh", "-c", words).stdout == code, (name, path)


def test_the_servers_are_reached_by_tls_alone_and_by_nobody_outside(up: Installation) -> None:
    with up.networks.machine():
        for name, port in (("postgres", 5432), ("elasticsearch", 9200), ("kafka", 9093), ("normalise", 9464)):
            with pytest.raises(OSError, match=r"timed out|unreachable|No route"):
                socket.create_connection((up.networks.address(name, "backend"), port), 1)
    for url in ("http://elasticsearch:9200", "http://localhost:9464/health"):
        assert up["indexer"].execute("curl", "-s", "--max-time", "5", url).returncode != 0
    asked = up["postgres"].execute(
        "psql",
        "-U",
        "vagt",
        "-Atc",
        "SELECT bool_and(ssl) FROM pg_stat_ssl JOIN pg_stat_activity USING (pid) WHERE client_addr IS NOT NULL",
    )
    assert asked.stdout.strip() == "t", asked.stderr


def test_what_is_to_stay_is_written_to_volumes_and_every_volume_is(up: Installation) -> None:
    """The root is read-only, so nothing is written elsewhere; and nothing that must stay is in a tmpfs."""
    for (name, _), one in up.containers.items():
        places = [volume.split(":") for volume in one.service.volumes]
        assert all(list(one.volume(source).iterdir()) for source, *_ in places), name
        if name in up.workers:
            inside = one.files("/data")
            lost = {file for file in inside if not any(file.startswith(f"{place[1]}/") for place in places)}
            assert [file for file in lost if not file.startswith(TMPFS_ONLY)] == [], name


def test_no_worker_needs_more_than_its_limit(up: Installation) -> None:
    for name in up.workers:
        assert up[name].peak_memory() < size(up[name].service.deploy.resources.limits.memory), name


def test_all_end_with_0_in_their_time_and_their_health_checks_see_it(up: Installation) -> None:
    workers = [one for (name, _), one in up.containers.items() if name in up.workers]
    servers = [up[name] for name in ("kafka", "postgres", "elasticsearch")]
    for one in (*workers, *servers):
        assert one.is_healthy(), one.name
        one.hold()
    assert {(one.name, one.number): one.stop() for one in workers} == {(one.name, one.number): 0 for one in workers}
    assert {one.stop() for one in servers} <= {0, 143}, "143 is Java's own for SIGTERM"
    assert [one.name for one in (*workers, *servers) if one.is_healthy()] == []
