"""A JSON text told by its log: values that stand in the log become one byte each, the rest is a shape that repeats.

Lossless for every pair of texts: the shape, the literals and the log's words are only ever cut apart and joined again.
Part of the archive's format 1: the patterns must not change.
"""

import re
from itertools import compress, repeat

_STRING = rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"'
_VALUE = re.compile(rb'":(' + _STRING + rb'|-?\d[^,}\]]*+|\[[^"\[\]{}]*+(?:' + _STRING + rb'[^"\[\]{}]*+)*+\])')
_WORD = re.compile(rb"[A-Za-z0-9_.\-@$+\x80-\xff]+")
_JOINT = b'":'
_CUT = b"\0"  # stands in no JSON text: control characters are escaped there
_LITERAL = 0xFF
_CODES = [bytes((number,)) for number in range(_LITERAL)]
_IS_LITERAL = bytes(_LITERAL) + b"\1"


def _words(log: bytes) -> list[bytes]:
    """The log's words, quoted as JSON strings, then bare as JSON numbers; the first 255 are used."""
    words = _WORD.findall(log)[:127]
    return (b'"' + b'"\0"'.join(words) + b'"').split(_CUT) + words


def refer(text: bytes, log: bytes) -> tuple[bytes, bytes, bytes]:
    """(shape, references, literals) of the JSON `text`; `restore` gives it back."""
    parts = _VALUE.split(text)
    values = parts[1::2]
    codes = dict(zip(_words(log), _CODES, strict=False))
    references = b"".join(map(codes.get, values, repeat(b"\xff")))
    literals = _CUT.join(compress(values, references.translate(_IS_LITERAL)))
    return _CUT.join(parts[0::2]), references, literals


def restore(shape: bytes, references: bytes, literals: bytes, log: bytes) -> bytes:
    """The text that `refer` was given."""
    words = _words(log)
    spare = iter(literals.split(_CUT))
    values = [next(spare) if code == _LITERAL else words[code] for code in references]
    fragments = shape.split(_CUT)
    pieces = [fragments[0]]
    for value, fragment in zip(values, fragments[1:], strict=True):
        pieces += (_JOINT, value, fragment)
    return b"".join(pieces)
