"""Bytes of a file to located lines: UTF-8 and other single-byte line ends, UTF-16 by its byte order mark, joined records."""

import codecs
import re
from collections.abc import Callable
from typing import NamedTuple


class Line(NamedTuple):
    """A log in a file: where it starts, where the next one starts, and its bytes without the line end."""

    start: int
    end: int
    body: bytes


class Encoding(NamedTuple):
    """How lines end: `newline` in units of `width` bytes. Each body gets `mark` before it, so that it can be read alone."""

    newline: bytes
    width: int
    mark: bytes = b""


PLAIN = Encoding(b"\n", 1)
_UTF_16_LE = Encoding("\n".encode("utf-16-le"), 2, codecs.BOM_UTF16_LE)
_UTF_16_BE = Encoding("\n".encode("utf-16-be"), 2, codecs.BOM_UTF16_BE)


def encoding_of(head: bytes) -> Encoding:
    """By the file's first bytes."""
    if head.startswith(codecs.BOM_UTF16_LE):
        return _UTF_16_LE
    return _UTF_16_BE if head.startswith(codecs.BOM_UTF16_BE) else PLAIN


def split_lines(data: bytes, offset: int, encoding: Encoding) -> list[Line]:
    """The whole lines of `data`, which starts at `offset` of the file; what follows the last line end is not among them.

    Empty lines are left out.
    """
    split = data.split(encoding.newline)
    pieces = split if encoding.width == 1 else _aligned(split, encoding)
    pieces.pop()
    lines: list[Line] = []
    step = len(encoding.newline)
    at = offset
    for piece in pieces:
        end = at + len(piece) + step
        if body := clean(piece, encoding):
            lines.append(Line(at, end, body))
        at = end
    return lines


def _aligned(pieces: list[bytes], encoding: Encoding) -> list[bytes]:
    """A line end of two bytes that stands across two characters is none."""
    whole: list[bytes] = []
    for piece in pieces:
        if whole and len(whole[-1]) % 2:
            whole[-1] += encoding.newline + piece
        else:
            whole.append(piece)
    return whole


def clean(piece: bytes, encoding: Encoding) -> bytes:
    """A line's body: without carriage return, and with the byte order mark where the encoding has one; empty for no line."""
    if encoding.width == 1:
        return piece.removesuffix(b"\r")
    text = piece.removeprefix(encoding.mark).removesuffix(encoding.newline.replace(b"\n", b"\r"))
    return encoding.mark + text if text else b""


def consumed(data: bytes, offset: int, encoding: Encoding) -> int:
    """The offset after the last line end of `data`; `offset` where it has none."""
    at = len(data)
    while (at := data.rfind(encoding.newline, 0, at)) >= 0:
        if at % encoding.width == 0:
            return offset + at + len(encoding.newline)
        at += len(encoding.newline) - 1
    return offset


def first_end(data: bytes, encoding: Encoding) -> int:
    """The index after the first line end of `data`; 0 where it has none."""
    at = -1
    while (at := data.find(encoding.newline, at + 1)) >= 0:
        if at % encoding.width == 0:
            return at + len(encoding.newline)
    return 0


def continues(pattern: str, encoding: Encoding) -> Callable[[bytes], bool]:
    """Whether a line belongs to the one before: the setting `continuation`, tried at the line's start."""
    if encoding.width == 1:
        compiled = re.compile(pattern.encode())
        return lambda body: compiled.match(body) is not None
    text = re.compile(pattern)
    return lambda body: text.match(body.decode("utf-16", "replace")) is not None


def join_lines(lines: list[Line], data: bytes, offset: int, is_next: Callable[[bytes], bool], encoding: Encoding) -> list[Line]:
    """Lines joined with those that continue them; a joined body is the file's bytes from its first line to its last."""
    groups: list[list[Line]] = []
    for line in lines:
        if groups and is_next(line.body):
            groups[-1].append(line)
        else:
            groups.append([line])
    joined: list[Line] = []
    for group in groups:
        first, last = group[0], group[-1]
        if first is last:
            joined.append(first)
            continue
        piece = data[first.start - offset : last.end - offset - len(encoding.newline)]
        joined.append(Line(first.start, last.end, clean(piece, encoding)))
    return joined
