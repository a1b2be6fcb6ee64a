"""Whether JSON spells each printable character as itself, so that literals are found in it as in what orjson writes."""

import threading

from detections.scanner import AhoCorasickScanner, quick_to_scan

_ESCAPES = (b"\\u", b"\\/")  # a character's number, and the one printable character that may have a backslash for nothing


class _Escapes(threading.local):
    """Looks for them: a search for two bytes takes Python longer than all else that is done with most events."""

    def __init__(self) -> None:
        scanner = quick_to_scan(_ESCAPES)
        self.stand_in = _stand_in if isinstance(scanner, AhoCorasickScanner) else scanner.found


def _stand_in(line: bytes) -> bool:
    return _ESCAPES[0] in line or _ESCAPES[1] in line


_LOCAL = _Escapes()


def plainly_spelled(line: bytes) -> bytes | None:
    """The line of JSON, or None where some printable character may be written by its number or with a backslash."""
    if _LOCAL.stand_in(line) and _stand_in(line.replace(b"\\\\", b"")):  # a pair is a plain backslash
        return None
    return line
