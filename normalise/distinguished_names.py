"""Distinguished names of certificates (RFC 4514, OpenSSL's `/C=DK/O=x` and `C = DK, O = x`) as ECS's `x509.subject.*`."""

import re
from functools import lru_cache

_NAMES = {
    "CN": "common_name",
    "C": "country",
    "L": "locality",
    "O": "organization",
    "OU": "organizational_unit",
    "ST": "state_or_province",
}
LONGEST = 1024  # characters; a longer name is not split, and does not fill the cache
_ATTRIBUTE = re.compile(r"(?:^|(?<!\\), ?|/)([A-Za-z]{1,20}|\d+(?:\.\d+){1,20})=")


def distinguished_name(text: str) -> dict[str, list[str]]:
    """`C=DK, O=Nordby Kommune, CN=x` -> ECS names and values; a comma in a value does not end it unless a name follows."""
    if len(text) > LONGEST:
        return {}
    return {name: list(values) for name, values in _parts(text).items()}


@lru_cache(maxsize=4096)
def _parts(text: str) -> dict[str, tuple[str, ...]]:
    found: dict[str, list[str]] = {}
    end = len(text)
    for mark in reversed(list(_ATTRIBUTE.finditer(text))):
        name = _NAMES.get(mark[1].upper())
        value = text[mark.end() : end].strip().replace("\\,", ",")
        if name is not None and value:
            found.setdefault(name, []).insert(0, value)
        end = mark.start()
    return {name: tuple(values) for name, values in found.items()}
