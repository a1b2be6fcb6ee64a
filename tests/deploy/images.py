"""What stands in for the images: the servers' jars and Debian packages of this machine, and vagt as the tests run it."""

import re
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path

from tests.deploy.compose_file import ROOT, Service
from tests.deploy.container import Image
from tests.servers.elasticsearch_node import ADMIN, ADMIN_PASSWORD, Node
from tests.servers.jars import kafka_jars, newest_jdk
from tests.servers.postgres_cluster import programs

_PATH = "/usr/local/bin:/usr/bin:/bin"
_ELASTIC = "/usr/share/elasticsearch"
# as apache/kafka's /etc/kafka/docker/launch: the program that makes the configuration of the variables, then the broker
_KAFKA = """set -e
result=$(java -cp '/opt/kafka/libs/*' kafka.docker.KafkaDockerWrapper setup --default-configs-dir /etc/kafka/docker \
--mounted-configs-dir /mnt/shared/config --final-configs-dir /opt/kafka/config 2>&1) ||
echo "$result" | grep -i 'already formatted' || { echo "$result"; exit 1; }
printf 'Configuration:\\n  Loggers:\\n    Root:\\n      level: WARN\\n' > /opt/kafka/config/log4j2.yaml
exec java $KAFKA_HEAP_OPTS -Dlog4j2.configurationFile=/opt/kafka/config/log4j2.yaml -cp '/opt/kafka/libs/*' \
kafka.Kafka /opt/kafka/config/server.properties
"""
# as postgres' docker-entrypoint.sh
_POSTGRES = """set -e
if [ ! -s "$PGDATA/PG_VERSION" ]; then
  initdb -D "$PGDATA" -U "$POSTGRES_USER" --pwfile="$POSTGRES_PASSWORD_FILE" $POSTGRES_INITDB_ARGS
  echo 'host all all all scram-sha-256' >> "$PGDATA/pg_hba.conf"
  echo "listen_addresses = '*'" >> "$PGDATA/postgresql.conf"
  pg_ctl -D "$PGDATA" -o "-c listen_addresses=''" -w start
  createdb -U "$POSTGRES_USER" "$POSTGRES_DB"
  pg_ctl -D "$PGDATA" -m fast -w stop
fi
exec "$@"
"""


def vagt_image(variables: Mapping[str, str], folders: Mapping[str, Path]) -> Image:
    """The program from this folder. `variables` and `folders` are a unit's own."""
    (line,) = re.findall(r"^ENV (.*VAGT_DATA=.*)$", (ROOT / "deploy" / "Dockerfile").read_text(), re.MULTILINE)
    given = dict(pair.split("=", 1) for pair in line.replace("$PATH", _PATH).split())
    places = {str(place): place for place in (ROOT, Path(sys.prefix), Path(sys.base_prefix)) if place.parts[1] != "usr"}
    places = {name: place for name, place in places.items() if name == str(ROOT) or ROOT not in place.parents}
    return Image(
        user="10001:10001",
        variables={**given, "PYTHONPATH": str(ROOT), **variables},
        folders={**places, "/opt/vagt": Path(sys.prefix), **folders},
        volume_owner="10001:10001",
    )


def kafka_image(folder: Path) -> Image:
    """Apache Kafka's own jars, with the program by which its image makes the configuration."""
    for name in ("docker/server.properties", "docker/log4j2.yaml", "docker/tools-log4j2.yaml", "shared/config/.none"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).touch()
    java = Path(str(shutil.which("java"))).resolve().parent.parent
    return Image(
        user="1000:1000",
        variables={"PATH": f"{java / 'bin'}:{_PATH}"},
        folders={
            "/opt/kafka/libs": kafka_jars(),
            "/etc/kafka/docker": folder / "docker",
            "/mnt/shared/config": folder / "shared" / "config",
            **({} if java.parts[1] == "usr" else {str(java): java}),
        },
        entrypoint=("sh", "-c", _KAFKA),
        volume_owner="1000:1000",
    )


def postgres_image() -> Image:
    """Debian's PostgreSQL."""
    return Image(
        user="999:999",
        variables={"PATH": f"{programs()}:{_PATH}", "LANG": "C.UTF-8"},
        entrypoint=("sh", "-c", _POSTGRES, "postgres"),
        volume_owner="999:999",
    )


def elasticsearch_image(folder: Path, service: Service) -> Image:
    """Elasticsearch's jars; the variables with dots become its settings, as its image's start script makes them."""
    node = Node(folder, secure=True)
    shutil.rmtree(folder / "config" / "tls")
    dotted = {name: value for name, value in service.environment.items() if "." in name}
    lines = ["network.host: 0.0.0.0", *(f"{name}: {value}" for name, value in dotted.items())]
    (folder / "config" / "elasticsearch.yml").write_text(
        "\n".join([*lines, "cluster.routing.allocation.disk.threshold_enabled: false"])
    )
    for name in ("config", "logs", "data"):
        (folder / name).mkdir(exist_ok=True)
        for path in ((folder / name), *(folder / name).rglob("*")):
            shutil.chown(path, 1000, 0)
    java = newest_jdk()
    heap = str(service.environment["ES_JAVA_OPTS"]).split()
    words = [word.replace(str(folder), _ELASTIC) for word in node.server.command if not word.startswith(("-Xms", "-Xmx"))]
    return Image(
        user="1000:0",
        variables={"PATH": _PATH},
        folders={} if java.parts[1] == "usr" else {str(java): java},
        writable={_ELASTIC: folder},
        hidden=("/usr/share",),
        command=(words[0], *heap, *words[1:]),
        volume_owner="1000:0",
    )


def tools_image() -> Image:
    """What a service needs that only runs the image's bash and curl."""
    return Image(user="1000:0", variables={"PATH": _PATH})


# what the image's start script does with ELASTIC_PASSWORD_FILE; `-u` is the node's own administrator here
ELASTIC_PASSWORD = f"""printf '{{"password":"%s"}}' "$(cat "$ELASTIC_PASSWORD_FILE")" |
curl -sf --cacert {_ELASTIC}/config/tls/ca.pem -u {ADMIN}:{ADMIN_PASSWORD} -H 'Content-Type: application/json' -d @- \
https://localhost:9200/_security/user/elastic/_password"""
