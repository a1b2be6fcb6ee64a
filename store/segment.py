"""One segment: rows to a Parquet file that the storage has when this returns, and a file back to rows."""

import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from store.layout import DELTA, ORDER, PAGE_BYTES, PLAIN, ROW_GROUP, SCHEMAS, Group, new_path
from store.storage import Storage
from vagt.errors import DamagedError

Offsets = dict[str, list[int]]  # "topic-partition" -> [first, last]


@dataclass(frozen=True, slots=True)
class Segment:
    """A row of the manifest. Times in microseconds since 1970; `path` relative to the storage."""

    path: str
    kind: str
    tenant: str
    day: str
    rows: int
    time_min: int
    time_max: int
    received_min: int
    received_max: int
    offsets: Offsets
    sha256: str
    bytes: int
    written: int

    @property
    def group(self) -> Group:
        """What the segment belongs to."""
        return Group(self.kind, self.tenant, self.day)


def table_of(kind: str, rows: Sequence[tuple[Any, ...]]) -> pa.Table:
    """`rows` (in the order of the kind's columns) as an Arrow table."""
    schema = SCHEMAS[kind]
    columns = [pa.array(values, field.type) for values, field in zip(zip(*rows, strict=True), schema, strict=True)]
    return pa.Table.from_arrays(columns, schema=schema)


def write_segment(storage: Storage, group: Group, table: pa.Table, offsets: Offsets, written: int, level: int) -> Segment:
    """Put a new file. Raises DependencyError where the storage does not take it."""
    path = new_path(group)
    content = _parquet(group.kind, table, level)
    storage.put(path, content)
    times = pc.min_max(table["time"].cast(pa.int64())).as_py()
    receipts = pc.min_max(table["received"].cast(pa.int64())).as_py()
    bounds = (times["min"], times["max"], receipts["min"], receipts["max"])
    return Segment(path, *group, table.num_rows, *bounds, offsets, sha256(content).hexdigest(), len(content), written)


def _parquet(kind: str, table: pa.Table, level: int) -> bytes:
    """The file's content: a small part of what the rows take in memory."""
    names = table.schema.names
    options = {
        "compression": {name: "none" if name == "id" else "zstd" for name in names},  # a hash does not compress
        "compression_level": {name: level for name in names if name != "id"},
        "use_dictionary": [name for name in names if name not in PLAIN],
        "column_encoding": dict.fromkeys(DELTA, "DELTA_BINARY_PACKED"),
        "write_statistics": [name for name in names if name not in ("id", "body", "original", "shape", "refs")],
        "data_page_size": PAGE_BYTES,
        "store_schema": False,
    }
    file = io.BytesIO()
    with pq.ParquetWriter(file, table.schema, **options) as writer:
        for part in _in_order(kind, table):
            writer.write_table(part, row_group_size=ROW_GROUP)
    return file.getvalue()


def _in_order(kind: str, table: pa.Table) -> Iterator[pa.Table]:
    """Row groups follow each other in time, so that a search reads few; within one, like stands beside like."""
    if table.num_rows > ROW_GROUP:
        table = table.sort_by("time")
    keys = [(name, "ascending") for name in ORDER[kind]]
    for start in range(0, table.num_rows, ROW_GROUP):
        yield table.slice(start, ROW_GROUP).sort_by(keys)


def read_table(storage: Storage, segment: Segment, columns: Sequence[str] | None = None) -> pa.Table:
    """The segment's rows. Raises DamagedError, naming the file, where it is missing or damaged, and DependencyError where the
    storage is away."""
    try:
        with storage.open(segment.path) as file:
            content = pa.BufferReader(file.read())  # whole: pyarrow's threads would call back into Python for each part
        return pq.ParquetFile(content).read(columns=list(columns) if columns is not None else None)
    except (OSError, pa.ArrowException) as error:
        address = storage.address(segment.path)
        raise DamagedError(f"archive segment {address} cannot be read: {error}; restore it from a backup") from error


def rows_of(table: pa.Table) -> Iterator[Mapping[str, Any]]:
    """The table's rows by column name, times in microseconds since 1970."""
    for name in ("time", "received", "ingested"):
        if name in table.schema.names:
            place = table.schema.get_field_index(name)
            table = table.set_column(place, name, table[name].cast(pa.int64()))
    for batch in table.to_batches(max_chunksize=1000):
        yield from batch.to_pylist()
