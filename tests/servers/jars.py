"""Where the jars of the real servers lie; fetched once from Maven by the scripts beside the corpus."""

import os
import shutil
import subprocess
from functools import cache
from pathlib import Path

import pytest

from tests.missing import missing

HOME = Path(os.environ.get("SERVERS_HOME") or Path.home() / ".cache" / "vagt-test-servers")
_ROOT = Path(__file__).resolve().parent.parent.parent


def _scripts() -> Path:
    folder = Path(os.environ.get("VAGT_CORPUS") or _ROOT.parent / "shared") / "tools" / "servers"
    if not folder.is_dir():
        missing("the servers' scripts are absent; set VAGT_CORPUS to the folder that holds tools/servers/")
    return folder


def _run(*command: str) -> None:
    environment = {**os.environ, "SERVERS_HOME": str(HOME), "ES_TLS": str(_placeholder_tls())}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=1200)
    if done.returncode:
        pytest.fail(f"{' '.join(command)} failed: {done.stdout[-2000:]}{done.stderr[-2000:]}")


def _placeholder_tls() -> Path:
    """Files that the assembling script copies; each test's node gets certificates of its own afterwards."""
    folder = HOME / "no-tls"
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("ca.crt", "broker.crt", "broker.key"):
        (folder / name).touch()
    return folder


def newest_jdk() -> Path:
    """The home of the newest JDK (Elasticsearch 9.5 needs 21 or newer); ES_JAVA_HOME overrides."""
    if named := os.environ.get("ES_JAVA_HOME"):
        return Path(named)
    found: dict[int, Path] = {}
    for javac in Path("/usr/lib/jvm").glob("*/bin/javac"):
        text = subprocess.run([str(javac), "-version"], capture_output=True, text=True, check=False).stdout
        found[int(text.split()[-1].split(".")[0])] = javac.parent.parent
    if not found or max(found) < 21:
        missing("needs a JDK of 21 or newer (javac) below /usr/lib/jvm, or ES_JAVA_HOME")
    return found[max(found)]


@cache
def kafka_jars() -> Path:
    """The folder of Apache Kafka's jars."""
    if shutil.which("java") is None:
        missing("needs java: apt-get install openjdk-17-jre-headless")
    folder = HOME / "kafka-lib"
    if not (folder / ".complete").exists():
        _needs_maven()
        _run(str(_scripts() / "kafka.sh"), "fetch")
        (folder / ".complete").touch()
    return folder


@cache
def elasticsearch_home(*, secure: bool) -> Path:
    """An assembled Elasticsearch, to be copied: it holds no data and nobody starts it where it lies."""
    newest_jdk()
    name = "template-secure" if secure else "template"
    folder = HOME / f"es-{name}"
    if not (folder / ".complete").exists():
        script = str(_scripts() / "elasticsearch.sh")
        if not (HOME / "es-jars" / ".complete").exists():
            _needs_maven()
            _run(script, "fetch")
            (HOME / "es-jars" / ".complete").touch()
        _run(script, "assemble", name, *(["secure"] if secure else []))
        (folder / ".complete").touch()
    return folder


def _needs_maven() -> None:
    if shutil.which("mvn") is None:
        missing("needs mvn to fetch the servers' jars: apt-get install maven")
