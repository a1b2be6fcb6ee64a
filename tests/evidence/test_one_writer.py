"""One process signs heads below a folder; a second one waits for it and then goes on."""

import subprocess
import sys
from pathlib import Path

import pytest

from evidence.heads import HeadWriter
from evidence.ledger import Position
from vagt.errors import DependencyError

_OTHER = """
import sys
from pathlib import Path
from evidence.heads import HeadWriter
HeadWriter(Path(sys.argv[1]))
print("signs", flush=True)
sys.stdin.read()
"""


def test_a_second_process_waits_until_the_first_has_ended(tmp_path: Path) -> None:
    command = [sys.executable, "-c", _OTHER, str(tmp_path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as first:
        assert first.stdout is not None and first.stdout.readline() == "signs\n"
        with pytest.raises(DependencyError, match="takes over"):
            HeadWriter(tmp_path)
        first.communicate("")
    HeadWriter(tmp_path).write(Position(1, "ab" * 32), "2026-11-25T04:00:00Z")
    assert HeadWriter(tmp_path).last_seq == 1, "a process that begins anew is not in its own way"
