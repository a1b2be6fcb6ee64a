"""Every source's samples give the documents that lie beside them, and those documents keep to ECS."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import orjson
import pytest

from normalise.conform import _PARTS, conform
from normalise.envelope import normalise_raw
from normalise.registry import builtin_folder, folders, source_for, sources
from normalise.source import Source
from tests.normalise.expected_types import unexpected
from vagt.contracts.event import Event, leaves
from vagt.contracts.raw import RawLog
from vagt.ecs import ecs_schema

RECEIVED = datetime(2026, 11, 22, 12, tzinfo=UTC)
ZONE = ZoneInfo("Europe/Copenhagen")
FOLDERS = folders(builtin_folder())
FILES = sorted(
    path
    for folder in FOLDERS
    for path in (folder / "samples").glob("*")
    if path.suffix in (".log", ".json") and not path.name.endswith(".expected.json")
)


def source_of(path: Path) -> Source:
    """The source whose folder holds the sample file."""
    return next(source for source in sources().values() if source.id.replace(".", "_") == path.parent.parent.name)


def records(path: Path) -> Iterator[RawLog]:
    """One record a line, as a file's reader gives it."""
    for number, line in enumerate(path.read_bytes().split(b"\n"), 1):
        if line.strip():
            position = f"{path.name}:{number}"
            yield RawLog("751", None, line, RECEIVED, "file", "sample", position)


def events_of_record(source: Source, raw: RawLog) -> list[Event]:
    """The events of one record."""
    return normalise_raw(raw, source, False, ZONE, "2026-11-22T12:00:01.000Z", lambda tenant: f"Municipality {tenant}")


def events_of(path: Path) -> list[Event]:
    """All events of a sample file."""
    source = source_of(path)
    return [event for raw in records(path) for event in events_of_record(source, raw)]


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_a_source_has_samples_and_a_readme(folder: Path) -> None:
    assert any((folder / "samples").glob("*")), f"{folder.name} has no samples"
    assert (folder / "README.md").is_file(), f"{folder.name} has no README.md"


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.parent.name}/{path.name}")
def test_samples_give_the_expected_documents(path: Path, request: pytest.FixtureRequest) -> None:
    found = events_of(path)
    golden = path.with_suffix(".expected.json")
    if request.config.getoption("--update-expected"):
        golden.write_bytes(orjson.dumps(found, option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS) + b"\n")
    assert orjson.loads(orjson.dumps(found)) == orjson.loads(golden.read_bytes())


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.parent.name}/{path.name}")
def test_documents_of_samples_keep_to_ecs(path: Path) -> None:
    for event in events_of(path):
        assert list(faults(event)) == []
        assert conform(orjson.loads(orjson.dumps(event))) == 0
        assert "unmapped" not in event.get("vagt", {}), event["vagt"]["unmapped"]


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.parent.name}/{path.name}")
def test_every_type_is_expected_of_one_of_the_categories(path: Path) -> None:
    for event in events_of(path):
        inner = event["event"]
        assert not unexpected(inner.get("category", ()), inner.get("type", ())), inner


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.parent.name}/{path.name}")
def test_a_refused_connection_or_attack_has_an_outcome(path: Path) -> None:
    for event in events_of(path):
        inner = event["event"]
        if "denied" in inner.get("type", ()):
            assert "outcome" in inner, inner


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.parent.name}/{path.name}")
def test_samples_are_recognised_as_their_own_source(path: Path) -> None:
    source = source_of(path)
    for raw in records(path):
        if source.marks:
            assert source.recognise(raw.body), raw.body[:200]
            assert source_for(None, raw.body) == (source, True), raw.body[:200]


def faults(event: Event) -> Iterator[str]:
    """What breaks ECS, checked without `conform`: lists, allowed values, and the JSON type of numbers and objects."""
    schema = ecs_schema()
    for name, value in leaves(event):
        kind = schema.types.get(name)
        if kind is None:
            continue
        if name in schema.lists and not isinstance(value, list):
            yield f"{name} is to be a list"
        for one in value if isinstance(value, list) else [value]:
            if not isinstance(one, _JSON_TYPES.get(kind, str)) or isinstance(one, bool) != (kind == "boolean"):
                yield f"{name} is {one!r}, not {kind}"
            if name in schema.allowed and one not in schema.allowed[name]:
                yield f"{name} may not be {one!r}"


_JSON_TYPES: dict[str, Any] = {
    "long": int, "integer": int, "float": (int, float), "double": (int, float), "scaled_float": (int, float),
    "boolean": bool, "object": dict, "nested": dict, "flattened": dict, "geo_point": (str, dict),
}  # fmt: skip


def test_no_source_changes_a_part_that_its_events_share() -> None:
    for path in FILES:
        events_of(path)
    assert _PARTS
    check_shared_parts()


def check_shared_parts() -> None:
    """No part is other than it was made: one that is changed would bring one device's name into another's events."""
    for (name, build, key), part in _PARTS.items():
        fresh = {name: build(*key)}
        conform(fresh)
        assert part == fresh[name], f"{build.__module__}.{build.__qualname__}{key} was changed after it was made"
