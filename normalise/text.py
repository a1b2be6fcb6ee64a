"""Bytes to text. Logs are UTF-8; old Windows and network devices send UTF-16 or Windows-1252, and some send noise."""

import codecs

_CONTROL_SHARE = 0.1  # a body with more than this share of control bytes is noise, not text


def decode(body: bytes) -> tuple[str, str]:
    """(text, encoding): `utf-8`, `utf-16` (byte order mark) or `windows-1252` (undefined bytes become U+FFFD)."""
    try:
        if body.startswith(codecs.BOM_UTF8):
            return body[3:].decode("utf-8"), "utf-8"
        return body.decode("utf-8"), "utf-8"
    except UnicodeDecodeError:
        if body.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            return body.decode("utf-16", "replace"), "utf-16"
        return body.decode("windows-1252", "replace"), "windows-1252"


def is_noise(body: bytes) -> bool:
    """Whether `body` is binary: more control bytes than any log has, or NUL in something that is not UTF-16."""
    if body.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return False
    sample = body[:4096]
    printable = sample.translate(None, _CONTROL)
    return len(sample) - len(printable) > _CONTROL_SHARE * len(sample)


_CONTROL = bytes(code for code in range(32) if code not in b"\t\n\r\x1b")
