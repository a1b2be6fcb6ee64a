"""`vagt sources known`, `new`, `explain` and `check`: from lines to a source that is checked."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from normalise.registry import use_declared
from vagt.cli import app

LINES = b"""EXAMPLE 2026-11-22T10:15:30+01:00 login user=anna from 192.0.2.7: success
<38>Nov 22 10:15:31 web01 sshd[7]: Failed password for root from 203.0.113.7 port 4711 ssh2
nobody knows this

"""


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An empty folder to stand in, with a settings file that names it for declared sources."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("VAGT_DATA", str(tmp_path / "data"))
    (tmp_path / "own").mkdir()
    (tmp_path / "vagt.yaml").write_text(f"normalise: {{declared: {tmp_path / 'own'}}}\n")
    (tmp_path / "lines.log").write_bytes(LINES)
    yield tmp_path
    use_declared(None)


def vagt(*words: str, data: bytes | None = None) -> Result:
    return CliRunner().invoke(app, words, input=data)


def test_a_new_declared_source_is_made_checked_and_found(folder: Path) -> None:
    made = vagt("sources", "new", "acme.gate", "--declared")
    assert made.exit_code == 0
    assert {path.name for path in (folder / "own" / "acme_gate").iterdir()} == {"README.md", "samples", "source.yaml"}
    first = vagt("sources", "check", "own/acme_gate", "--format", "json")
    assert first.exit_code == 1
    assert [row["file"] for row in json.loads(first.stdout)] == ["lines.expected.json"]
    assert vagt("sources", "check", "own", "--update").exit_code == 0
    assert vagt("sources", "check", "own").exit_code == 0
    assert "acme.gate" in vagt("sources", "known", "--format", "csv").stdout


def test_lines_are_explained_one_by_one(folder: Path) -> None:
    vagt("sources", "new", "acme.gate", "--declared")
    rows = json.loads(vagt("sources", "explain", "lines.log", "--format", "json").stdout)
    assert [(row["line"], row["source"]) for row in rows] == [(1, "acme.gate"), (2, "linux.auth"), (3, "text.generic")]
    assert rows[0]["fields"][0]["user.name"] == "anna"
    assert "'EXAMPLE ' stands in it" in rows[0]["why"]
    assert rows[2]["partly"] == "unrecognised text"
    assert rows[2]["left"] == "nobody knows this"
    left = json.loads(vagt("sources", "explain", "-", "--only-left", "--format", "json", data=b"nobody knows this\n").stdout)
    assert [row["line"] for row in left] == [1]


def test_a_named_source_that_cannot_read_a_line_says_why(folder: Path) -> None:
    (row,) = json.loads(vagt("sources", "explain", "-", "--source", "cef.generic", "--format", "json", data=b"no CEF").stdout)
    assert "no CEF header" in row["error"]
    assert row["why"] == "named"
    assert row["left"] == "no CEF"


def test_samples_that_changed_are_a_fault(folder: Path) -> None:
    vagt("sources", "new", "acme.gate", "--declared")
    vagt("sources", "check", "own", "--update")
    sample = folder / "own" / "acme_gate" / "samples" / "lines.log"
    sample.write_bytes(sample.read_bytes() + b"<13>Nov 22 10:00:00 web01 kernel: EXAMPLE of nothing\nelse\n")
    rows = json.loads(vagt("sources", "check", "own", "--format", "json").stdout)
    assert [(row["file"], row["line"]) for row in rows] == [("lines.log", 2), ("lines.log", 3), ("lines.expected.json", None)]


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("new", "Acme.Gate"), 2, "is no source id"),
        (("new", "cisco.asa"), 2, "vagt has it already"),
        (("new", "acme.gate", "--folder", "own/x"), 0, "next"),
        (("explain", "nowhere.log"), 2, "FILE nowhere.log"),
        (("explain", "lines.log", "--source", "acme.nothing"), 2, "there is none"),
        (("check", "nowhere"), 2, "there is no such folder"),
        (("check", "own"), 78, "no source in it"),
    ],
)
def test_wrong_use_is_named(words: tuple[str, ...], code: int, said: str) -> None:
    result = vagt("sources", *words)
    assert result.exit_code == code
    assert said in result.output.replace("\n", " ")


def test_a_faulty_source_stops_the_start_and_is_named(folder: Path) -> None:
    vagt("sources", "new", "acme.gate", "--declared")
    path = folder / "own" / "acme_gate" / "source.yaml"
    path.write_text(path.read_text().replace("source.ip:", "source.ipp:"))
    result = vagt("sources", "known")
    assert result.exit_code == 78
    assert "did you mean source.ip" in result.output.replace("\n", " ")
