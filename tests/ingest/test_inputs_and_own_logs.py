"""What is started: wrong settings name themselves, and this machine's own logs say what they need."""

import os
import socket
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from ingest.app import serve
from ingest.inputs import http_port, local_inputs
from ingest.own_logs import own_logs
from vagt.bus.embedded import EmbeddedBus
from vagt.context import Context
from vagt.errors import SettingsError
from vagt.settings.ingest import HttpSettings, IngestSettings, JournalInput, SyslogListener

TLS = {"certificate": "a", "key": "b", "client_ca": "c"}
QUIET: dict[str, Any] = {"syslog": [], "http": {"enabled": False}, "own_logs": False}


def start(context: Context, bus: EmbeddedBus) -> None:
    stop = threading.Event()
    stop.set()
    serve(context, bus, stop)


@pytest.mark.parametrize(
    ("ingest", "named"),
    [
        ({"syslog": [{"protocol": "tcp", "port": 0, "tenant": "101"}]}, "ingest.syslog.0.tenant"),
        ({"http": {"port": 0, "tokens": [{"name": "x", "tenant": "101", "sha256": "0" * 64}]}}, "ingest.http.tokens"),
        ({"http": {"port": 0, "tokens": [{"name": "x", "tenant": "751", "token": "short"}]}}, "shorter than 16"),
        ({"http": {"port": 0, "tokens": [{"name": "x", "tenant": "751", "file": "/absent"}]}}, "ingest.http.tokens.0.file"),
        ({"http": {"host": "0.0.0.0", "port": 0}}, "ingest.http.allow_plain"),
        ({"http": {"host": "203.0.113.7", "port": 0, "allow_plain": True}}, "ingest.http.host"),
        ({"http": {"port": 0, "tls": TLS}}, "ingest.http.tls"),
        ({"files": [{"patterns": ["x"], "tenant": "101"}]}, "ingest.files"),
        ({"sources": [{"source": "a.b", "tenant": "101"}]}, "ingest.sources"),
        ({"journal": {"enabled": True, "directory": "/absent"}}, "ingest.journal.enabled"),
    ],
)
def test_a_wrong_setting_is_named_and_nothing_starts(
    make_context: Callable[..., Context], bus: EmbeddedBus, ingest: dict[str, Any], named: str
) -> None:
    with pytest.raises(SettingsError, match=named):
        start(make_context(**(QUIET | ingest)), bus)


def test_a_port_that_is_taken_names_the_setting_and_the_way_out(make_context: Callable[..., Context], bus: EmbeddedBus) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        listener = {"protocol": "tcp", "port": taken.getsockname()[1]}
        with pytest.raises(SettingsError, match=r"ingest\.syslog\.0: .*another program has it; .*ingest\.syslog\.0\.port"):
            start(make_context(**(QUIET | {"syslog": [listener]})), bus)


def test_plain_http_on_all_addresses_must_be_asked_for() -> None:
    port = http_port(HttpSettings(host="0.0.0.0", port=0, allow_plain=True))
    port.sock.close()
    assert port.certificates is None


@pytest.mark.parametrize(
    "listener",
    [
        {"protocol": "tls", "port": 6514},
        {"protocol": "tls", "port": 6514, "tls": TLS},
        {"protocol": "udp", "port": 5514, "tls": TLS},
        {"protocol": "tls", "port": 6514, "tls": TLS, "clients": [{"tenant": "751"}]},
        {"protocol": "tls", "port": 6514, "tls": TLS, "clients": [{"tenant": "751", "common_name": "a", "san": "b"}]},
    ],
)
def test_a_listener_that_does_not_fit_together_is_refused(listener: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        SyslogListener.model_validate(listener)


def logs_below(root: Path, **files: bytes) -> None:
    (root / "var/log").mkdir(parents=True)
    for name, content in files.items():
        (root / "var/log" / name.replace("_", ".")).write_bytes(content)


def test_without_a_journal_the_text_logs_are_taken(tmp_path: Path) -> None:
    logs_below(tmp_path, auth_log=b"x", syslog=b"y")
    found = own_logs(JournalInput(), tmp_path, lambda _: "there is none")
    assert [(one.patterns[0].rpartition("/")[2], one.source) for one in found.files] == [
        ("auth.log", "linux.auth"),
        ("syslog", "syslog.generic"),
    ]
    assert found.journal is None
    assert found.refused == (("systemd journal", "there is none"),)


def test_with_a_journal_the_same_entries_are_not_taken_twice(tmp_path: Path) -> None:
    logs_below(tmp_path, auth_log=b"x")
    found = own_logs(JournalInput(), tmp_path, lambda _: None)
    assert found.files == ()
    assert found.journal == JournalInput()


def test_a_machine_without_logs_is_empty(tmp_path: Path) -> None:
    assert own_logs(JournalInput(enabled=False), tmp_path).is_empty


def test_settings_that_name_files_go_before_the_machines_own() -> None:
    settings = IngestSettings.model_validate({"files": [{"patterns": ["/var/log/my.log"]}]})
    found = local_inputs(settings)
    assert (found.files, found.journal) == (settings.files, None)


_READER = """
import grp, os, sys
from pathlib import Path
sys.path.insert(0, sys.argv[2])
from ingest.own_logs import own_logs
from vagt.settings.ingest import JournalInput
os.setgroups([]); os.setgid(65534); os.setuid(65534)
os.environ["LOGNAME"] = "anna"
for name, reason in own_logs(JournalInput(enabled=False), Path(sys.argv[1])).refused:
    print(reason)
"""


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root to read as somebody else")
def test_a_log_that_needs_a_group_says_which(tmp_path_factory: pytest.TempPathFactory) -> None:
    root = tmp_path_factory.mktemp("root")
    for folder in (root, *root.parents[:2]):
        folder.chmod(0o755)
    logs_below(root, auth_log=b"x", secure=b"y")
    log, secure = root / "var/log/auth.log", root / "var/log/secure"
    os.chown(log, 0, 4)
    log.chmod(0o640)
    secure.chmod(0o600)
    project = Path(__file__).resolve().parents[2]
    told = subprocess.run([sys.executable, "-c", _READER, str(root), str(project)], capture_output=True, text=True, check=False)
    assert f"{log} needs the group adm: sudo usermod -aG adm anna" in told.stdout, told.stderr
    assert f"{secure} is readable by its owner alone" in told.stdout
