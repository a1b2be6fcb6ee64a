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
    """Every nth line of a recording, as JSON; events as Windows stores them or Winlogbeat ships them are made flat."""
    with gzip.open(path) as lines:
        for number, line in enumerate(lines):
            if number % every == offset:
                yield in_sigma_names(line.rstrip(b"\n"))


def in_sigma_names(line: bytes) -> bytes:
    """The event in the field names that Sigma uses."""
    if line.startswith(b'{"Event":'):
        return flat(line)
    return shipped(line) if b'"event_data":{' in line and b'"log_name":' in line else line


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


def shipped(line: bytes) -> bytes:
    """What Winlogbeat (6) makes of an event: the data beside the frame, whose fields it calls otherwise."""
    whole: dict[str, Any] = orjson.loads(line)
    event = {name: value for name, value in whole.items() if name not in _SHIPPER and name not in _FRAME}
    event |= {name: whole[given] for given, name in _FRAME.items() if given in whole}
    return orjson.dumps(event | whole["event_data"])


_SHIPPER = ("@metadata", "beat", "host", "event_data")
_FRAME = {
    "event_id": "EventID",
    "log_name": "Channel",
    "source_name": "Provider_Name",
    "computer_name": "Computer",
    "message": "Message",
}


def _plain(value: Any) -> Any:
    return value.get("#text") if isinstance(value, dict) else value
