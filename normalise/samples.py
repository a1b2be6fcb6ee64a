"""A source's samples: what they give, what they should give, and what is wrong with a source's folder."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import orjson

from normalise.conform import conform
from normalise.envelope import normalise_raw
from normalise.recognising import Recogniser
from normalise.registry import folders, load_source, sources
from normalise.source import Source
from vagt.contracts.event import Event, leaves
from vagt.contracts.raw import RawLog
from vagt.errors import NormaliseError, SettingsError

RECEIVED = datetime(2026, 11, 22, 12, tzinfo=UTC)  # as in the tests, so that both write the same documents
_ZONE = ZoneInfo("Europe/Copenhagen")
_INGESTED = "2026-11-22T12:00:01.000Z"
_HEADINGS = ("## Shipper settings", "## Fields", "## Known gaps")
Fault = dict[str, Any]


def check(folder: Path, *, update: bool = False) -> list[Fault]:
    """What is wrong in `folder`, a source's or one of several: rows of source, file, line and fault. `update` writes the
    expected documents. Raises SettingsError where there is no source, or a `source.yaml` is faulty."""
    own = [folder] if (folder / "source.yaml").is_file() or (folder / "parser.py").is_file() else folders(folder)
    if not own:
        raise SettingsError(f"{folder}: no source in it (a source.yaml or a parser.py, or folders with one)")
    return [fault for one in own for fault in _check_source(one, update)]


def _check_source(folder: Path, update: bool) -> Iterator[Fault]:
    source = load_source(folder)
    readme = folder / "README.md"
    text = readme.read_text(encoding="utf-8") if readme.is_file() else ""
    for heading in _HEADINGS:
        if heading not in text:
            yield _fault(source, "README.md", 0, f"has no {heading!r}")
    files = sample_files(folder)
    if not files:
        yield _fault(source, "samples", 0, "there are none: write lines after the vendor's manual, one record a line")
    others = [one for one in sources().values() if one.id != source.id]
    recogniser = Recogniser(sorted([*others, source], key=lambda one: (one.rank, one.id)))
    for path in files:
        yield from _check_file(source, path, recogniser, update)


def _check_file(source: Source, path: Path, recogniser: Recogniser, update: bool) -> Iterator[Fault]:
    found: list[Event] = []
    for number, raw in records(path):
        try:
            events = normalise_raw(raw, source, False, _ZONE, _INGESTED, lambda tenant: f"Municipality {tenant}")
        except NormaliseError as error:
            yield _fault(source, path.name, number, f"is no record of the source: {error}")
            continue
        found += events
        yield from (_fault(source, path.name, number, reason) for event in events for reason in _faults(event))
        if source.marks and (taken := _recognised(recogniser, raw.body)) != source.id:
            yield _fault(source, path.name, number, f"without a name it is taken for {taken}: look at marks, rank and kinds")
    golden = path.with_suffix(".expected.json")
    written = orjson.dumps(found, option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS) + b"\n"
    if update:
        golden.write_bytes(written)
    elif not golden.is_file():
        yield _fault(source, golden.name, 0, "is missing: write it with --update, then read it line by line")
    elif orjson.loads(golden.read_bytes()) != orjson.loads(written):
        yield _fault(
            source, golden.name, 0, "says something else than the source gives: write it anew with --update and read it"
        )


def sample_files(folder: Path) -> list[Path]:
    """The sample files of a source's folder, without the documents that they give."""
    found = (path for path in (folder / "samples").glob("*") if path.suffix in (".log", ".json"))
    return sorted(path for path in found if not path.name.endswith(".expected.json"))


def records(path: Path) -> Iterator[tuple[int, RawLog]]:
    """Line number and record of each line that is not empty."""
    for number, line in enumerate(path.read_bytes().split(b"\n"), 1):
        if line.strip():
            yield number, RawLog("751", None, line, RECEIVED, "file", "sample", f"{path.name}:{number}")


def _faults(event: Event) -> Iterator[str]:
    for name, value in leaves(event.get("vagt", {}).get("unmapped", {})):
        yield f"{name} is {value!r}, which is not of the field's type"
    if conform(orjson.loads(orjson.dumps(event))):
        yield "a field is not of the type that ECS gives it"
    if "message" not in event and len(event["event"]) < 8:  # no more than the envelope gives
        yield "the event says nothing: neither message nor action, category or code"


def _recognised(recogniser: Recogniser, body: bytes) -> str:
    return next((one.id for one in recogniser.candidates(body) if one.recognise(body)), "none")


def _fault(source: Source, file: str, line: int, reason: str) -> Fault:
    return {"source": source.id, "file": file, "line": line or None, "fault": reason}
