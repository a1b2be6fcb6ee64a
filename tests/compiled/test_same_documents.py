"""Machine code and Python text give the same documents: compiling may drop an argument or read a type otherwise."""

import os
import subprocess
import sys
from itertools import zip_longest

import pytest

from normalise.registry import sources
from tests.compiled.documents import IS_COMPILED, digests, outcome, records
from tests.compiled.modules import ROOT

pytestmark = pytest.mark.compiled


def test_every_record_gives_the_same_documents_as_interpreted() -> None:
    program = [sys.executable, "-m", "tests.compiled.documents"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    answer = subprocess.run(program, cwd=ROOT, env=environment, check=True, capture_output=True, text=True)
    is_compiled, *interpreted = answer.stdout.splitlines()
    assert IS_COMPILED and is_compiled == "False"
    ours = list(digests())
    assert len(ours) > 40_000
    others = [line for line, other in zip_longest(ours, interpreted) if line != other]
    assert [shown(line) for line in others[:3]] == []


def shown(line: str | None) -> str:
    """The record and what the compiled modules make of it."""
    if line is None:
        return "a record less than interpreted"
    name, number, _ = line.split()
    source = sources()[name]
    body = records(source)[int(number)]
    return f"{name} {body!r}: {outcome(source, body)}"
