"""`make bench`: the figures of the README, one after the other, with the machine that they were taken on.

    python benchmarks/all.py [--servers]

Those that need the corpus (VAGT_CORPUS) are left out, by name, where it is absent. `--servers`: those of docs/performance.md
instead, on real servers as `make test-servers` starts them; they take an hour.
"""

import os
import platform
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CORPUS = Path(os.environ.get("VAGT_CORPUS") or ROOT.parent / "shared")
ALONE = (
    ("parsing", "parse"),
    ("all stages", "replay"),
    ("correlations", "correlations", "--matches", "1000000", "--day", "1000000"),
)
WITH_CORPUS = (("archive", "archive_size"), ("engine and oracle", "engine", "--every", "10", "--jobs", "2"))
WITH_SERVERS = (
    ("bus", "bus"),
    ("Kafka to Kafka", "stream"),
    ("Kafka to Kafka, two workers of each", "stream", "--workers", "2"),
    ("Kafka to Kafka, kafka-python", "stream", "--client", "kafka-python"),
    ("Elasticsearch", "elastic_writing"),
    ("latency", "latency"),
    ("backlog", "backlog"),
)


def machine() -> str:
    """Processor, cores and memory."""
    lines = Path("/proc/cpuinfo").read_text().splitlines() if Path("/proc/cpuinfo").exists() else []
    model = next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), platform.processor())
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return f"{model}, {os.cpu_count()} cores, {memory:.0f} GiB, Python {platform.python_version()}"


def main() -> None:
    """Run each in a process of its own, so that none warms another's caches."""
    print(machine())
    has_corpus = (CORPUS / "corpus").is_dir()
    servers = sys.argv[1:] == ["--servers"]
    if servers and not has_corpus:
        sys.exit("these need the public rules: set VAGT_CORPUS to the folder that holds corpus/ and sigmahq/")
    for title, module, *arguments in WITH_SERVERS if servers else (*ALONE, *(WITH_CORPUS if has_corpus else ())):
        print(f"\n== {title}: python -m benchmarks.{module} {' '.join(arguments)}", flush=True)
        subprocess.run([sys.executable, "-m", f"benchmarks.{module}", *arguments], check=True, cwd=ROOT)
    if not has_corpus:
        names = ", ".join(title for title, *_ in WITH_CORPUS)
        print(f"\nleft out, for want of the corpus (VAGT_CORPUS): {names}")


if __name__ == "__main__":
    main()
