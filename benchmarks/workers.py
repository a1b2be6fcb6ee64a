"""`vagt worker` as a process whose CPU, memory and metrics are read."""

import json
import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.samples import Sample

from tests.servers.ports import free_port

_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Used:
    """What a worker has used so far: CPU seconds; seconds in its step and at work in all; records it has finished."""

    stage: str
    cpu: float
    step: float
    busy: float
    records: float

    def since(self, then: "Used") -> "Used":
        """The part after `then`."""
        return Used(self.stage, self.cpu - then.cpu, self.step - then.step, self.busy - then.busy, self.records - then.records)

    def report(self, events: int) -> dict[str, Any]:
        """Microseconds an event of all `events`: of CPU; and of the loop's time in the step, and in writing and committing."""
        parts = {"cpu": self.cpu, "step": self.step, "write_and_commit": self.busy - self.step}
        return {"stage": self.stage, "records": int(self.records)} | {
            name: round(1e6 * seconds / events, 1) for name, seconds in parts.items()
        }


def cpu_seconds(pid: int) -> float:
    """What the process has used so far: user and system."""
    fields = (Path("/proc") / str(pid) / "stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


class Worker:
    """A running worker."""

    def __init__(self, stage: str, process: "subprocess.Popen[bytes]", port: int, log: Path) -> None:
        self.stage, self.process, self.port, self.log = stage, process, port, log

    def wait_ready(self, seconds: float = 120) -> None:
        """Until its loop goes round."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                break
            try:
                if httpx.get(f"http://127.0.0.1:{self.port}/ready", timeout=5).status_code == 200:
                    return
            except httpx.HTTPError:
                pass
            time.sleep(0.2)
        raise RuntimeError(f"{self.stage} is not ready:\n{self.log.read_text()[-3000:]}")

    def used(self) -> Used:
        """What it has used so far."""
        values = self.metrics()
        cpu = cpu_seconds(self.process.pid)
        step = values.get("vagt_stage_step_seconds_sum", 0.0)
        return Used(
            self.stage, cpu, step, values.get("vagt_stage_busy_seconds_total", 0.0), values.get("vagt_stage_records_total", 0.0)
        )

    def metrics(self) -> dict[str, float]:
        """Its own samples by name, labels left out and added up."""
        found: dict[str, float] = {}
        for sample in self.samples():
            found[sample.name] = found.get(sample.name, 0.0) + sample.value
        return found

    def samples(self, name: str | None = None) -> list[Sample]:
        """Its samples, of that name alone where one is given."""
        text = httpx.get(f"http://127.0.0.1:{self.port}/metrics", timeout=10).text
        families = text_string_to_metric_families(text)
        return [sample for family in families for sample in family.samples if name in (None, sample.name)]

    def resident(self) -> int:
        """Bytes of memory."""
        pages = int((Path("/proc") / str(self.process.pid) / "statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE")

    def end(self) -> None:
        """SIGTERM, and wait."""
        self.process.terminate()
        self.process.wait(60)


def start_worker(stage: str, folder: Path, settings: dict[str, Any]) -> Worker:
    """A worker with a folder of its own."""
    folder.mkdir(parents=True)
    port = free_port()
    config = folder / "vagt.json"  # JSON is YAML
    config.write_text(json.dumps({**settings, "data_dir": str(folder), "operation": {"metrics_port": port}}))
    log = folder / "worker.log"
    with log.open("wb") as output:
        command = [sys.executable, "-m", "vagt", "worker", stage, "--config", str(config)]
        process = subprocess.Popen(command, stdout=output, stderr=output, stdin=subprocess.DEVNULL)
    return Worker(stage, process, port, log)
