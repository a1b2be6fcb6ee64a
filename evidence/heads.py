"""Signed heads: where the ledger ended at a time, signed with Ed25519, one JSON line each in a file outside the database.

Each line holds the SHA-256 of the line before. With a copy of the public key or of a head kept elsewhere, not even the
operator of the machine can shorten or rewrite the ledger unseen.
"""

import fcntl
import os
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

import orjson
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from evidence.entries import GENESIS, canonical
from evidence.ledger import Position
from vagt.errors import DependencyError, SettingsError

HEADS = "evidence/heads.jsonl"
PUBLIC_KEY = "evidence/head.pub"
PRIVATE_KEY = "keys/evidence_head.key"
_OWNED: dict[Path, int] = {}  # of this process: it would lose a lock whose file it closes


class Head(NamedTuple):
    """One line; `place` is its number from 1. `fault` says why it does not hold, if so."""

    place: int
    seq: int
    hash: str
    fault: str = ""


class HeadWriter:
    """Appends signed heads below one data folder; makes the key on first use (file mode 0600). `last_seq` -1: no head yet."""

    def __init__(self, data_dir: Path) -> None:
        self._path = data_dir / HEADS
        self._key = _private_key(data_dir)
        self._path.parent.mkdir(parents=True, exist_ok=True)
        _own(self._path.with_name("heads.lock"))
        _write_once(data_dir / PUBLIC_KEY, self._key.public_key().public_bytes_raw().hex().encode() + b"\n", 0o644)
        self.last_seq, self._previous = _last_line(self._path)

    def write(self, position: Position, at: str) -> None:
        """Sign where the ledger ends; durable when it returns."""
        head: dict[str, Any] = {"seq": position.seq, "hash": position.hash, "at": at, "previous": self._previous}
        signature = self._key.sign(canonical(head)).hex()
        line = canonical(head | {"signature": signature})
        with self._path.open("ab") as file:
            file.write(line + b"\n")
            file.flush()
            os.fsync(file.fileno())
        self.last_seq, self._previous = position.seq, sha256(line).hexdigest()


def public_key(data_dir: Path) -> Ed25519PublicKey | None:
    """The key that heads are checked with, as published beside them; None before the first start."""
    path = data_dir / PUBLIC_KEY
    if not path.is_file():
        return None
    return parse_public_key(path.read_text(encoding="ascii", errors="replace"))


def parse_public_key(text: str) -> Ed25519PublicKey:
    """An Ed25519 public key from its 64 hex digits. Raises SettingsError."""
    try:
        return Ed25519PublicKey.from_public_bytes(bytes.fromhex(text.strip()))
    except ValueError:
        raise SettingsError("the ledger's public key is not 64 hex digits (32 bytes, Ed25519)") from None


def read_heads(data_dir: Path, key: Ed25519PublicKey) -> Iterator[Head]:
    """All heads in the file's order, each checked: form, signature, the line before, and that `seq` grows."""
    path = data_dir / HEADS
    if not path.is_file():
        return
    previous, last_seq = GENESIS, -1
    with path.open("rb") as file:
        for place, line in enumerate(_whole_lines(file), 1):
            head = _check(place, line, previous, last_seq, key)
            yield head
            previous, last_seq = sha256(line).hexdigest(), max(last_seq, head.seq)


def _check(place: int, line: bytes, previous: str, last_seq: int, key: Ed25519PublicKey) -> Head:
    try:
        head = orjson.loads(line)
        signature = bytes.fromhex(head.pop("signature"))
        seq, digest = int(head["seq"]), str(head["hash"])
        key.verify(signature, canonical(head))
    except (ValueError, TypeError, AttributeError, KeyError):
        return Head(place, -1, "", "is not a signed head")
    except InvalidSignature:
        return Head(place, seq, digest, "has a signature that does not hold")
    if head.get("previous") != previous:
        return Head(place, seq, digest, "does not follow the line before it")
    return Head(place, seq, digest, "" if seq > last_seq else "is not later than the head before it")


def _whole_lines(file: BinaryIO) -> Iterator[bytes]:
    """Lines without their end; a last one without end was being written when the machine stopped, and is no head."""
    for line in file:
        if line.endswith(b"\n"):
            yield line[:-1]


def _last_line(path: Path) -> tuple[int, str]:
    """(seq, SHA-256) of the last whole line; what stands behind it is cut off."""
    if not path.is_file():
        return -1, GENESIS
    seq, digest, length = -1, GENESIS, 0
    with path.open("rb") as file:
        for line in _whole_lines(file):
            length += len(line) + 1
            digest = sha256(line).hexdigest()
            seq = max(seq, _seq_of(line))
    if length != path.stat().st_size:
        os.truncate(path, length)
    return seq, digest


def _own(path: Path) -> None:
    """One process signs below a folder; another waits until it ends. Raises DependencyError.

    A POSIX lock: this process's own for as long as it lives, however often it begins anew.
    """
    if path in _OWNED:
        return
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.lockf(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(descriptor)
        raise DependencyError(f"another worker signs heads below {path.parent}; this one takes over when it ends") from None
    _OWNED[path] = descriptor


def _seq_of(line: bytes) -> int:
    try:
        return int(orjson.loads(line)["seq"])
    except (ValueError, TypeError, KeyError):
        return -1  # `verify` names the line


def _private_key(data_dir: Path) -> Ed25519PrivateKey:
    path = data_dir / PRIVATE_KEY
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    _write_once(path, Ed25519PrivateKey.generate().private_bytes_raw().hex().encode() + b"\n", 0o600)
    try:
        return Ed25519PrivateKey.from_private_bytes(bytes.fromhex(path.read_text(encoding="ascii").strip()))
    except ValueError:
        raise SettingsError(f"{path} is no Ed25519 key; restore it, or move it away to begin with a new key") from None


def _write_once(path: Path, content: bytes, mode: int) -> None:
    """Make the file whole or not at all; one that exists stays."""
    if path.exists():
        return
    part = path.with_suffix(f".{os.getpid()}.part")
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(part, path)
    except FileExistsError:
        return
    finally:
        part.unlink()
