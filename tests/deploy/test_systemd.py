"""The systemd units: systemd itself finds nothing wrong with them, and they load settings that the program takes."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.deploy.compose_file import ROOT
from vagt.settings import load_settings
from vagt.worker import EXIT_SETTINGS

UNITS = ROOT / "deploy" / "systemd"
NAMES = (
    "vagt-worker@detections.2.service",
    "vagt-worker@indexer.service",
    "vagt-worker@api.service",
    "vagt.service",
    "vagt.target",
)
pytestmark = pytest.mark.debian("systemd", "systemd-analyze")


def test_systemd_takes_the_units_without_a_warning(tmp_path: Path) -> None:
    shutil.copytree(UNITS, tmp_path, dirs_exist_ok=True)
    alone = tmp_path / "vagt.service"
    alone.write_text(alone.read_text().replace("/opt/vagt/bin/vagt run", f"{shutil.which('true')} run"))  # it is not installed
    command = ["systemd-analyze", "verify", "--recursive-errors=yes", *(str(tmp_path / name) for name in NAMES)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("name", ["vagt-worker@.service", "vagt.service"])
def test_a_unit_is_shut_in_and_is_not_started_again_with_wrong_settings(name: str) -> None:
    text = (UNITS / name).read_text()
    for line in ("ProtectSystem=strict", "NoNewPrivileges=yes", "PrivateTmp=yes", "CapabilityBoundingSet=", "User=vagt"):
        assert f"\n{line}\n" in text
    assert str(EXIT_SETTINGS) in re.findall(r"^RestartPreventExitStatus=(.*)$", text, re.MULTILINE)[0].split()
    assert re.search(r"^MemoryMax=\d+G$", text, re.MULTILINE)


def test_the_command_runs_the_stage_that_the_units_name_begins_with(tmp_path: Path) -> None:
    (line,) = re.findall(r"^ExecStart=/bin/sh -c '(.*)'$", (UNITS / "vagt-worker@.service").read_text(), re.MULTILINE)
    (tmp_path / "vagt").write_text('#!/bin/sh\necho "$@"\n')
    (tmp_path / "vagt").chmod(0o755)
    script = line.replace("%i", "detections.2").replace("%%", "%").replace("$$", "$")
    script = script.replace("/opt/vagt/bin/vagt", str(tmp_path / "vagt"))
    done = subprocess.run(["/bin/sh", "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout == "worker detections\n"


@pytest.mark.parametrize("name", ["detections", "indexer", "api"])
def test_the_units_environment_holds_settings_and_every_credential_is_used(name: str) -> None:
    files = [UNITS / "vagt-worker@.service", *(UNITS / f"vagt-worker@{name}.service.d").glob("*.conf")]
    text = "".join(file.read_text() for file in files).replace("%d", "/run/credentials/unit").replace("%i", name)
    pairs = [pair for line in re.findall(r"^Environment=(.*)$", text, re.MULTILINE) for pair in line.split()]
    settings = load_settings(ROOT / "deploy" / "vagt.production.yaml", dict(pair.split("=", 1) for pair in pairs))
    assert str(settings.data_dir) == f"/var/lib/vagt/{name}"
    assert str(settings.bus.kafka.key_file) == "/run/credentials/unit/service.key"
    assert settings.elasticsearch.user == (f"vagt_{name}" if name != "detections" else None)
    credentials = re.findall(r"^LoadCredential=([^:]+):", text, re.MULTILINE)
    named = {Path(value).name for pair in pairs if "/run/credentials" in (value := pair.split("=", 1)[1])}
    assert named == set(credentials)
