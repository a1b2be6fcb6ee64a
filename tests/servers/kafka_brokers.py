"""A real Apache Kafka (KRaft) on loopback: one broker or three, with TLS, SCRAM and access control.

Listeners of each broker: PLAIN (no TLS; whoever uses it is super-user, for tests), TLS (client certificate, the principal is
its common name), SASL (SCRAM-SHA-512 over TLS). `admin` (password, and a certificate of that name) is super-user.
"""

import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from kafka.admin import KafkaAdminClient

from tests.servers.authority import Authority
from tests.servers.jars import kafka_jars
from tests.servers.ports import free_port
from tests.servers.process import ServerProcess
from vagt.settings.bus import BusSettings

_CLUSTER = "MkU3OEVBNTcwNTJENDM2Qk"
ADMIN, ADMIN_PASSWORD = "admin", "admin-secret"
_LOG4J = """rootLogger.level=INFO
rootLogger.appenderRef.c.ref=C
appender.c.type=Console
appender.c.name=C
appender.c.layout.type=PatternLayout
appender.c.layout.pattern=%d{ISO8601} %p %c{1} %m%n
"""


class Broker:
    """One broker; its ports stay its own when it is killed and started again."""

    def __init__(self, number: int, folder: Path) -> None:
        self.number = number
        self.folder = folder
        self.plain, self.tls, self.sasl, self.controller = (free_port() for _ in range(4))
        self.server: ServerProcess

    def start(self) -> None:
        """Start it and wait until it answers."""
        self.server.start()

    def kill(self) -> None:
        """kill -9."""
        self.server.kill()

    def stop(self) -> None:
        """A clean end."""
        self.server.stop()

    def is_ready(self) -> bool:
        with socket.socket() as probe:
            probe.settimeout(0.5)
            listens = probe.connect_ex(("127.0.0.1", self.plain)) == 0
        return listens and b"Kafka Server started" in self.server.log.read_bytes()


class Brokers:
    """A cluster. `plain`, `tls`, `sasl`: bootstrap addresses of the three listeners."""

    def __init__(self, folder: Path, count: int = 1, **properties: str) -> None:
        """`properties` (with `_` for `.`) override the brokers' own."""
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.authority = Authority(folder / "tls")
        self.brokers = [Broker(number, folder) for number in range(1, count + 1)]
        self._overrides = {name.replace("_", "."): value for name, value in properties.items()}
        self._store = self.authority.issue("broker")
        self.admin = self.authority.issue(ADMIN)
        (folder / "log4j2.properties").write_text(_LOG4J)
        for broker in self.brokers:
            self._configure(broker)

    @property
    def plain(self) -> list[str]:
        return [f"127.0.0.1:{broker.plain}" for broker in self.brokers]

    @property
    def tls(self) -> list[str]:
        return [f"127.0.0.1:{broker.tls}" for broker in self.brokers]

    @property
    def sasl(self) -> list[str]:
        return [f"127.0.0.1:{broker.sasl}" for broker in self.brokers]

    def start(self) -> None:
        """Start all and wait until each answers."""
        for broker in self.brokers:
            broker.server.launch()
        for broker in self.brokers:
            broker.server.wait_ready()

    def stop(self) -> None:
        """End all; they need not agree on it."""
        for broker in self.brokers:
            broker.kill()

    def settings(self, client: str = "auto", **more: Any) -> BusSettings:
        """The section `bus` of vagt's settings for the plain listener; `more` goes into `kafka`."""
        plain = {"bootstrap_servers": self.plain, "security": "plaintext", "client": client}
        quick = {"replication": 1, "min_insync": 1, "metadata_seconds": 1, "request_timeout_seconds": 10}
        return BusSettings.model_validate({"kind": "kafka", "session_timeout_seconds": 6, "kafka": plain | quick | more})

    def empty(self) -> None:
        """Delete all topics and groups: the next test finds the brokers as new."""
        admin = KafkaAdminClient(bootstrap_servers=self.plain)
        try:
            topics = [name for name in admin.list_topics() if not name.startswith("__")]
            if topics:
                admin.delete_topics(topics)
            while any(not name.startswith("__") for name in admin.list_topics()):
                time.sleep(0.05)
            groups = [one["group_id"] for one in admin.list_groups()]
            if groups:
                admin.delete_groups(groups)
        finally:
            admin.close()

    def _configure(self, broker: Broker) -> None:
        data = self.folder / f"data{broker.number}"
        config = self.folder / f"broker{broker.number}.properties"
        config.write_text("".join(f"{name}={value}\n" for name, value in self._properties(broker, data).items()))
        java = ["java", "-cp", f"{kafka_jars()}/*", f"-Dlog4j2.configurationFile={self.folder / 'log4j2.properties'}"]
        if not (data / "meta.properties").exists():
            data.mkdir(exist_ok=True)
            scram = f"SCRAM-SHA-512=[name={ADMIN},password={ADMIN_PASSWORD}]"
            tool = [*java, "-Xmx128m", "-XX:TieredStopAtLevel=1", "kafka.tools.StorageTool", "format"]
            subprocess.run(
                [*tool, "-t", _CLUSTER, "-c", str(config), "--add-scram", scram], check=True, capture_output=True, timeout=120
            )
        options = ["-Xms256m", "-Xmx512m", "-XX:+UseSerialGC", "kafka.Kafka", str(config)]
        log = self.folder / f"broker{broker.number}.log"
        broker.server = ServerProcess(f"kafka {broker.number}", [*java, *options], log, broker.is_ready, self.folder)

    def _properties(self, broker: Broker, data: Path) -> dict[str, str]:
        copies = 1 if len(self.brokers) < 3 else 3
        insync = 1 if copies == 1 else 2
        names = {"PLAIN": broker.plain, "TLS": broker.tls, "SASL": broker.sasl}
        advertised = ",".join(f"{name}://127.0.0.1:{port}" for name, port in names.items())
        return {
            "process.roles": "broker,controller",
            "node.id": str(broker.number),
            "controller.quorum.voters": ",".join(f"{one.number}@127.0.0.1:{one.controller}" for one in self.brokers),
            "controller.listener.names": "CONTROLLER",
            "inter.broker.listener.name": "PLAIN",
            "listeners": f"{advertised},CONTROLLER://127.0.0.1:{broker.controller}",
            "advertised.listeners": advertised,
            "listener.security.protocol.map": "PLAIN:PLAINTEXT,CONTROLLER:PLAINTEXT,TLS:SSL,SASL:SASL_SSL",
            "ssl.keystore.type": "PEM",
            "ssl.keystore.location": str(self._store.both),
            "ssl.truststore.type": "PEM",
            "ssl.truststore.location": str(self.authority.ca),
            "listener.name.tls.ssl.client.auth": "required",
            "listener.name.sasl.ssl.client.auth": "none",
            "ssl.principal.mapping.rules": r"RULE:^.*CN=([^,]+).*$/$1/,DEFAULT",
            "sasl.enabled.mechanisms": "SCRAM-SHA-512",
            "listener.name.sasl.sasl.enabled.mechanisms": "SCRAM-SHA-512",
            "listener.name.sasl.scram-sha-512.sasl.jaas.config": (
                "org.apache.kafka.common.security.scram.ScramLoginModule required;"
            ),
            "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
            "super.users": f"User:ANONYMOUS;User:{ADMIN}",
            "allow.everyone.if.no.acl.found": "false",
            "log.dirs": str(data),
            "num.partitions": "2",
            "default.replication.factor": str(copies),
            "min.insync.replicas": str(insync),
            "offsets.topic.replication.factor": str(copies),
            "offsets.topic.num.partitions": "8",
            "transaction.state.log.replication.factor": str(copies),
            "transaction.state.log.min.isr": str(insync),
            "transaction.state.log.num.partitions": "4",
            "share.coordinator.state.topic.replication.factor": str(copies),
            "share.coordinator.state.topic.min.isr": str(insync),
            "group.initial.rebalance.delay.ms": "0",
            "group.min.session.timeout.ms": "1000",
            "auto.create.topics.enable": "false",
            "broker.session.timeout.ms": "2000",
            "broker.heartbeat.interval.ms": "500",
            "num.network.threads": "2",
            "num.io.threads": "4",
            **self._overrides,
        }


@contextmanager
def kafka_brokers(folder: Path, count: int = 1, **properties: str) -> Iterator[Brokers]:
    """A started cluster below `folder`, ended afterwards."""
    cluster = Brokers(folder, count, **properties)
    try:
        cluster.start()
        yield cluster
    finally:
        cluster.stop()
