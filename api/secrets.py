"""Keys `vagt_<id>_<secret>` and opaque tokens: made from 200 random bits, kept as SHA-256 only."""

import re
import secrets
from base64 import b32encode
from hashlib import sha256
from hmac import compare_digest

_KEY = re.compile(r"vagt_([a-z2-7]{10})_([a-z2-7]{40})")
_NO_HASH = "0" * 64


def new_key() -> tuple[str, str, str]:
    """(id, the whole key, the hash of its secret)."""
    name, secret = _letters(10), _letters(40)
    return name, f"vagt_{name}_{secret}", digest(secret)


def split_key(text: str) -> tuple[str, str] | None:
    """(id, secret) of a key; None where `text` is none."""
    match = _KEY.fullmatch(text)
    return (match[1], match[2]) if match else None


def new_token() -> str:
    """An opaque token (session, form)."""
    return _letters(40)


def digest(secret: str) -> str:
    """What is stored of a secret. Plain SHA-256 is enough: 200 random bits are not to be guessed."""
    return sha256(secret.encode()).hexdigest()


def fits(secret: str, stored: str | None) -> bool:
    """Whether `secret` is the one whose hash is `stored`; takes as long where there is none."""
    return compare_digest(digest(secret), stored or _NO_HASH) and stored is not None


def _letters(count: int) -> str:
    return b32encode(secrets.token_bytes(count * 5 // 8 + 1)).decode().lower()[:count]
