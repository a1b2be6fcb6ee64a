"""The servers of docker-compose.yml, started outside of containers with the file's own variables, arguments, secrets and health
checks. Names of hosts become loopback, ports free ones, folders of a container folders of the test."""

import os
import shutil
import ssl
import subprocess
from pathlib import Path

import httpx
import psycopg
import pytest
from kafka import KafkaAdminClient
from kafka.admin import NewTopic

from tests.deploy.compose_file import read_compose, read_variables
from tests.deploy.ground import Ground
from tests.deploy.installation import Installation
from tests.servers.elasticsearch_node import ADMIN, ADMIN_PASSWORD, Node
from tests.servers.jars import kafka_jars
from tests.servers.process import ServerProcess

pytestmark = pytest.mark.servers


def kafka_server(ground: Ground, name: str) -> ServerProcess:
    """The broker, by way of the image's own program that makes its configuration and formats its folder."""
    service = ground.compose.services[name]
    home = ground.folder / name
    for folder in ("default", "mounted", "config"):
        (home / folder).mkdir(parents=True)
    for file in ("server.properties", "log4j2.yaml", "tools-log4j2.yaml"):
        (home / "default" / file).touch()
    places = ground.granted(name) | {"/var/lib/kafka/data": str(ground.volume(name, "/var/lib/kafka/data"))}
    environment = {key: _here(ground, name, str(value), places) for key, value in service.environment.items()}
    java = ["java", "-cp", f"{kafka_jars()}/*"]
    wrapper = [*java, "kafka.docker.KafkaDockerWrapper", "setup", "--default-configs-dir", "default"]
    setup = [*wrapper, "--mounted-configs-dir", "mounted", "--final-configs-dir", "config"]
    environment |= {"PATH": os.environ["PATH"]}
    subprocess.run(setup, cwd=home, env=environment, check=True, capture_output=True, timeout=120)
    (home / "config" / "log4j2.yaml").write_text("Configuration:\n  Loggers:\n    Root:\n      level: ERROR\n")
    log4j = f"-Dlog4j2.configurationFile={home / 'config' / 'log4j2.yaml'}"
    heap = [word.replace("1g", "384m") for word in str(service.environment["KAFKA_HEAP_OPTS"]).split()]
    command = [*java, *heap, log4j, "kafka.Kafka", str(home / "config" / "server.properties")]
    check = {"/dev/tcp/127.0.0.1/9093": f"/dev/tcp/127.0.0.1/{ground.port(f'{name}:9093')}"}
    return ServerProcess(name, command, home / "log", lambda: ground.is_healthy(service, check), home)


def _here(ground: Ground, name: str, text: str, places: dict[str, str]) -> str:
    for old, new in places.items():
        text = text.replace(old, new)
    for port in ("9093", "9094"):
        text = text.replace(f"{name}:{port}", f"127.0.0.1:{ground.port(f'{name}:{port}')}")
    published = ground.compose.services[name].ports[0].split(":")[0]
    text = text.replace(f"localhost:{published}", f"localhost:{ground.port(f'{name}:9095')}")
    for port in ("9093", "9094", "9095"):
        text = text.replace(f"://:{port}", f"://:{ground.port(f'{name}:{port}')}")
    return text


def administrator(ground: Ground, name: str, port: str) -> KafkaAdminClient:
    context = ssl.create_default_context(cafile=str(ground.secrets / "ca.pem"))
    context.load_cert_chain(ground.secrets / f"{name}.pem", ground.secrets / f"{name}.key")
    return KafkaAdminClient(
        bootstrap_servers=[f"localhost:{ground.port(f'kafka:{port}')}"],
        security_protocol="SSL",
        ssl_context=context,
        request_timeout_ms=30_000,
    )


def test_kafka_takes_its_variables_and_lets_nobody_in_without_a_certificate(ground: Ground) -> None:
    server = kafka_server(ground, "kafka")
    try:
        server.start(120)
        admin = administrator(ground, "setup", "9093")
        admin.create_topics([NewTopic("raw.751.linux.auth", 2, 1)])
        assert "raw.751.linux.auth" in admin.list_topics()
        admin.close()
        shipper = administrator(ground, "shipper-751", "9095")
        assert shipper.list_topics() == [], "a sender without rights sees nothing"
        shipper.close()
        bare = ssl.create_default_context(cafile=str(ground.secrets / "ca.pem"))
        url = f"https://localhost:{ground.port('kafka:9093')}"
        with pytest.raises(httpx.TransportError):
            httpx.get(url, verify=bare, timeout=10)
    finally:
        server.stop()


WRITE = """
from vagt.cli.setup import open_bus, read_settings
from vagt.contracts.stage import Message
producer = open_bus(read_settings(None, None)).producer()
producer.send(Message("events", b"751", b"{}"))
producer.flush()
"""


@pytest.mark.debian("iproute2", "ip")
def test_three_brokers_of_the_profile_cluster_form_one_that_writes_on_without_any_of_them(tmp_path: Path) -> None:
    brokers = ("kafka", "kafka2", "kafka3")
    up = Installation(tmp_path, read_compose(variables=read_variables()), servers=(*brokers, "postgres"))
    try:
        up.up("setup_kafka")
        assert up["setup_kafka"].wait() == 0, up["setup_kafka"].tail()
        found = up.run("setup_kafka", "vagt", "kafka", "check", "--format", "json")
        assert found.strip() == b"[]", "three copies of everything"
        for broker in brokers:
            up[broker].stop()
            up.run("setup_kafka", "python", "-c", WRITE)
            up.create(broker).start()
            up[broker].wait_until_healthy()
    finally:
        up.down()


@pytest.mark.usefixtures("postgres_service")
def test_postgresql_takes_its_arguments_and_serves_tls_to_who_checks_it(ground: Ground) -> None:
    password = (ground.secrets / "postgres_password").read_text()
    address = {"host": "localhost", "hostaddr": "127.0.0.1", "port": ground.port("postgres:5432"), "user": "vagt"}
    safe = {"sslmode": "verify-full", "sslrootcert": str(ground.secrets / "ca.pem"), "password": password}
    with psycopg.connect(dbname="postgres", **address, **safe) as connection:  # type: ignore[arg-type]
        shown = [connection.execute(f"SHOW {name}").fetchone() for name in ("max_connections", "data_checksums")]
        assert shown == [("200",), ("on",)]
        assert connection.execute("SELECT version FROM pg_stat_ssl WHERE pid = pg_backend_pid()").fetchone() == ("TLSv1.3",)
    with pytest.raises(psycopg.OperationalError, match="password"):
        psycopg.connect(dbname="postgres", **address, **(safe | {"password": "wrong"}))  # type: ignore[arg-type]


def give_kibana_its_password(ground: Ground, port: int) -> None:
    """What the service `setup_kibana_user` runs."""
    service = ground.compose.services["setup_kibana_user"]
    words = [*service.entrypoint, *service.command]
    for old, new in {**ground.granted("setup_kibana_user"), "elasticsearch:9200": f"localhost:{port}"}.items():
        words = [word.replace(old, new) for word in words]
    subprocess.run(words, check=True, capture_output=True, timeout=60)


def test_elasticsearch_takes_its_settings_and_its_health_check_holds(ground: Ground) -> None:
    service = ground.compose.services["elasticsearch"]
    node = Node(ground.folder / "node", secure=True)
    config = node.folder / "config"
    own = config / "elasticsearch.yml"
    places_here = ("http.port", "transport.port", "network", "cluster.routing")
    kept = [line for line in own.read_text().splitlines() if line.startswith(places_here)]
    dotted = {name: value for name, value in service.environment.items() if "." in name}
    data = ground.volume("elasticsearch", "/usr/share/elasticsearch/data")
    own.write_text("\n".join([*kept, f"path.data: {data}", *(f"{name}: {value}" for name, value in dotted.items())]) + "\n")
    inside = {place: file for place, file in ground.granted("elasticsearch").items() if "/config/" in place}
    for place, file in inside.items():
        shutil.copy(file, config / Path(place).relative_to("/usr/share/elasticsearch/config"))
    password = Path(ground.granted("elasticsearch")[str(service.environment["ELASTIC_PASSWORD_FILE"])]).read_text()
    places = {"/usr/share/elasticsearch/config": str(config), "localhost:9200": f"localhost:{node.port}"}
    node.server.is_ready = lambda: ground.is_healthy(service, places)
    try:
        node.start()
        context = ssl.create_default_context(cafile=str(ground.secrets / "ca.pem"))
        url = f"https://localhost:{node.port}"
        with httpx.Client(base_url=url, verify=context, timeout=60) as client:
            # its image's start script gives `elastic` this password
            elastic = {"password": password}
            client.post("/_security/user/elastic/_password", json=elastic, auth=(ADMIN, ADMIN_PASSWORD)).raise_for_status()
            client.get("/", auth=("elastic", password)).raise_for_status()
            (one,) = client.get("/_nodes/_local/settings?flat_settings", auth=("elastic", password)).json()["nodes"].values()
            # the jars' own launcher names node and cluster itself
            wanted = {name: str(value) for name, value in dotted.items() if name not in ("node.name", "cluster.name")}
            shown = {name: "".join(one["settings"].get(name, "hidden")) for name in wanted}
            assert all(value in (wanted[name], "hidden") for name, value in shown.items()), shown
            assert shown["xpack.security.enabled"] == "true" and shown["discovery.type"] == "single-node"
            give_kibana_its_password(ground, node.port)
            kibana = (ground.secrets / "kibana_password").read_text()
            who = client.get("/_security/_authenticate", auth=("kibana_system", kibana)).raise_for_status().json()
            assert who["username"] == ground.compose.services["kibana"].environment["ELASTICSEARCH_USERNAME"]
    finally:
        node.kill()
