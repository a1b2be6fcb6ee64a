"""An export of another system (CMDB, directory, address plan) to rows: CSV with any usual delimiter, or a JSON array."""

import csv
import io
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import orjson

from vagt.errors import DependencyError

_MOST_BYTES = 256 << 20
_DELIMITERS = (";", ",", "\t", "|")
Row = dict[str, str]


def read_rows(path: Path, columns: Mapping[str, str]) -> list[Row]:
    """The rows of `path` by our names for the columns; `columns`: our name -> the export's, where it differs.

    Texts are stripped, names of columns compared without case. Raises DependencyError, which names file and way out.
    """
    try:
        body = path.read_bytes() if path.stat().st_size <= _MOST_BYTES else None
    except OSError as error:
        raise DependencyError(f"{path} cannot be read ({error.strerror}); give the user that runs vagt access to it") from error
    if body is None:
        raise DependencyError(f"{path} is over {_MOST_BYTES >> 20} MiB; export what the settings name only")
    wanted = {theirs.lower(): ours for ours, theirs in columns.items()}
    found = _from_json(path, body) if path.suffix.lower() == ".json" else _from_csv(path, body)
    _check_columns(path, found, columns)
    return [
        {
            wanted.get(name.lower(), name.lower()): value
            for name, one in row.items()
            if isinstance(name, str) and (value := _text(one))
        }
        for row in found
    ]


def _check_columns(path: Path, rows: list[dict[str, Any]], columns: Mapping[str, str]) -> None:
    """A column `tenant` that is called otherwise would make each municipality's rows the whole unit's."""
    there = {name.lower(): name for row in rows for name in row if isinstance(name, str)}
    missing = [theirs for theirs in columns.values() if theirs.lower() not in there]
    if rows and missing:
        names = ", ".join(list(there.values())[:20])
        raise DependencyError(f"{path} has no column {missing[0]!r}; name it in `columns` as the export does: {names}")


def _text(value: Any) -> str:
    if isinstance(value, list):
        return " ".join(map(str, value)).strip()
    return "" if value is None else str(value).strip()


def _from_json(path: Path, body: bytes) -> list[dict[str, Any]]:
    try:
        rows = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise DependencyError(f"{path} is no JSON ({error}); export it again") from error
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise DependencyError(f"{path} is no JSON array of objects; export one object for each row")
    return rows


def _from_csv(path: Path, body: bytes) -> list[dict[str, Any]]:
    text = _decoded(body)
    head = text.partition("\n")[0]
    delimiter = max(_DELIMITERS, key=head.count)
    try:
        return list(csv.DictReader(io.StringIO(text), delimiter=delimiter))
    except csv.Error as error:
        raise DependencyError(f"{path} is no CSV ({error}); export it again") from error


def _decoded(body: bytes) -> str:
    try:
        return body.decode("utf-8-sig")
    except UnicodeDecodeError:
        return body.decode("windows-1252", "replace")
