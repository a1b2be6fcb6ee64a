"""Bytes to JSON objects: one event, an array of them, or several objects one after the other; and what breaks in transit."""

import re
from typing import Any

import orjson

from normalise.text import decode, is_noise
from vagt.errors import NormaliseError

Fields = dict[str, Any]
# JSON allows no raw line end in a string and wants a comma between objects, so this only stands between documents.
_BETWEEN = re.compile(r"(?<=\})[ \t\r]*\n\s*(?=\{)")
# A backslash, a whole surrogate pair, or half of one (Windows truncates messages anywhere); RFC 8259 §8.2.
_ESCAPE = re.compile(r"\\(?:[^u]|u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|u[dD][89a-fA-F][0-9a-fA-F]{2})")
_HALF = 6  # characters of half a pair


def read_objects(body: bytes) -> list[Fields]:
    """All objects of a body. Raises NormaliseError for what is no JSON, or no object."""
    try:
        document = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        return _read_broken(body, str(error))
    if type(document) is dict:
        return [document]
    if type(document) is list and document and all(type(one) is dict for one in document):
        return document
    raise NormaliseError("no Windows event: the JSON is no object, nor an array of objects")


def _read_broken(body: bytes, reason: str) -> list[Fields]:
    """Other encodings, halves of surrogate pairs, several documents in one body."""
    if is_noise(body):
        raise NormaliseError("no Windows event: binary noise")
    text = _ESCAPE.sub(_mend, decode(body)[0].strip("\x00\ufeff \t\r\n"))
    documents: list[Fields] = []
    for part in _BETWEEN.split(text):
        try:
            document = orjson.loads(part)
        except (orjson.JSONDecodeError, UnicodeEncodeError):
            raise NormaliseError(f"no JSON: {reason[:120]}") from None
        if type(document) is not dict:
            raise NormaliseError("no Windows event: the JSON is no object")
        documents.append(document)
    return documents


def _mend(match: re.Match[str]) -> str:
    found = match[0]
    return "\\ufffd" if len(found) == _HALF else found
