"""Everything of one municipality in files that it can read without vagt, with hashes and a page that explains them."""

import gzip
from base64 import b64encode
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import file_digest, sha256
from pathlib import Path
from typing import Any, Literal

import orjson
import pyarrow as pa
import pyarrow.parquet as pq

from store.document import unpack_document
from store.layout import DEAD, KINDS, to_micros
from store.letter import unpack_letter
from store.manifest import current_segments
from store.readme import README
from store.segment import Segment, read_table, rows_of
from store.storage import Storage
from vagt.clock import to_iso
from vagt.errors import DamagedError
from vagt.state.database import State

Form = Literal["ndjson", "parquet"]
_PARQUET_ROWS = 20_000
_PARQUET = pa.schema([("id", pa.string()), ("day", pa.string()), ("original", pa.string()), ("document", pa.string())])


@dataclass(slots=True)
class Export:
    """What was written. `rows` by kind; `sha256` is that of the file SHA256SUMS; `problems` name what could not be read."""

    folder: Path
    rows: dict[str, int] = field(default_factory=dict)
    files: dict[str, str] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)
    sha256: str = ""


def write_export(
    state: State, storage: Storage, tenant: str, name: str, out_dir: Path, since: datetime, until: datetime, form: Form
) -> Export:
    """Write the export of what was received from `since` to before `until`."""
    out_dir.mkdir(parents=True, exist_ok=True)
    export = Export(out_dir)
    bounds = to_micros(since), to_micros(until)
    for kind in KINDS:
        with state.read() as connection:
            segments = current_segments(connection, kind, {tenant}, *bounds, by="received")
        export.rows[kind] = sum(_write_days(storage, export, kind, segments, bounds, form))
    texts = {"tenant": tenant, "name": name, "since": to_iso(since), "until": to_iso(until)}
    for language, text in README.items():
        (out_dir / f"README.{language}.md").write_text(text.format(**texts), encoding="utf-8")
    manifest = texts | {"form": form, "rows": export.rows, "problems": export.problems}
    (out_dir / "manifest.json").write_bytes(orjson.dumps(manifest, option=orjson.OPT_INDENT_2))
    _write_sums(export)
    return export


def _write_days(
    storage: Storage, export: Export, kind: str, segments: Iterable[Segment], bounds: tuple[int, int], form: Form
) -> Iterator[int]:
    days: dict[str, list[Segment]] = defaultdict(list)
    for segment in segments:
        days[segment.day].append(segment)
    for day, found in sorted(days.items()):
        documents = _documents(storage, export, kind, found, bounds)
        target = export.folder / kind / f"{day}.{'parquet' if form == 'parquet' else 'ndjson.gz'}"
        target.parent.mkdir(exist_ok=True)
        yield _write_parquet(target, day, documents) if form == "parquet" else _write_ndjson(target, documents)


def _documents(
    storage: Storage, export: Export, kind: str, segments: Iterable[Segment], bounds: tuple[int, int]
) -> Iterator[dict[str, Any]]:
    seen: set[bytes] = set()
    for segment in segments:
        try:
            table = read_table(storage, segment)
        except DamagedError as error:
            export.problems.append(str(error))
            continue
        for row in rows_of(table):
            if bounds[0] <= row["received"] < bounds[1] and row["id"] not in seen:
                seen.add(row["id"])
                yield _letter(row, segment.tenant) if kind == DEAD else unpack_document(row, segment.tenant)


def _letter(row: Any, tenant: str) -> dict[str, Any]:
    letter = unpack_letter(row, tenant)
    body: bytes = letter.pop("body")
    return letter | {"body_base64": b64encode(body).decode()}


def _write_ndjson(target: Path, documents: Iterable[dict[str, Any]]) -> int:
    rows = 0
    with target.open("wb") as file, gzip.GzipFile(fileobj=file, mode="wb", mtime=0, filename="") as lines:
        for document in documents:
            lines.write(orjson.dumps(document, option=orjson.OPT_APPEND_NEWLINE))
            rows += 1
    return rows


def _write_parquet(target: Path, day: str, documents: Iterable[dict[str, Any]]) -> int:
    rows = 0
    waiting: list[dict[str, Any]] = []
    with pq.ParquetWriter(target, _PARQUET, compression="zstd") as writer:
        for document in documents:
            waiting.append(_parquet_row(day, document))
            rows += 1
            if len(waiting) == _PARQUET_ROWS:
                writer.write_table(pa.Table.from_pylist(waiting, _PARQUET))
                waiting.clear()
        writer.write_table(pa.Table.from_pylist(waiting, _PARQUET))
    return rows


def _parquet_row(day: str, document: dict[str, Any]) -> dict[str, Any]:
    inner = document.get("event", document)
    text = orjson.dumps(document).decode()
    return {"id": inner.get("id"), "day": day, "original": inner.get("original"), "document": text}


def _write_sums(export: Export) -> None:
    """`sha256sum -c SHA256SUMS` checks the export on any machine."""
    for file in sorted(export.folder.rglob("*")):
        if file.is_file():
            with file.open("rb") as content:
                export.files[file.relative_to(export.folder).as_posix()] = file_digest(content, "sha256").hexdigest()
    sums = "".join(f"{digest}  {name}\n" for name, digest in export.files.items()).encode()
    (export.folder / "SHA256SUMS").write_bytes(sums)
    export.sha256 = sha256(sums).hexdigest()
