"""docker-compose.yml, up: every service but Kibana's in a container, in the order and on the conditions of the file."""

import os
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from tests.deploy.compose_file import Compose
from tests.deploy.container import Container, Image
from tests.deploy.images import (
    ELASTIC_PASSWORD,
    elasticsearch_image,
    kafka_image,
    postgres_image,
    tools_image,
    vagt_image,
)
from tests.deploy.networks import Networks
from tests.missing import missing
from vagt.trial_secrets import make_secrets


class Installation:
    """`up` and `down`; `containers` by name and number."""

    def __init__(
        self,
        folder: Path,
        compose: Compose,
        variables: Mapping[str, str] | None = None,
        folders: Mapping[str, Path] | None = None,
        servers: tuple[str, ...] = ("kafka", "postgres", "elasticsearch"),
    ) -> None:
        """`variables` and `folders` (place inside -> here) are a unit's own, given to every service of vagt; `servers` are
        started first and together."""
        if os.geteuid():
            missing("needs root: containers are made of namespaces, and of users that own their files")
        self.compose = compose
        self.folder = folder
        self.servers = servers
        self.secrets = folder / "secrets"
        self.workers = [name for name, one in compose.services.items() if one.command[:2] == ["vagt", "worker"]]
        make_secrets(self.secrets, tuple(self.workers), ("shipper-751",), (), datetime.now(UTC))
        self.images: dict[str, Image] = {
            **dict.fromkeys(("kafka", "kafka2", "kafka3"), kafka_image(folder / "image-kafka")),
            "postgres": postgres_image(),
            "elasticsearch": elasticsearch_image(folder / "image-elasticsearch", compose.services["elasticsearch"]),
            "setup_kibana_user": tools_image(),
        }
        self._own = vagt_image(variables or {}, folders or {})
        self.containers: dict[tuple[str, int], Container] = {}
        self.networks = Networks(compose)

    def __getitem__(self, name: str) -> Container:
        return self.containers[name, 1]

    def up(self, *names: str) -> None:
        """Start services, and before them what they depend on."""
        if not self.containers:
            for name in self.servers:
                self.create(name).start()
            for name in self.servers:
                self[name].wait_until_healthy()
            if "elasticsearch" in self.servers:
                done = self["elasticsearch"].execute("sh", "-c", ELASTIC_PASSWORD)
                assert done.returncode == 0, f"{done.stderr}; {self['elasticsearch'].tail()}"
        for name in names:
            self._start(name)

    def _start(self, name: str) -> None:
        if (name, 1) in self.containers:
            return
        conditions = self.compose.services[name].depends_on
        for other in conditions:
            self._start(other)
        for other, after in conditions.items():
            if after.condition == "service_healthy":
                self[other].wait_until_healthy()
            else:
                assert self[other].wait() == 0, self[other].tail()
        self.create(name).start()

    def scale(self, name: str, count: int) -> None:
        """`--scale name=count`: more containers of a service that runs."""
        for number in range(2, count + 1):
            self.create(name, number).start()

    def create(self, name: str, number: int = 1) -> Container:
        """A container of the service that is not started yet."""
        made = Container(self.networks, name, self.images.get(name, self._own), self.secrets, self.folder, number=number)
        self.containers[name, number] = made
        return made

    def run(self, name: str, *command: str) -> bytes:
        """`docker compose run --rm`: another command with everything that the service has; gives what it prints."""
        one = Container(self.networks, name, self.images.get(name, self._own), self.secrets, self.folder, number=99)
        one.output.unlink(missing_ok=True)
        code = one.start(*command).wait(300)
        assert code == 0, f"{' '.join(command)} ended with {code}; {one.tail()}"
        return one.output.read_bytes()

    def down(self) -> None:
        """Kill what runs, and the networks."""
        for one in self.containers.values():
            one.kill()
        self.networks.close()
