"""The corpus's recordings as events in Sigma's own field names, for comparing and measuring engines."""

import gzip
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson


def recordings(corpus: Path) -> list[Path]:
    """All recordings."""
    return sorted((corpus / "corpus" / "recordings").glob("*.ndjson.gz"))


def rule_folders(corpus: Path) -> list[Path]:
    """All folders of the public rules."""
    return sorted((corpus / "sigmahq").glob("rules*"))


def events(path: Path, every: int = 1, offset: int = 0) -> Iterator[bytes]:
    """Every nth line of a recording, as JSON; events as Windows stores them are made flat."""
    with gzip.open(path) as lines:
        for number, line in enumerate(lines):
            if number % every == offset:
                yield flat(line) if line.startswith(b'{"Event":') else line.rstrip(b"\n")


def flat(line: bytes) -> bytes:
    """`Event/System/EventData` in the field names that Sigma uses: the frame's and the data's fields side by side."""
    whole: dict[str, Any] = orjson.loads(line)["Event"]
    system = whole["System"]
    event = {name: value for name, value in system.items() if not isinstance(value, dict)}
    event["EventID"] = _plain(system["EventID"])
    event["Provider_Name"] = system.get("Provider", {}).get("#attributes", {}).get("Name")
    for part in ("EventData", "UserData"):
        fields = whole.get(part)
        if isinstance(fields, dict):
            inner = next(iter(fields.values()), None) if part == "UserData" else fields
            event |= inner if isinstance(inner, dict) else {}
    return orjson.dumps(event)


def _plain(value: Any) -> Any:
    return value.get("#text") if isinstance(value, dict) else value
