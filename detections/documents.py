"""Folders and files in; the Sigma documents in them out, unparsed. A file that is no YAML is listed, never fatal."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import orjson
import yaml
from sigma.exceptions import SigmaCollectionError
from sigma.rule.base import SigmaYAMLLoader, check_alias_expansion

from vagt.errors import SettingsError

MAX_FILE_BYTES = 4 << 20
CASES = ".cases.yml"
Document = dict[str, Any]


class Loader(SigmaYAMLLoader):
    """YAML 1.2, as the specification says: `no`, `on`, `12:30`, `2026-01-01` and `0x1F_0` are texts (YAML 1.1 reads truth
    values, times and numbers in them). So are numbers that begin with 0, which 1.1 reads as octal, and those without a point
    but with an exponent: both are parts of names more often."""

    yaml_implicit_resolvers: dict[str, list[tuple[str, re.Pattern[str]]]] = {}  # noqa: RUF012


for _type, _pattern, _first in (
    ("bool", r"true|True|TRUE|false|False|FALSE", list("tTfF")),
    ("null", r"~|null|Null|NULL|", ["~", "n", "N", ""]),
    ("int", r"[-+]?(?:0|[1-9][0-9]*)|0x[0-9a-fA-F]+", list("-+0123456789")),
    ("float", r"[-+]?(?:[0-9]+\.[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)?", list("-+.0123456789")),
):
    Loader.add_implicit_resolver(f"tag:yaml.org,2002:{_type}", re.compile(rf"(?:{_pattern})\Z"), _first)


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A file, or a document in it, that holds no Sigma at all."""

    path: Path
    reason: str


def rule_files(folders: Iterable[Path]) -> list[Path]:
    """All `*.yml` and `*.yaml` below the folders (or the file itself) but cases. Raises SettingsError for a missing one."""
    found: list[Path] = []
    for folder in folders:
        if not folder.exists():
            raise SettingsError(f"no rules at {folder}: the folder does not exist")
        files = sorted(folder.rglob("*")) if folder.is_dir() else [folder]
        found += [
            path for path in files if path.suffix in (".yml", ".yaml") and not path.name.endswith(CASES) and path.is_file()
        ]
    return list(dict.fromkeys(found))


def read_documents(path: Path) -> Iterator[Document | Unreadable]:
    """The documents of one file; `action: global` and `repeat` (Sigma 1) are put into the documents that they stand for."""
    content = read_content(path)
    yield from [content] if isinstance(content, Unreadable) else documents_in(path, content)


def read_content(path: Path) -> bytes | Unreadable:
    """The file's bytes."""
    try:
        if path.stat().st_size > MAX_FILE_BYTES:
            return Unreadable(path, f"the file is larger than {MAX_FILE_BYTES >> 20} MiB")
        return path.read_bytes()
    except OSError as error:
        return _not_yaml(path, error)


def documents_in(path: Path, content: bytes) -> Iterator[Document | Unreadable]:
    """As `read_documents`, of bytes that were read."""
    try:
        documents = list(yaml.load_all(content, Loader))
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        yield _not_yaml(path, error)
        return
    yield from _joined(path, documents)


def _not_yaml(path: Path, error: Exception) -> Unreadable:
    return Unreadable(path, f"not readable as YAML: {' '.join(str(error).split())}")


def _joined(path: Path, documents: list[Any]) -> Iterator[Document | Unreadable]:
    shared: Document = {}
    previous: Document = {}
    for document in documents:
        if document is None:
            continue
        if not isinstance(document, dict):
            yield Unreadable(path, "the document is no mapping")
            continue
        try:
            check_alias_expansion(document, SigmaCollectionError)
        except SigmaCollectionError as error:
            yield Unreadable(path, str(error))
            continue
        action = document.pop("action", None) if isinstance(document.get("action"), str) else None
        if action == "global":
            shared = previous = document
        elif action == "reset":
            shared = {}
        elif action == "repeat":
            previous = _merged(previous, document)
            yield previous
        elif action is None:
            previous = _merged(shared, document) if shared and not {"correlation", "filter"} & document.keys() else document
            yield previous
        else:
            yield Unreadable(path, f"unknown action {action!r}")


def _merged(under: Mapping[str, Any], over: Mapping[str, Any]) -> Document:
    merged = dict(under)
    for key, value in over.items():
        old = merged.get(key)
        merged[key] = _merged(old, value) if isinstance(old, dict) and isinstance(value, dict) else value
    return merged


def content_hash(document: Mapping[str, Any]) -> str:
    """SHA-256 of the document's content, whatever its layout, key order and comments."""
    return sha256(orjson.dumps(document, default=str, option=orjson.OPT_SORT_KEYS | orjson.OPT_NON_STR_KEYS)).hexdigest()


def attribute(document: Mapping[str, Any], name: str) -> Any:
    """vagt's own attribute of a document: `vagt.period: 1h`, or `vagt: {period: 1h}`."""
    nested = document.get("vagt")
    return document.get(f"vagt.{name}", nested.get(name) if isinstance(nested, dict) else None)
