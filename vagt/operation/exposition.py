"""This process's metrics, or those of all processes of an embedded pipeline, in Prometheus' text format."""

import os
from pathlib import Path

from prometheus_client import REGISTRY, CollectorRegistry, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector

FOLDER = "PROMETHEUS_MULTIPROC_DIR"


def registry(folder: Path | None = None) -> CollectorRegistry:
    """The metrics of all processes that share `folder` (or the folder that this process shares), else of this one."""
    if folder is None and FOLDER not in os.environ:
        return REGISTRY
    together = CollectorRegistry()
    MultiProcessCollector(together, None if folder is None else str(folder))  # type: ignore[no-untyped-call]
    return together


def exposition() -> bytes:
    """What `/metrics` answers."""
    return generate_latest(registry())
