"""What was made of rule files, kept by the hash of their bytes: from one load to the next, and in a file for the next start.

Reading and parsing YAML and Sigma takes seconds for all public rules, this a tenth of that. The file holds for one version of
the code that makes rules: any other begins anew. It is nothing that cannot be made again; where it cannot be written, the
next start takes longer.
"""

from collections.abc import Iterable, Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any

import orjson
import structlog

from detections.cache_files import code_version, keep_newest, put_file
from detections.compiled import RuleReader, RuleWriter
from detections.documents import Document
from detections.placeholders import Placeholders
from detections.rule import DetectionRule

_OTHERS_KEPT = 1000  # files that one load did not ask for: another command's, or the version before
_BYTES_KEPT = 64 << 20
_FILES_KEPT = 8  # other lists of placeholders, other schemas, the version before
Kept = DetectionRule | bytes  # a rule, or another document as JSON


class RuleCache:
    """Of rules read for one `schema` with one set of `placeholders`. `folder` None: in memory only."""

    def __init__(self, folder: Path | None, schema: str, placeholders: Placeholders) -> None:
        self.name = (schema, placeholders)
        self._file = None if folder is None else folder / f"rules-{_fingerprint(schema, placeholders)}.json"
        self._kept: dict[str, tuple[Kept, ...]] = {} if self._file is None else _read(self._file)
        self._used: dict[str, tuple[Kept, ...]] = {}
        self._is_new = False

    def of(self, content: bytes) -> list[DetectionRule | Document] | None:
        """What a file of these bytes holds; None: it is to be read."""
        name = sha256(content).hexdigest()
        kept = self._kept.get(name)
        if kept is None:
            return None
        self._used[name] = kept
        return [orjson.loads(one) if isinstance(one, bytes) else one for one in kept]

    def add(self, content: bytes, made: Iterable[DetectionRule | Document | None]) -> None:
        """What was made of a file of these bytes; None: something that is to be looked at again each time."""
        kept: list[Kept] = []
        for one in made:
            if isinstance(one, DetectionRule):
                kept.append(one)
            elif one is not None and (document := _as_json(one)) is not None:
                kept.append(document)
            else:
                return
        self._used[sha256(content).hexdigest()] = tuple(kept)
        self._is_new = True

    def finish(self) -> None:
        """All files of one set were read: write what is new; forget what was not asked for, where that has become much."""
        others = {name: kept for name, kept in self._kept.items() if name not in self._used}
        self._kept = self._used if len(others) > max(len(self._used), _OTHERS_KEPT) else {**others, **self._used}
        self._used = {}
        if self._is_new and self._file is not None:
            try:
                _write(self._file, self._kept)
            except OSError as error:
                structlog.get_logger().warning("rule_cache_not_written", file=str(self._file), reason=str(error))
        self._is_new = False


def _as_json(document: Document) -> bytes | None:
    """None where JSON says something else than the document."""
    try:
        spelled = orjson.dumps(document)
    except TypeError:
        return None
    return spelled if orjson.loads(spelled) == document else None


def _read(file: Path) -> dict[str, tuple[Kept, ...]]:
    try:
        whole = orjson.loads(file.read_bytes())
        reader = RuleReader(whole["predicates"])
        return {name: tuple(_kept(row, reader) for row in rows) for name, rows in whole["files"].items()}
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, TypeError, LookupError, AttributeError) as error:
        structlog.get_logger().warning("rule_cache_not_read", file=str(file), reason=f"{type(error).__name__}: {error}")
        return {}


def _kept(row: Any, reader: RuleReader) -> Kept:
    return row.encode() if isinstance(row, str) else reader.rule(row)


def _write(file: Path, files: Mapping[str, Sequence[Kept]]) -> None:
    writer = RuleWriter()
    rows = {
        name: [one.decode() if isinstance(one, bytes) else writer.rule(one) for one in kept] for name, kept in files.items()
    }
    put_file(file, orjson.dumps({"predicates": writer.predicates, "files": rows}))
    keep_newest(file.parent, "rules-*.json", _FILES_KEPT, _BYTES_KEPT)


def _fingerprint(schema: str, placeholders: Placeholders) -> str:
    return sha256(orjson.dumps([code_version(), schema, placeholders], option=orjson.OPT_SORT_KEYS)).hexdigest()[:16]
