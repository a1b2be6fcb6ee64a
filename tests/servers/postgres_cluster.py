"""A real PostgreSQL (Debian's package) on loopback, with TLS."""

import os
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import mkdtemp

from tests.missing import missing
from tests.servers.authority import Authority
from tests.servers.ports import free_port
from tests.servers.process import ServerProcess

USER, PASSWORD, DATABASE = "vagt", "vagt-secret", "vagt"
_SETTINGS = """listen_addresses = '127.0.0.1'
port = {port}
unix_socket_directories = '{folder}'
ssl = on
ssl_cert_file = 'server.pem'
ssl_key_file = 'server.key'
ssl_ca_file = 'ca.pem'
max_connections = 100
"""
_ACCESS = "local all all peer\nhostssl all all 127.0.0.1/32 scram-sha-256\n"


def programs() -> Path:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parent.parent.name))
    if not found:
        missing("needs PostgreSQL: apt-get install postgresql")
    return found[-1].parent


def as_postgres(*command: str) -> list[str]:
    """PostgreSQL runs as no root: as Debian's user `postgres` then."""
    if os.geteuid():
        return list(command)
    return ["setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups", *command]


class Cluster:
    """One server with the empty database `vagt`. `ca` signs it; `password_file` holds the password of `vagt`.

    It lies in a folder of its own below /tmp, which its user may enter.
    """

    def __init__(self) -> None:
        self.folder = Path(mkdtemp(prefix="vagt-pg-", dir="/tmp"))
        self.port = free_port()
        folder = programs()
        self._psql = str(folder / "psql")
        data = self.folder / "data"
        authority = Authority(self.folder / "tls")
        self.ca = authority.ca
        issued = authority.issue("postgres")
        self.password_file = self.folder / "vagt.password"
        self.password_file.write_text(PASSWORD + "\n")
        if not os.geteuid():
            shutil.chown(self.folder, "postgres")
        self.folder.chmod(0o755)
        init = [str(folder / "initdb"), "-D", str(data), "-U", "postgres", "-E", "UTF8", "--locale=C.UTF-8", "-A", "peer"]
        subprocess.run(as_postgres(*init, "--no-sync"), check=True, capture_output=True, cwd="/tmp", timeout=120)
        for source, name in ((issued.certificate, "server.pem"), (issued.key, "server.key"), (self.ca, "ca.pem")):
            shutil.copy(source, data / name)
            (data / name).chmod(0o600)
            if not os.geteuid():
                shutil.chown(data / name, "postgres", "postgres")
        with (data / "postgresql.conf").open("a") as file:
            file.write(_SETTINGS.format(port=self.port, folder=self.folder))
        (data / "pg_hba.conf").write_text(_ACCESS)
        command = as_postgres(str(folder / "postgres"), "-D", str(data))
        self.server = ServerProcess("postgres", command, self.folder / "postgres.log", self._answers, Path("/tmp"))

    def start(self) -> None:
        """Start it and wait until it answers."""
        self.server.start(60)

    def kill(self) -> None:
        """kill -9 of the postmaster; its children end when they notice."""
        self.server.kill()

    def stop(self) -> None:
        """End it, and whatever of it is left."""
        self.server.stop()

    def sql(self, text: str, database: str = "postgres") -> str:
        """Run SQL as the server's superuser; gives what psql prints, unaligned."""
        server = ("-h", str(self.folder), "-p", str(self.port), "-U", "postgres", "-d", database)
        command = as_postgres(self._psql, *server, "-AtXq", "-v", "ON_ERROR_STOP=1", "-c", text)
        done = subprocess.run(command, check=True, capture_output=True, text=True, cwd="/tmp", timeout=60)
        return done.stdout.strip()

    def create(self, database: str = DATABASE) -> None:
        """A new, empty database that `vagt` owns."""
        if not self.sql(f"SELECT 1 FROM pg_roles WHERE rolname = '{USER}'"):
            self.sql(f"CREATE ROLE {USER} LOGIN PASSWORD '{PASSWORD}'")
        self.sql(f'DROP DATABASE IF EXISTS "{database}" WITH (FORCE)')
        self.sql(f'CREATE DATABASE "{database}" OWNER {USER}')

    def settings(self, database: str = DATABASE) -> dict[str, object]:
        """The section `state` of vagt's settings for it."""
        return {
            "host": "127.0.0.1",
            "port": self.port,
            "database": database,
            "user": USER,
            "password_file": str(self.password_file),
            "ca_file": str(self.ca),
        }

    def _answers(self) -> bool:
        with socket.socket() as probe:
            probe.settimeout(0.5)
            if probe.connect_ex(("127.0.0.1", self.port)):
                return False
        try:
            return self.sql("SELECT 1") == "1"
        except subprocess.CalledProcessError:
            return False


@contextmanager
def postgres_cluster() -> Iterator[Cluster]:
    """A started server with the database `vagt`, ended and removed afterwards."""
    cluster = Cluster()
    try:
        cluster.start()
        cluster.create()
        yield cluster
    finally:
        cluster.stop()
        shutil.rmtree(cluster.folder, ignore_errors=True)
