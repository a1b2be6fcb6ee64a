"""A real S3-compatible object store (Versity S3 Gateway, over a folder) on loopback, with TLS."""

import os
import shutil
import ssl
import subprocess
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from urllib.error import HTTPError, URLError

import pytest

from tests.missing import missing
from tests.servers.authority import Authority
from tests.servers.jars import HOME
from tests.servers.ports import free_port
from tests.servers.process import ServerProcess

_VERSION = "v1.8.0"
_MODULE = f"github.com/versity/versitygw/cmd/versitygw@{_VERSION}"
_KEY, _SECRET = "vagt-key", "vagt-secret-of-the-object-store"


def _program() -> Path:
    """The gateway, built once."""
    folder = HOME / "bin" / f"versitygw-{_VERSION}"
    program = folder / "versitygw"
    if not program.exists():
        go = shutil.which("go", path=os.environ["PATH"] + ":/usr/local/go/bin")
        if go is None:
            missing("needs go to build an object store: apt-get install golang")
        environment = os.environ | {"GOBIN": str(folder)}
        done = subprocess.run(
            [go, "install", _MODULE], env=environment, capture_output=True, text=True, timeout=1800, check=False
        )
        if done.returncode:
            pytest.fail(f"go install {_MODULE} failed: {done.stderr[-2000:]}")
    return program


class ObjectStore:
    """One server. A bucket is a folder below `folder`, an object a file in it."""

    def __init__(self, home: Path) -> None:
        self._numbers = count()
        self.folder = home / "buckets"
        self.folder.mkdir(parents=True)
        self.key_file, self.secret_file = home / "key", home / "secret"
        self.key_file.write_text(_KEY + "\n")
        self.secret_file.write_text(_SECRET + "\n")
        authority = Authority(home / "tls")
        self.ca = authority.ca
        issued = authority.issue("object-store")
        address = f"127.0.0.1:{free_port()}"
        self.endpoint = f"https://{address}"
        command = ["env", f"ROOT_ACCESS_KEY={_KEY}", f"ROOT_SECRET_KEY={_SECRET}", str(_program()), "--port", address]
        command += ["--cert", str(issued.certificate), "--key", str(issued.key), "posix", str(self.folder)]
        self.server = ServerProcess("object store", command, home / "log", self._answers, home)

    def new_bucket(self) -> str:
        """The name of an empty bucket."""
        name = f"archive-{next(self._numbers)}"
        (self.folder / name).mkdir()
        return name

    def settings(self, bucket: str) -> dict[str, str]:
        """The section `store.archive` of vagt's settings, for a prefix in `bucket`."""
        return {
            "url": f"s3://{bucket}/vagt/archive",
            "endpoint": self.endpoint,
            "key_file": str(self.key_file),
            "secret_file": str(self.secret_file),
            "ca_file": str(self.ca),
        }

    def _answers(self) -> bool:
        """Nobody signs this request: 403 is an answer."""
        try:
            with urllib.request.urlopen(self.endpoint, timeout=2, context=ssl.create_default_context(cafile=self.ca)):
                return True
        except HTTPError:
            return True
        except (URLError, OSError):
            return False


@contextmanager
def object_store(home: Path) -> Iterator[ObjectStore]:
    """A started server, ended afterwards."""
    store = ObjectStore(home)
    store.server.start(60)
    try:
        yield store
    finally:
        store.server.stop()
