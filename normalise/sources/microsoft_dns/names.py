"""Names as the debug log writes them: `(3)www(7)example(2)dk(0)`, each label with its length before it."""

import re
from functools import lru_cache

from normalise.dns_fields import bare_name

_LENGTH = re.compile(r"\((\d{1,3})\)")
_COMPRESSED = re.compile(r"\[[0-9A-F]{1,4}\]")


@lru_cache(maxsize=16384)
def read_name(written: str) -> str:
    """`www.example.dk`; a name that is written in another way stays as it is."""
    if "[" in written:
        written = _COMPRESSED.sub("", written)
    labels: list[str] = []
    at = 0
    while (match := _LENGTH.match(written, at)) is not None:
        length = int(match[1])
        if not length:
            return ".".join(labels) or "."
        labels.append(written[match.end() : match.end() + length])
        at = match.end() + length
    if "(" not in written:
        return bare_name(written)
    return ".".join(part for part in _LENGTH.sub("\n", written).split("\n") if part) or "."  # lengths of bytes, not of letters
