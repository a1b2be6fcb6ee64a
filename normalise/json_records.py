"""JSON logs as shippers bring them -> the objects in them: bare, a batch, lines, behind a syslog header, or wrapped.

Batches are arrays and what clouds put around them: `records` (Azure's diagnostic settings), `value` (Microsoft Graph),
`items` (Google). Shippers' documents have the record as text or object in `message` (Filebeat, Logstash), `event.original`,
`event` (HTTP Event Collector), `log` (Fluent Bit), `json`, `body`, or under the name that `integration` gives (Wazuh).
"""

from collections.abc import Callable
from typing import Any

import orjson

from normalise.text import decode
from vagt.errors import NormaliseError

Object = dict[str, Any]
_BATCHES = ("records", "Records", "value", "items")
_WRAPPERS = ("message", "event", "original", "log", "json", "body")
_MOST_WRAPPERS = 5  # one in another: a batch in `message` in a batch is four
_LONGEST_HEADER = 1024


def text_of(value: Any) -> str:
    """A text; an empty one for anything else."""
    return value if value.__class__ is str else ""


def texts_of(value: Any) -> list[str]:
    """The texts in a list that are not empty."""
    return [one for one in value if one.__class__ is str and one] if value.__class__ is list else []


def object_of(value: Any) -> Object:
    """An object; an empty one for anything else."""
    return value if value.__class__ is dict else {}


def objects_of(value: Any) -> list[Object]:
    """The objects in a list."""
    return [one for one in value if one.__class__ is dict] if value.__class__ is list else []


def read_records(body: bytes, is_record: Callable[[Object], bool], what: str) -> list[Object]:
    """The objects of `body` that `is_record` takes, in their order; `what` names them where there is none.

    Raises NormaliseError for what is no JSON, holds no such object, or holds anything else beside them.
    """
    found: list[Object] = []
    for document in _documents(body):
        if document.__class__ is dict and is_record(document):
            found.append(document)
        elif not _open(document, is_record, found, _MOST_WRAPPERS):
            raise NormaliseError(f"not {what}")
    if not found:
        raise NormaliseError(f"an empty batch, not {what}")
    return found


def _documents(body: bytes) -> list[Any]:
    try:
        return [orjson.loads(body)]
    except orjson.JSONDecodeError as error:
        reason = error.msg[:100]
    text = decode(body)[0]
    starts = [at for at in (text.find("{"), text.find("[{")) if 0 <= at < _LONGEST_HEADER]
    if starts:
        inner = text[min(starts) :].encode("utf-8", "replace")
        try:
            return [orjson.loads(inner)]
        except orjson.JSONDecodeError:
            pass
        try:
            return [orjson.loads(line) for line in inner.splitlines() if line.strip()]
        except orjson.JSONDecodeError:
            pass
    raise NormaliseError(f"the record is no JSON: {reason}")


def _open(document: Any, is_record: Callable[[Object], bool], found: list[Object], depth: int) -> bool:
    """Add the records in `document` to `found`; False where there is something else in it."""
    if document.__class__ is str:
        if depth == 0 or not document.lstrip().startswith(("{", "[")):
            return False
        try:
            document = orjson.loads(document)
        except (orjson.JSONDecodeError, UnicodeEncodeError):
            return False
    if document.__class__ is list:
        return depth > 0 and all(_open(one, is_record, found, depth - 1) for one in document)
    if document.__class__ is not dict:
        return False
    if is_record(document):
        found.append(document)
        return True
    if depth == 0:
        return False
    for name in _BATCHES:
        if document.get(name).__class__ is list:
            return _open(document[name], is_record, found, depth - 1)
    for name in (*_WRAPPERS, text_of(document.get("integration"))):
        if document.get(name).__class__ in (str, dict, list):
            before = len(found)
            if _open(document[name], is_record, found, depth - 1):
                return True
            del found[before:]
    return False
