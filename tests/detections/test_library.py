"""`detections` as a library: what its README shows runs, and every name that it gives is there."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

import detections
from tests.detections.rule_texts import BASE

README = Path(detections.__file__).with_name("README.md")
RULE = """
title: Who am I
id: 6f7d5d6e-1d53-4c5f-9d22-0d7d8c3b1a02
logsource: {product: windows, category: process_creation}
detection:
    s: {Image|endswith: '\\whoami.exe'}
    condition: s
"""


def test_the_example_of_the_readme_runs(tmp_path: Path) -> None:
    code = README.read_text(encoding="utf-8").partition("```python\n")[2].partition("```")[0]
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "who.yml").write_text(RULE, encoding="utf-8")
    (tmp_path / "rules" / "bad.yml").write_text(BASE.replace("condition:", "conditions:"), encoding="utf-8")
    environment = {**os.environ, "PYTHONPATH": str(README.parent.parent)}
    ran = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr
    refused, found = ran.stdout.splitlines()
    assert refused.startswith("rules/bad.yml ")
    assert found == "6f7d5d6e-1d53-4c5f-9d22-0d7d8c3b1a02 Who am I"


@pytest.mark.parametrize("name", detections.__all__)
def test_every_name_that_is_given_is_there(name: str) -> None:
    assert getattr(detections, name).__name__ == name


def test_no_other_name_is() -> None:
    assert not hasattr(detections, "nosuch")
