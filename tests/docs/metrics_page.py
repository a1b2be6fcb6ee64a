"""The generated page docs/metrics.md: every metric of the program and every alert rule."""

import importlib
import pkgutil
from collections.abc import Iterator
from pathlib import Path

import yaml
from prometheus_client import REGISTRY
from prometheus_client.metrics import MetricWrapperBase

ROOT = Path(__file__).resolve().parents[2]
RULES = ROOT / "deploy" / "prometheus" / "vagt.rules.yml"
_ROOMS = ("vagt", "ingest", "normalise", "detections", "triage", "cert_bridge", "evidence", "store", "api")
_TOP = """# Metrics and alerts

<!-- Written by `pytest tests/docs --update-expected`; change the metric or `deploy/prometheus/vagt.rules.yml` instead. -->

What they mean for whoever operates the pipeline stands in [operation.md](operation.md).

| metric | kind | labels | meaning |
|---|---|---|---|
"""
_ALERTS = """
## Alerts

The rules also say the first action in Danish (`runbook_da`).

| alert | severity | first action |
|---|---|---|
"""


def declared() -> dict[str, MetricWrapperBase]:
    """Every metric of ours, by the name that it has in an answer of `/metrics` (a histogram's without its ends)."""
    for name in _modules():
        importlib.import_module(name)
    found: dict[str, MetricWrapperBase] = {}
    for collector in list(REGISTRY._collector_to_names):
        if isinstance(collector, MetricWrapperBase) and collector._name.startswith("vagt_"):
            found[collector._name + ("_total" if collector._type == "counter" else "")] = collector
    return dict(sorted(found.items()))


def labels_of(metric: MetricWrapperBase) -> tuple[str, ...]:
    """Its own labels."""
    return tuple(metric._labelnames)


def _modules() -> Iterator[str]:
    for room in _ROOMS:
        for found in pkgutil.walk_packages([str(ROOT / room)], f"{room}."):
            source = ROOT / (found.name.replace(".", "/") + ".py")
            if source.exists() and "prometheus_client" in source.read_text(encoding="utf-8"):
                yield found.name


def metrics_page() -> str:
    """docs/metrics.md."""
    pieces = [_TOP]
    for name, metric in declared().items():
        labels = ", ".join(f"`{label}`" for label in labels_of(metric))
        pieces.append(f"| `{name}` | {metric._type} | {labels} | {metric._documentation} |\n")
    pieces.append(_ALERTS)
    for rule in yaml.safe_load(RULES.read_text(encoding="utf-8"))["groups"][0]["rules"]:
        action = rule["annotations"]["runbook"].replace("{{ $labels.tenant }}", "751").replace("{{ $labels.target }}", "cert")
        pieces.append(f"| {rule['alert']} | {rule['labels']['severity']} | {action} |\n")
    return "".join(pieces)
