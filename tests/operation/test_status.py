"""`vagt status`: what a person sees of a pipeline that runs, one that does not, and one that is unwell."""

import json
import math
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import structlog
import yaml
from typer.testing import CliRunner

from tests.servers.authority import Authority
from tests.servers.ports import free_port
from vagt.cli import app
from vagt.operation.pulse import Pulse
from vagt.operation.reading import Labels, Reading, read_workers
from vagt.operation.server import OperationServer
from vagt.operation.status import problems, quantile, rules_lines, rules_problems, stage_line
from vagt.settings.operation import OperationSettings

LINES = [
    f"2026-11-22T02:00:{n % 60:02d}+01:00 web1 sshd[{n}]: Failed password for root from 203.0.113.9 port {40000 + n} ssh2"
    for n in range(300)
]


@pytest.fixture(autouse=True)
def _no_log_left_over() -> Iterator[None]:
    """A command sets the log up for its process; here its standard error ends with the test."""
    yield
    structlog.reset_defaults()


def reading(at: float, **samples: float) -> Reading:
    """`stage__name=value` is the sample `vagt_stage_name` of that stage."""
    told: dict[tuple[str, Labels], float] = {}
    for key, value in samples.items():
        stage, _, name = key.partition("__")
        told[f"vagt_stage_{name}", (("stage", stage),)] = value
    return Reading("w:1", at, told)


def test_a_rate_is_of_what_came_between_two_looks() -> None:
    before = reading(100, triage__records_total=1000, triage__last_loop_timestamp_seconds=99)
    after = reading(110, triage__records_total=1500, triage__last_loop_timestamp_seconds=109)
    line = stage_line("triage", [before], [after], 7, 2, 60)
    assert (line.workers, line.rate, line.lag, line.dead_last_hour, line.away_since) == (1, 50, 7, 2, None)
    assert problems([line], [after]) == []


def test_a_stage_without_a_living_worker_and_one_that_waits_are_problems() -> None:
    after = reading(
        1000, store__last_loop_timestamp_seconds=100, triage__last_loop_timestamp_seconds=999,
        triage__dependency_away_timestamp_seconds=940,
    )  # fmt: skip
    lines = [stage_line(stage, [], [after], 0, 0, 300) for stage in ("store", "triage")]
    assert problems(lines, [after]) == [
        "stage store: no worker is alive",
        "stage triage waits for a dependency since 1970-01-01T00:15:40.000Z",
    ]


def of_rules(worker: str, stage: str, version: int, failed: float = 0) -> Reading:
    """What a worker says of its rules."""
    labels: Labels = (("stage", stage),)
    samples: dict[tuple[str, Labels], float] = {
        ("vagt_rules_version", labels): version,
        ("vagt_rules_reload_failed_timestamp_seconds", labels): failed,
    }
    return Reading(worker, 0, samples)


def test_workers_with_one_version_of_the_rules_are_no_problem() -> None:
    lines = rules_lines([of_rules("d:1", "detections", 12), of_rules("c:1", "correlations", 12), reading(1)])
    assert [(one.stage, one.worker, one.version, one.failed_since) for one in lines] == [
        ("detections", "d:1", 12, None),
        ("correlations", "c:1", 12, None),
    ]
    assert rules_problems(lines, {}) == []


def test_rules_that_differ_and_rules_that_cannot_be_taken_over_are_problems() -> None:
    lines = rules_lines([of_rules("d:1", "detections", 12, failed=940), of_rules("c:1", "correlations", 13)])
    assert rules_problems(lines, {"detections": "x.yml: not readable as YAML"}) == [
        "stage detections (d:1) stays with version 12 of the rules since 1970-01-01T00:15:40.000Z: x.yml: not readable as YAML",
        "workers run different versions of the rules: detections (d:1) 12, correlations (c:1) 13",
    ]


def test_disk_spool_bus_and_certificates_are_problems_where_they_are() -> None:
    samples: dict[tuple[str, Labels], float] = {
        ("vagt_disk_free_bytes", (("folder", "data_dir"),)): 5,
        ("vagt_disk_size_bytes", (("folder", "data_dir"),)): 100,
        ("vagt_ingest_spool_bytes", ()): 80,
        ("vagt_ingest_spool_limit_bytes", ()): 100,
        ("vagt_ingest_bus_away", ()): 1,
        ("vagt_certificate_not_after_timestamp_seconds", (("setting", "api.tls_certificate"),)): 86_400,
        ("vagt_certificate_not_after_timestamp_seconds", (("setting", "state.ca_file"),)): 86_400_000,
    }
    assert problems([], [Reading("i:1", 0, samples), Reading("x:1", 0, error="ConnectError: refused")]) == [
        "x:1 does not answer: ConnectError: refused",
        "i:1: 5% left on the disk of data_dir",
        "i:1: the spool is 80% full",
        "i:1: ingest cannot write to the bus; logs wait in the spool",
        "i:1: the certificate of api.tls_certificate ends 1970-01-02T00:00:00.000Z",
    ]


@pytest.mark.parametrize(("share", "seconds"), [(0.5, 0.75), (0.95, 5.0), (0.1, 0.25), (0.99, 5.0)])
def test_quantiles_are_those_of_histogram_quantile(share: float, seconds: float) -> None:
    assert quantile({0.5: 20, 1: 80, 5: 90, math.inf: 100}, share) == pytest.approx(seconds)


def test_workers_are_read_over_tls_with_our_certificate(tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    server_pem, ours = authority.issue("worker"), authority.issue("status")
    served = OperationSettings(
        metrics_port=0, certificate_file=server_pem.certificate, key_file=server_pem.key, client_ca_file=authority.ca
    )
    pulse = Pulse()
    server = OperationServer(served, pulse)
    server.start()
    asking = OperationSettings(
        workers=(f"https://localhost:{server.port}", f"https://localhost:{free_port()}"),
        ca_file=authority.ca,
        certificate_file=ours.certificate,
        key_file=ours.key,
    )
    there, gone = read_workers(asking)
    server.close()
    assert there.error is None and there.waits == "starting" and there.by("vagt_latency_seconds_count", "way")
    assert gone.error is not None and gone.error.startswith("ConnectError")
    without = read_workers(asking.model_copy(update={"certificate_file": None, "key_file": None}))
    assert all(one.error for one in without)


class Machine:
    """A data folder with settings of its own."""

    def __init__(self, folder: Path) -> None:
        self.config = folder / "vagt.yaml"
        self.log = folder / "log"
        self.port = free_port()
        settings = {
            "data_dir": str(folder / "data"),
            "bus": {"fsync": False},
            "api": {"port": free_port()},
            "ingest": {"own_logs": False, "http": {"enabled": True, "port": self.port}},
        }
        self.config.write_text(yaml.safe_dump(settings))

    def vagt(self, *arguments: str) -> Any:
        return CliRunner().invoke(app, [*arguments, "--config", str(self.config)], catch_exceptions=False)

    def status(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.vagt("status", "--format", "json", "--seconds", "0.5").stdout)
        return found


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    tmp_path = tmp_path_factory.mktemp("running")
    machine = Machine(tmp_path)
    lines = tmp_path / "auth.log"
    lines.write_text("\n".join([*LINES, "hello"]) + "\n")
    command = [sys.executable, "-m", "vagt", "run", "--config", str(machine.config)]
    with machine.log.open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log)
    try:
        replayed = [sys.executable, "-m", "vagt", "replay", str(lines), "--tenant", "751", "--source", "linux.auth"]
        for _ in range(100):
            if (tmp_path / "data" / "run" / "api.pid").exists():
                break
            time.sleep(0.1)
        subprocess.run([*replayed, "--config", str(machine.config)], check=True, capture_output=True, timeout=120)
        yield machine
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(30)


def test_a_running_pipeline_shows_every_stage_with_its_latency_and_dead_letters(running: Machine) -> None:
    running.vagt("sources", "register", "cisco.asa", "--tenant", "751", "--cadence-seconds", "0.001")
    for _ in range(30):  # what was registered goes its way, and the workers tell of it every few seconds
        found = running.status()
        stages = {one["stage"]: one for one in found["stages"]}
        if all(one["lag"] == 0 for one in stages.values()):
            break
        time.sleep(0.5)
    assert {"normalise", "detections", "triage", "store", "evidence"} <= stages.keys()
    assert {name: one["workers"] for name, one in stages.items()} == dict.fromkeys(stages, 1)
    assert all(one["lag"] == 0 and one["away_since"] is None for one in stages.values())
    for stage in ("normalise", "detections", "triage"):
        assert 0 <= stages[stage]["p50"] <= stages[stage]["p95"] <= stages[stage]["p99"]
    assert stages["normalise"]["dead_last_hour"] == 1
    assert [one for one in found["problems"] if "cisco.asa of 751: silent" in one]
    assert {one["stage"]: (one["version"], one["failed_since"]) for one in found["rules"]} == {
        "correlations": (1, None),
        "detections": (1, None),
    }
    shown = running.vagt("status", "--seconds", "0.5")
    assert shown.exit_code == 1 and "cisco.asa of 751" in shown.stdout and "embedded" in shown.stdout
    assert "version of the rules: correlations 1, detections 1" in shown.stdout


def test_metrics_of_a_running_pipeline_hold_what_alerts_and_dashboard_need(running: Machine) -> None:
    key = (running.config.parent / "data" / "keys" / "admin.key").read_text().strip()
    port = yaml.safe_load(running.config.read_text())["api"]["port"]
    names = (
        'vagt_stage_last_loop_timestamp_seconds{stage="normalise"}',
        'vagt_stage_lag_records{group="normalise",topic="raw"}',
        'vagt_dead_letters_total{source="linux.auth",stage="normalise",tenant="751"} 1.0',
        'vagt_stage_dependency_away_timestamp_seconds{stage="store"} 0.0',
        'vagt_source_last_event_timestamp_seconds{source="linux.auth",tenant="751"}',
        'vagt_latency_seconds_bucket{le="+Inf",way="received_matched"} 300.0',
        'vagt_disk_free_bytes{folder="data_dir"}',
    )
    text = ""
    for _ in range(60):  # the register and the loops tell every few seconds
        text = httpx.get(f"http://127.0.0.1:{port}/metrics", headers={"Authorization": f"Bearer {key}"}).text
        if all(name in text for name in names):
            break
        time.sleep(0.5)
    assert [name for name in names if name not in text] == []
    assert "pid=" not in text  # a restart leaves no series behind


def test_where_nothing_runs_the_status_says_so(machine: Machine) -> None:
    result = machine.vagt("status", "--seconds", "0.5")
    assert result.exit_code == 1
    assert "no pipeline runs on" in result.stdout


def test_a_table_of_tables_is_no_csv(machine: Machine) -> None:
    assert machine.vagt("status", "--format", "csv").exit_code == 2
