"""`vagt normalise --ndjson`: `{"id","source","raw"}` lines in, `{"id","events","error"}` lines out, in batches, streaming."""

from collections.abc import Iterator
from typing import Any, BinaryIO

import orjson

from normalise.envelope import Parsed
from normalise.step import Normaliser, moment
from vagt.contracts.raw import RawLog
from vagt.errors import NormaliseError
from vagt.ids import uuid7

_BATCH_BYTES = 1 << 20
_FORM = 'a line is {"id": …, "source": … or null, "raw": "…"}'
_NO_REQUEST: dict[str, Any] = {"id": None, "events": [], "error": f"not a request: {_FORM}"}


def normalise_stream(source: BinaryIO, sink: BinaryIO, normaliser: Normaliser, tenant: str) -> int:
    """Answer every line of `source` on `sink`; gives how many lines there were. A line that is no request is answered too."""
    count = 0
    while lines := source.readlines(_BATCH_BYTES):
        sink.write(b"".join(_answers(lines, normaliser, tenant)))
        sink.flush()
        count += len(lines)
    return count


def _answers(lines: list[bytes], normaliser: Normaliser, tenant: str) -> Iterator[bytes]:
    """The answers to a batch, in order."""
    asked = [_request(line, normaliser, tenant) for line in lines if line.strip()]
    logs = normaliser.normalised([raw for _, raw in asked if raw is not None], moment(normaliser.clock()))
    for name, raw in asked:
        yield _line(_NO_REQUEST) if raw is None else _answer(name, next(logs))


def _request(line: bytes, normaliser: Normaliser, tenant: str) -> tuple[Any, RawLog | None]:
    """(id, log) that a line asks about; no log where it is no request."""
    try:
        request = orjson.loads(line)
        name, body = request["id"], request["raw"].encode("utf-8", "surrogatepass")
    except (orjson.JSONDecodeError, KeyError, TypeError, AttributeError):
        return None, None
    return name, RawLog(tenant, request.get("source"), body, normaliser.clock(), "replay", "stdin", uuid7())


def _answer(name: Any, log: Parsed) -> bytes:
    error = log.error
    if error is None:
        try:
            return _line({"id": name, "events": log.events, "error": None})
        except orjson.JSONEncodeError as fault:  # nested deeper than JSON is written
            error = NormaliseError(str(fault))
    return _line({"id": name, "events": [], "error": str(error)})


def _line(answer: dict[str, Any]) -> bytes:
    return orjson.dumps(answer, option=orjson.OPT_APPEND_NEWLINE)
