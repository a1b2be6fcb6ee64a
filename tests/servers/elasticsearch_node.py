"""A real Elasticsearch node on loopback; a secure one has TLS, users, roles and API keys. What it has not (no ILM, no ES|QL, no
painless, some types as aliases) is what the jars of Maven do not hold."""

import shutil
import ssl
from base64 import b64encode
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from hashlib import pbkdf2_hmac
from os import urandom
from pathlib import Path

import httpx

from tests.servers.authority import Authority
from tests.servers.jars import elasticsearch_home, newest_jdk
from tests.servers.ports import free_port
from tests.servers.process import ServerProcess

ADMIN, ADMIN_PASSWORD = "admin", "admin-secret"
_CONFIG = """cluster.name: vagt-tests
node.name: n1
http.port: {http}
transport.port: {transport}
network.host: 127.0.0.1
discovery.type: single-node
cluster.routing.allocation.disk.threshold_enabled: false
xpack.security.enabled: {secure}
"""
_TLS = """xpack.security.autoconfiguration.enabled: false
xpack.security.http.ssl.enabled: true
xpack.security.http.ssl.key: tls/node.key
xpack.security.http.ssl.certificate: tls/node.pem
xpack.security.http.ssl.certificate_authorities: [tls/ca.pem]
"""


class Node:
    """One node. `url` is what a client is given; a secure one takes `ADMIN` with `ADMIN_PASSWORD` and is signed by `ca`."""

    def __init__(
        self, folder: Path, *, secure: bool = False, heap: str = "2g", settings: Mapping[str, str] | None = None
    ) -> None:
        """`settings` are added to elasticsearch.yml."""
        self.folder = folder
        self.secure = secure
        self.port = free_port()
        self.url = f"{'https' if secure else 'http'}://127.0.0.1:{self.port}"
        self._assemble(settings or {})
        self.authority = Authority(folder / "config" / "tls")
        self.ca = self.authority.ca
        if secure:
            self.authority.issue("node")
        self.server = ServerProcess("elasticsearch", self._command(heap), folder / "es.log", self._answers, folder)

    def start(self) -> None:
        """Start it and wait until it answers."""
        self.server.start(180)

    def stop(self) -> None:
        """A clean end."""
        self.server.stop()

    def kill(self) -> None:
        """kill -9."""
        self.server.kill()

    def client(self) -> httpx.Client:
        """An administrator's client."""
        verify = ssl.create_default_context(cafile=str(self.ca)) if self.secure else False
        auth = (ADMIN, ADMIN_PASSWORD) if self.secure else None
        return httpx.Client(base_url=self.url, verify=verify, auth=auth, timeout=60)

    def _answers(self) -> bool:
        try:
            with self.client() as client:
                return client.get("/_cluster/health", timeout=2).status_code == 200
        except (httpx.HTTPError, OSError):
            return False

    def _assemble(self, settings: Mapping[str, str]) -> None:
        template = elasticsearch_home(secure=self.secure)
        if not self.folder.exists():
            shutil.copytree(template, self.folder, copy_function=_link, symlinks=True)
            shutil.rmtree(self.folder / "config")  # links to the template's own files
            (self.folder / "config").mkdir()
            shutil.copy(template / "config" / "log4j2.properties", self.folder / "config")
        lines = _CONFIG.format(http=self.port, transport=free_port(), secure=str(self.secure).lower())
        lines += _TLS if self.secure else ""
        lines += "".join(f"{name}: {value}\n" for name, value in settings.items())
        (self.folder / "config" / "elasticsearch.yml").write_text(lines)
        if self.secure:
            (self.folder / "config" / "users").write_text(f"{ADMIN}:{_hashed(ADMIN_PASSWORD)}\n")
            (self.folder / "config" / "users_roles").write_text(f"superuser:{ADMIN}\n")
            for name in ("role_mapping.yml", "roles.yml"):
                (self.folder / "config" / name).touch()

    def _command(self, heap: str) -> list[str]:
        home = self.folder
        return [
            str(newest_jdk() / "bin" / "java"),
            f"-Xms{heap}",
            f"-Xmx{heap}",
            "-XX:+UseSerialGC",
            "--enable-native-access=org.elasticsearch.nativeaccess,org.elasticsearch.foreign,org.apache.lucene.core",
            "--add-modules=jdk.incubator.vector",
            f"-Des.nativelibs.path={home / 'native'}",
            "-Dorg.elasticsearch.nativeaccess.enableVectorLibrary=false",
            "-Des.distribution.type=tar",
            *(home / "flags").read_text().split(),
            "--module-path",
            str(home / "server"),
            "--add-modules",
            "ALL-MODULE-PATH",
            "-cp",
            str(home / "launch"),
            "EsNode",
            str(home),
        ]


def _link(source: str, target: str) -> str:
    """The jars are shared: a node's folder holds links to them."""
    Path(target).hardlink_to(source)
    return target


def _hashed(password: str) -> str:
    salt = urandom(32)
    digest = pbkdf2_hmac("sha512", password.encode(), salt, 10_000, 32)
    return f"{{PBKDF2}}10000${b64encode(salt).decode()}${b64encode(digest).decode()}"


@contextmanager
def elasticsearch_node(
    folder: Path, *, secure: bool = False, heap: str = "2g", settings: Mapping[str, str] | None = None
) -> Iterator[Node]:
    """A started node in the new folder `folder`, ended afterwards."""
    node = Node(folder, secure=secure, heap=heap, settings=settings)
    try:
        node.start()
        yield node
    finally:
        node.kill()
