"""The room's README names each setting, each reason that is counted, and its metrics."""

import re
from pathlib import Path

import pytest

from vagt.settings.ingest import HttpSettings, IngestSettings, NetflowListener, SyslogListener

ROOM = Path(__file__).resolve().parents[2] / "ingest"
README = (ROOM / "README.md").read_text(encoding="utf-8")
SETTINGS = [
    name
    for model in (IngestSettings, HttpSettings, NetflowListener, SyslogListener)
    for name in model.model_fields
    if name not in ("enabled", "elasticsearch_version")
]


@pytest.mark.parametrize("name", sorted(set(SETTINGS)))
def test_a_setting_is_named(name: str) -> None:
    assert re.search(rf"\b{name}\b", README)


def reasons() -> set[str]:
    code = "".join(path.read_text(encoding="utf-8") for path in ROOM.glob("*.py"))
    found = re.findall(r'RejectedError\(\s*"(\w+)"', code) + re.findall(r'REFUSED\.labels\([^,]+, "(\w+)"\)', code)
    return set(found) | set(re.findall(r'count_drop\([^"]+"(\w+)"', code))


@pytest.mark.parametrize("reason", sorted(reasons()))
def test_a_reason_is_named(reason: str) -> None:
    assert f"`{reason}`" in README


def test_the_metrics_are_named() -> None:
    names = re.findall(r'(?:Counter|Gauge)\(\s*"(\w+)"', (ROOM / "metrics.py").read_text(encoding="utf-8"))
    assert [name for name in names if name not in README] == []
