"""A certificate authority for tests, and PEM files in the forms that Kafka, Elasticsearch, PostgreSQL and clients read."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import trustme
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)


@dataclass(frozen=True, slots=True)
class Pem:
    """Files: `certificate` with its chain, `key` (PKCS #8), and both in one as Java reads a key store."""

    certificate: Path
    key: Path
    both: Path


class Authority:
    """Signs certificates; `ca` is its own certificate in `folder`."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.signer = trustme.CA()
        self.ca = folder / "ca.pem"
        self.signer.cert_pem.write_to_path(self.ca)

    def issue(self, name: str, *hosts: str, not_after: datetime | None = None, file: str | None = None) -> Pem:
        """A certificate whose common name is `name`, for `hosts` (none: loopback). Written anew each time it is asked for;
        the files are replaced whole, as a certificate manager does."""
        identities = hosts or ("localhost", "127.0.0.1", "::1")
        issued = self.signer.issue_cert(*identities, common_name=name, not_after=not_after)
        key = load_pem_private_key(issued.private_key_pem.bytes(), None)
        key_pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        chain = b"".join(blob.bytes() for blob in issued.cert_chain_pems)
        stem = file or name
        pem = Pem(self.folder / f"{stem}.pem", self.folder / f"{stem}.key", self.folder / f"{stem}.store.pem")
        for path, content in ((pem.certificate, chain), (pem.key, key_pem), (pem.both, key_pem + chain)):
            fresh = path.with_suffix(".new")
            fresh.write_bytes(content)
            fresh.chmod(0o600)
            fresh.replace(path)
        return pem
