"""The vendors' fields that the mapping knows are those of the sources' samples."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest

from store.elastic.mapping import vendor_fields
from tests.store.elastic.scene import GOLDEN
from vagt.ecs import ecs_schema


def test_known_vendor_fields_are_those_of_the_samples(updating_fields: bool) -> None:
    path = Path(__file__).resolve().parents[3] / "store" / "elastic" / "vendor_fields.json"
    fields, objects = _fields_of_samples()
    if updating_fields:
        written = {"fields": fields, "objects": objects}
        path.write_bytes(orjson.dumps(written, option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS | orjson.OPT_APPEND_NEWLINE))
        vendor_fields.cache_clear()
    assert vendor_fields() == (fields, objects), "write it anew: pytest tests/store --update-expected, and look at what changes"


@pytest.fixture
def updating_fields(request: pytest.FixtureRequest) -> bool:
    """Whether the file is to be written anew."""
    return bool(request.config.getoption("--update-expected"))


def _fields_of_samples() -> tuple[dict[str, dict[str, str]], dict[str, list[str]]]:
    ours = {name.partition(".")[0] for name in ecs_schema().types} | {"vagt"}
    fields: dict[str, dict[str, str]] = {}
    objects: dict[str, set[str]] = {}
    for path in GOLDEN:
        vendor = path.parent.parent.name.partition("_")[0]
        for event in orjson.loads(path.read_bytes()):
            for top in event.keys() - ours:
                objects.setdefault(vendor, set()).add(top)
                for name, value in _leaves(event[top], ""):
                    kind = "long" if type(value) is int else "keyword"
                    known = fields.setdefault(top, {})
                    known[name] = kind if known.get(name, kind) == kind else "keyword"
    return fields, {vendor: sorted(tops) for vendor, tops in objects.items()}


def _leaves(value: Any, path: str) -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _leaves(inner, f"{path}.{key}" if path else key)
    elif isinstance(value, list):
        for inner in value:
            yield from _leaves(inner, path)
    elif value is not None:
        yield path, value
