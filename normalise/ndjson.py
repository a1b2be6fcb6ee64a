"""`vagt normalise --ndjson`: `{"id","source","raw"}` lines in, `{"id","events","error"}` lines out, in batches, streaming."""

from collections.abc import Iterator
from typing import Any, BinaryIO

import orjson

from normalise.step import Normaliser
from vagt.contracts.raw import RawLog
from vagt.errors import NormaliseError
from vagt.ids import uuid7

_BATCH_BYTES = 1 << 20


def normalise_stream(source: BinaryIO, sink: BinaryIO, normaliser: Normaliser, tenant: str) -> int:
    """Answer every line of `source` on `sink`; gives how many lines there were. A line that is no request is answered too."""
    count = 0
    while lines := source.readlines(_BATCH_BYTES):
        sink.write(b"".join(_answers(lines, normaliser, tenant)))
        sink.flush()
        count += len(lines)
    return count


def _answers(lines: list[bytes], normaliser: Normaliser, tenant: str) -> Iterator[bytes]:
    for line in lines:
        if line.strip():
            yield orjson.dumps(_answer(line, normaliser, tenant), option=orjson.OPT_APPEND_NEWLINE)


def _answer(line: bytes, normaliser: Normaliser, tenant: str) -> dict[str, Any]:
    try:
        request = orjson.loads(line)
        name, body = request["id"], request["raw"].encode("utf-8", "surrogatepass")
    except (orjson.JSONDecodeError, KeyError, TypeError, AttributeError):
        return {"id": None, "events": [], "error": 'not a request: a line is {"id": …, "source": … or null, "raw": "…"}'}
    raw = RawLog(tenant, request.get("source"), body, normaliser.clock(), "replay", "stdin", uuid7())
    try:
        return {"id": name, "events": normaliser.events(raw), "error": None}
    except NormaliseError as error:
        return {"id": name, "events": [], "error": str(error)}
