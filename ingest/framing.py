"""Bytes of a stream in, whole messages out: octet counting and newline framing (RFC 6587, LF and CRLF), or NUL (GELF)."""

import re
from typing import Literal

from ingest.letters import Body, LongBody
from vagt.errors import RejectedError

Framing = Literal["auto", "octet", "newline", "nul"]
_COUNT = re.compile(rb"([1-9]\d{0,9}) ")
_COUNTED_START = re.compile(rb"[1-9]\d{0,9} <")
_MAYBE_COUNTED = re.compile(rb"[1-9]\d{0,9} ?")
_COUNT_CHARS = 11
_BETWEEN = b"\r\n\0"


class FrameDecoder:
    """One stream. `limit`: a longer message comes as a `LongBody`; `discard_limit`: one that is longer still ends the stream.

    What the framing is shows in the first frame: a count before `<` is octet counting, all else newline framing. It
    then holds for the stream. Line ends between counted frames are passed over, and those at a frame's end are no part of
    the message: senders put them there by habit, and the same message over UDP, by count or by line has the same bytes.
    """

    def __init__(self, limit: int, discard_limit: int, framing: Framing = "auto") -> None:
        self._limit = limit
        self._discard_limit = discard_limit
        self.framing: Framing = framing
        self._end = b"\0" if framing == "nul" else b"\n"
        self._buffer = bytearray()
        self._long: LongBody | None = None
        self._missing = 0  # bytes of a long counted frame that are still to come
        self._scanned = 0  # bytes of the buffer known to hold no line end
        self.fault: RejectedError | None = None  # `framing`, `too_long` or `truncated`

    @property
    def is_between(self) -> bool:
        """Whether no frame has been begun."""
        return not self._buffer and self._long is None

    def feed(self, data: bytes) -> list[Body]:
        """The messages that `data` completes. With a `fault` afterwards the stream cannot be read on: close it."""
        self._buffer += data
        frames: list[Body] = []
        try:
            if self.framing == "auto" and not self._detect():
                return frames
            if self.framing == "octet":
                self._counted(frames)
            else:
                self._lines(frames)
        except RejectedError as error:
            self.fault = error
        return frames

    def _detect(self) -> bool:
        while self._buffer and self._buffer[0] in _BETWEEN:
            del self._buffer[0]
        if not self._buffer:
            return False
        if _COUNTED_START.match(self._buffer):
            self.framing = "octet"
        elif len(self._buffer) > _COUNT_CHARS or not _MAYBE_COUNTED.fullmatch(self._buffer):
            self.framing = "newline"
        return self.framing != "auto"

    def _counted(self, frames: list[Body]) -> None:
        buffer = self._buffer
        at = 0
        while at < len(buffer) or self._long is not None:
            if self._long is not None:
                part = bytes(buffer[at : at + self._missing])
                self._long.add(part)
                self._missing -= len(part)
                at += len(part)
                if self._missing:
                    break
                frames.append(self._long)
                self._long = None
                continue
            if buffer[at] in _BETWEEN:
                at += 1
                continue
            head = _COUNT.match(buffer, at)
            if head is None:
                if len(buffer) - at > _COUNT_CHARS or not bytes(buffer[at:]).isdigit():
                    raise RejectedError("framing", "no octet count where one must be (RFC 6587)")
                break
            length = int(head[1])
            if length > self._discard_limit:
                raise RejectedError(
                    "too_long", f"a frame of {length} bytes is announced; {self._discard_limit} are borne at most"
                )
            if length > self._limit:
                self._long, self._missing, at = LongBody(), length, head.end()
                continue
            if len(buffer) - head.end() < length:
                break
            if body := bytes(buffer[head.end() : head.end() + length]).rstrip(_BETWEEN):
                frames.append(body)
            at = head.end() + length
        del buffer[:at]

    def _lines(self, frames: list[Body]) -> None:
        end = self._buffer.rfind(self._end, self._scanned)
        if end >= 0:
            whole, rest = bytes(self._buffer[:end]), self._buffer[end + 1 :]
            self._buffer = rest
            first, *others = whole.split(self._end)
            self._end_line(first, frames)
            for line in others:
                self._end_line(line, frames)
        if self._long is not None or len(self._buffer) > self._limit + 1:
            self._long = self._long or LongBody()
            self._long.add(bytes(self._buffer))
            self._buffer.clear()
            if self._long.length > self._discard_limit:
                frames.append(self._long)
                self._long = None
                raise RejectedError("too_long", f"no line end within {self._discard_limit} bytes")
        self._scanned = len(self._buffer)

    def _end_line(self, line: bytes, frames: list[Body]) -> None:
        if self._long is not None:
            self._long.add(line.removesuffix(b"\r"))
            frames.append(self._long)
            self._long = None
        elif line := line.removesuffix(b"\r").strip(b"\0" if self._end == b"\n" else _BETWEEN):
            frames.append(_whole(line, self._limit))

    def finish(self) -> Body | None:
        """At the stream's end: its last line, where no line end came. Half a counted frame is a `fault`."""
        if self.is_between:
            return None
        if self.framing == "octet":
            self.fault = RejectedError("truncated", "the stream ended within a frame")
            return None
        frames: list[Body] = []
        self._end_line(bytes(self._buffer), frames)
        self._buffer.clear()
        return frames[0] if frames else None


def _whole(line: bytes, limit: int) -> Body:
    if len(line) <= limit:
        return line
    body = LongBody()
    body.add(line)
    return body
