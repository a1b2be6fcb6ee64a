"""`vagt replay` of mixed lines through all stages, embedded, with the built-in pack. Goals: 10,000 lines/s on 2 cores,
under 1.5 GB of memory of all processes together (sum of PSS).

    python -m benchmarks.replay [LINES | FILE]
"""

import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

from benchmarks.lines import mixed


def pss_of_tree(pid: int) -> int:
    """Bytes of memory of `pid` and all its descendants, shared pages counted once (proportional set size)."""
    total = 0
    try:
        for line in (Path("/proc") / str(pid) / "smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                total = int(line.split()[1]) * 1024
        for task in (Path("/proc") / str(pid) / "task").iterdir():
            total += sum(pss_of_tree(int(child)) for child in (task / "children").read_text().split())
    except (OSError, ValueError):
        return total
    return total


def cpu_by_worker(data: Path) -> dict[str, float]:
    """CPU seconds of each worker so far."""
    found = {}
    for file in (data / "run").glob("*.pid"):
        try:
            fields = (Path("/proc") / file.read_text().strip() / "stat").read_text().rsplit(")", 1)[1].split()
        except OSError:
            continue
        found[file.stem] = (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    return found


def main() -> None:
    """Run once and print what it came to."""
    wanted = sys.argv[1] if len(sys.argv) > 1 else "200000"
    with tempfile.TemporaryDirectory() as folder:
        file = Path(wanted)
        if wanted.isdigit():
            file = Path(folder) / "mixed.log"
            file.write_bytes(b"\n".join(mixed(int(wanted))) + b"\n")
        size = file.stat().st_size
        command = [sys.executable, "-m", "vagt", "replay", str(file), "--tenant", "751", "--data", f"{folder}/data"]
        started = time.perf_counter()
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        peak = 0
        cpu: dict[str, float] = {}

        def watch() -> None:
            nonlocal peak
            while process.poll() is None:
                peak = max(peak, pss_of_tree(process.pid))
                cpu.update(cpu_by_worker(Path(folder, "data")))
                time.sleep(0.5)

        watcher = threading.Thread(target=watch)
        watcher.start()
        output, _ = process.communicate()
        seconds = time.perf_counter() - started
        watcher.join()
        summary = json.loads(output)
        count = summary["read"]
        archive = sum(path.stat().st_size for path in Path(folder, "data", "archive").rglob("*.parquet"))
    print(json.dumps(summary, indent=1))
    print(f"{count:,} lines ({size / 1e6:.0f} MB): {count / summary['seconds']['total']:,.0f} lines/s from the first line read")
    print(f"until drained; with start and end {count / seconds:,.0f} lines/s ({seconds:.1f} s)")
    print("CPU seconds by worker:", ", ".join(f"{name} {used:.1f}" for name, used in sorted(cpu.items())))
    print(f"peak memory of all processes {peak / 1e6:,.0f} MB (PSS)")
    print(f"archive {archive / 1e6:.0f} MB, {100 * archive / size:.0f} % of the raw bytes")


if __name__ == "__main__":
    main()
