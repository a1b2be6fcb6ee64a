"""The ground on which the services of docker-compose.yml stand here: names of hosts become loopback, ports free ones, a
container's folders become folders of the test."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from tests.deploy.compose_file import Compose, Service
from tests.servers.ports import free_port
from tests.servers.postgres_cluster import as_postgres, programs
from tests.servers.process import ServerProcess
from vagt.cli.wiring import STAGES
from vagt.trial_secrets import make_secrets

WORKERS = (*STAGES, "ingest", "api")


class Ground:
    """Where a container's places are here."""

    def __init__(self, folder: Path, compose: Compose) -> None:
        self.folder = folder
        self.compose = compose
        self.secrets = folder / "secrets"
        self.ports: dict[str, int] = {}
        make_secrets(self.secrets, WORKERS, ("shipper-751",), (), datetime.now(UTC))

    def port(self, name: str) -> int:
        return self.ports.setdefault(name, free_port())

    def granted(self, name: str) -> dict[str, str]:
        """A service's secrets: their places in the container, and here."""
        service = self.compose.services[name]
        files = {source: Path(self.compose.secrets[source].file).name for source in service.grants()}
        return {place: str(self.secrets / files[source]) for source, place in service.grants().items()}

    def volume(self, name: str, target: str) -> Path:
        """The folder here for the volume that the service has at `target`."""
        (source,) = [one.split(":")[0] for one in self.compose.services[name].volumes if one.split(":")[1] == target]
        place = self.folder / f"volume-{source}"
        place.mkdir(exist_ok=True)
        return place

    def is_healthy(self, service: Service, places: dict[str, str]) -> bool:
        """The service's own health check."""
        assert service.healthcheck is not None
        kind, *command = service.healthcheck.test
        words = ["sh", "-c", command[0]] if kind == "CMD-SHELL" else command
        for old, new in places.items():
            words = [word.replace(old, new) for word in words]
        path = f"{programs()}:{os.environ['PATH']}"
        program = shutil.which(words[0], path=path)
        assert program is not None
        done = subprocess.run([program, *words[1:]], capture_output=True, check=False, timeout=20, env={"PATH": path})
        return done.returncode == 0


@contextmanager
def postgres_server(ground: Ground) -> Iterator[None]:
    """As its image's start script does: initdb with the variables, access by password, then the file's own command."""
    service = ground.compose.services["postgres"]
    places = ground.granted("postgres")
    environment = {name: places.get(str(value), str(value)) for name, value in service.environment.items()}
    data = ground.volume("postgres", "/var/lib/postgresql/data") / Path(environment["PGDATA"]).name
    ground.folder.chmod(0o755)
    for parent in (ground.folder.parent, ground.folder.parent.parent):
        parent.chmod(0o755)
    ground.secrets.chmod(0o755)
    for file in places.values():
        shutil.chown(file, "root", "postgres")
    shutil.chown(data.parent, "postgres")
    user = environment["POSTGRES_USER"]
    init = [str(programs() / "initdb"), "-D", str(data), "-U", user, f"--pwfile={environment['POSTGRES_PASSWORD_FILE']}"]
    init += [*environment["POSTGRES_INITDB_ARGS"].split(), "--auth-local=trust", "--no-sync"]
    subprocess.run(as_postgres(*init), check=True, capture_output=True, cwd="/tmp", timeout=120)
    with (data / "pg_hba.conf").open("a") as access:
        access.write("host all all all scram-sha-256\n")
    program, *arguments = service.command
    for old, new in places.items():
        arguments = [word.replace(old, new) for word in arguments]
    port = ground.port("postgres:5432")
    here = ["-D", str(data), "-p", str(port), "-k", str(data.parent), "-h", "127.0.0.1"]
    command = [str(programs() / program), *here, *arguments]

    def is_ready() -> bool:
        assert service.healthcheck is not None
        words = [*service.healthcheck.test[1:], "-p", str(port)]
        return subprocess.run([str(programs() / words[0]), *words[1:]], check=False, timeout=20).returncode == 0

    server = ServerProcess("postgres", as_postgres(*command), ground.folder / "postgres.log", is_ready, Path("/tmp"))
    server.start(60)
    try:
        reached = ["-h", str(data.parent), "-p", str(port), "-U", user, environment["POSTGRES_DB"]]
        subprocess.run(as_postgres(str(programs() / "createdb"), *reached), check=True, cwd="/tmp", timeout=60)
        yield
    finally:
        server.stop()
