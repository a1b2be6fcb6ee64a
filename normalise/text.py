"""Bytes to text. Logs are UTF-8; old Windows and network devices send UTF-16 or Windows-1252, and some send noise."""

import codecs
from collections.abc import Callable

_BOMS_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_SAMPLE = 4096
_ASCII_SAMPLE = 256
_CONTROL = bytes((*(code for code in range(32) if code not in b"\t\n\r\x1b"), 127))
_HIGH = bytes(range(128, 256))
_CONTROL_SHARE = 0.1  # a body with more than this share of control bytes is noise, not text
# Bytes that are no UTF-8 are Windows-1252 only if they look like a western language: hardly a control byte, at most half
# letters over 127 (Danish has about one in ten). Random bytes have 11 % and 50 %.
_LEGACY_CONTROL_SHARE = 0.03
_LEGACY_HIGH_SHARE = 0.45


def decode(body: bytes) -> tuple[str, str]:
    """(text, encoding): `utf-8`, `utf-8-damaged`, `utf-16` or `windows-1252`.

    UTF-8 with a few broken bytes (a datagram cut in the middle of a letter, an attacker's user name) is `utf-8-damaged` and
    keeps its other letters. UTF-16 is known by its byte order mark, or by the NUL beside the first character. What is
    neither is `windows-1252`. What cannot be read becomes U+FFFD.
    """
    global _last
    last, decoded = _last
    if last is not body:
        decoded = _decode(body)
        _last = body, decoded
    return decoded


_last: tuple[bytes, tuple[str, str]] = b"", ("", "utf-8")  # the envelope asks again for what the parser has just read


def _decode(body: bytes) -> tuple[str, str]:
    if body.isascii() and b"\0" not in body[:2]:
        return body.decode("ascii"), "utf-8"
    if (b"\0" in body[:2] and len(body) > 3) or body.startswith(_BOMS_16):
        return _decode_utf16(body)
    try:
        return (body[3:] if body.startswith(codecs.BOM_UTF8) else body).decode("utf-8"), "utf-8"
    except UnicodeDecodeError:
        text = body.decode("utf-8", "replace")
        broken = text.count("\ufffd")
        if body.startswith(codecs.BOM_UTF8) or _letters_over_127(text) - broken >= broken or _is_cut(body):
            return text.removeprefix("\ufeff"), "utf-8-damaged"
        return body.decode("windows-1252", "replace"), "windows-1252"


def _decode_utf16(body: bytes) -> tuple[str, str]:
    if body.startswith(_BOMS_16):
        return body.decode("utf-16", "replace"), "utf-16"
    name = "utf-16-be" if body[0] == 0 else "utf-16-le"
    if body[0 if body[0] == 0 else 1 :: 2].count(0) * 4 > len(body):  # at least half of the characters are ASCII
        return body.decode(name, "replace"), "utf-16"
    return body.decode("utf-8", "replace"), "utf-8-damaged"


def _letters_over_127(text: str) -> int:
    return len(text) - len(text.encode("ascii", "ignore"))


def _is_cut(body: bytes) -> bool:
    """Whether all but the last, incomplete letter is UTF-8."""
    try:
        codecs.utf_8_decode(body, "strict", False)
    except UnicodeDecodeError:
        return False
    return True


def is_noise(body: bytes) -> bool:
    """Whether `body` is binary: more control bytes than any log has, or neither UTF-8, UTF-16 nor like Windows-1252.

    Looks at the first 4 KiB, of a body that is all ASCII at the first 256 bytes: noise has high bytes.
    """
    if body.isascii():
        body = body[:_ASCII_SAMPLE]
        if len(body.translate(None, _CONTROL)) == len(body):
            return False
    sample = body[:_SAMPLE]
    if not sample:
        return False
    if sample.startswith(_BOMS_16) or (b"\0" in sample[:2] and len(sample) > 3):
        text, encoding = decode(sample[: len(sample) & ~1])
        latin = sum(" " <= char < "\u0250" or char in "\t\n\r" for char in text)
        return encoding != "utf-16" or latin * 2 < len(text)
    control = len(sample) - len(sample.translate(None, _CONTROL))
    if control > _CONTROL_SHARE * len(sample):
        return True
    if sample.isascii() or _is_cut(sample):
        return False
    text = sample.decode("utf-8", "replace")
    broken = text.count("\ufffd")
    if _letters_over_127(text) - broken >= broken:
        return False
    high = len(sample) - len(sample.translate(None, _HIGH))
    return control > _LEGACY_CONTROL_SHARE * len(sample) or high > _LEGACY_HIGH_SHARE * len(sample)


def messages_of(text: str, begins: Callable[[str], object]) -> list[str]:
    """The messages of a record, by lines; one of which `begins` says that it begins none (a line break in a value) goes on
    with the one before it."""
    if "\n" not in text:
        return [text]
    messages: list[str] = []
    for line in text.splitlines():
        if messages and not begins(line):
            messages[-1] += "\n" + line
        elif line.strip():
            messages.append(line)
    return messages
