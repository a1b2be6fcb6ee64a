"""Pseudonyms: keyed HMAC-SHA256, another key for each target, so that neither an outsider nor two targets together can tell.

STIX ids of observables are made of their value in a public namespace, so anyone could test guesses of a name against an id:
therefore the value itself is the pseudonym before any id is made.
"""

import hmac
import os
from base64 import b32encode
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from vagt.errors import SettingsError

_KEY_BYTES = 32


def load_key(data_dir: Path) -> bytes:
    """The unit's pseudonym key, made at first use (file mode 0600). Losing it means new pseudonyms for everyone.

    Raises SettingsError where the file is unreadable or cut short.
    """
    path = data_dir / "keys" / "cert_bridge.key"
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        if not path.exists():
            _make(path)
        key = path.read_bytes()
    except OSError as error:
        raise SettingsError(f"cannot use the pseudonym key {path}: {error.strerror}") from None
    if len(key) != _KEY_BYTES:
        raise SettingsError(f"the pseudonym key {path} is damaged ({len(key)} bytes); restore it from the backup")
    return key


def _make(path: Path) -> None:
    """Write a new key under another name and link it: of two processes that start at once, one's key wins whole."""
    draft = path.with_suffix(f".{os.getpid()}")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(os.urandom(_KEY_BYTES))
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        draft.unlink()


@dataclass(frozen=True, slots=True)
class Pseudonyms:
    """The pseudonyms that one target sees."""

    key: bytes

    def of(self, kind: str, tenant: str, value: str) -> str:
        """`user-k2c4…`: 80 bits; the same for the same value of the same tenant, whatever its case."""
        digest = hmac.new(self.key, f"{kind}\x1f{tenant}\x1f{value.casefold()}".encode(), sha256).digest()
        return f"{kind}-{b32encode(digest[:10]).decode().lower()}"


def pseudonyms_for(key: bytes, target: str) -> Pseudonyms:
    """The pseudonyms of `target`, from the unit's key."""
    return Pseudonyms(hmac.new(key, b"target\x1f" + target.encode(), sha256).digest())
