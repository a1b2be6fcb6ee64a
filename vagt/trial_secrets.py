"""What a trial of the production size needs and a certificate authority would give: an authority, one certificate for each
service (server and client at once, its common name is its principal at the brokers), and passwords. X.509 v3 (RFC 5280).

All files belong to the group that every container is in; who runs this as root gets them so.
"""

import os
import secrets
from collections.abc import Iterator
from datetime import datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePrivateKey, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

GROUP = 10_001
ELASTICSEARCH_USER = 1000  # its image reads a password only from a file that is its own alone
Names = tuple[str, ...]
SERVERS: dict[str, Names] = {
    "kafka": ("kafka", "kafka2", "kafka3"),
    "postgres": ("postgres",),
    "elasticsearch": ("elasticsearch",),
    "kibana": ("kibana",),
}
PASSWORDS = ("postgres_password", "elastic_password", "kibana_password", "elastic_indexer_password", "elastic_api_password")
_LOCAL = ("localhost", "127.0.0.1", "::1")


def make_secrets(
    folder: Path, workers: tuple[str, ...], shippers: tuple[str, ...], hosts: tuple[str, ...], now: datetime
) -> int:
    """Write what is not there yet; gives how many files. `hosts`: further names of this machine, which senders and people use.

    A certificate that is there stays: remove its two files to have it made anew by the same authority.
    """
    folder.mkdir(parents=True, exist_ok=True, mode=0o750)
    _give_to_group(folder, 0o750)
    authority = _Authority(folder, now)
    wanted = SERVERS | {name: (name,) for name in ("setup", *workers)}
    written = sum(authority.issue(name, (*names, *_LOCAL, *hosts)) for name, names in wanted.items())
    written += sum(authority.issue(name, (name,)) for name in shippers)
    for name in PASSWORDS:
        written += _write(folder / name, secrets.token_urlsafe(24).encode())
    node = folder / "elastic_password_node"
    written += _write(node, (folder / "elastic_password").read_bytes(), mode=0o400, user=ELASTICSEARCH_USER)
    return written


class _Authority:
    def __init__(self, folder: Path, now: datetime) -> None:
        self.folder = folder
        self.now = now
        self._key_file = folder / "authority.key"
        if not self._key_file.exists():
            self._begin()
        self._key = _load(self._key_file)
        self._certificate = x509.load_pem_x509_certificate((folder / "ca.pem").read_bytes())

    def _begin(self) -> None:
        key = generate_private_key(SECP256R1())
        name = _name("vagt trial authority")
        usage = x509.KeyUsage(False, False, False, False, False, True, True, False, False)
        made = (
            self._builder(name, name, key, days=3650)
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(usage, critical=True)
            .sign(key, SHA256())
        )
        _write(self._key_file, _pem(key), mode=0o600)
        _write(self.folder / "ca.pem", made.public_bytes(Encoding.PEM))

    def issue(self, name: str, hosts: tuple[str, ...]) -> int:
        """`<name>.pem`, `<name>.key` and, as Kafka reads them, both in `<name>.store.pem`; gives how many were written."""
        if (self.folder / f"{name}.pem").exists():
            return 0
        key = generate_private_key(SECP256R1())
        purposes = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH])
        made = (
            self._builder(_name(name), self._certificate.subject, key, days=825)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(x509.SubjectAlternativeName(list(_alternatives(hosts))), critical=False)
            .add_extension(purposes, critical=False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key()), critical=False)
            .sign(self._key, SHA256())
        )
        certificate = made.public_bytes(Encoding.PEM)
        files = {f"{name}.pem": certificate, f"{name}.key": _pem(key), f"{name}.store.pem": _pem(key) + certificate}
        return sum(_write(self.folder / file, content) for file, content in files.items())

    def _builder(
        self, subject: x509.Name, issuer: x509.Name, key: EllipticCurvePrivateKey, days: int
    ) -> x509.CertificateBuilder:
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(issuer)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(self.now - timedelta(minutes=5))
            .not_valid_after(self.now + timedelta(days=days))
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        )


def _name(common_name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])


def _alternatives(hosts: tuple[str, ...]) -> Iterator[x509.GeneralName]:
    for host in dict.fromkeys(hosts):
        try:
            yield x509.IPAddress(ip_address(host))
        except ValueError:
            yield x509.DNSName(host.replace("_", "-"))  # a name in DNS has no underscore


def _load(path: Path) -> EllipticCurvePrivateKey:
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    from vagt.errors import SettingsError

    key = load_pem_private_key(path.read_bytes(), None)
    if not isinstance(key, EllipticCurvePrivateKey):
        raise SettingsError(f"{path} is no key of an authority that this command made; give an empty folder")
    return key


def _pem(key: EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def _write(path: Path, content: bytes, mode: int = 0o640, user: int | None = None) -> int:
    if path.exists():
        return 0
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)
    _give_to_group(path, mode, user)
    return 1


def _give_to_group(path: Path, mode: int, user: int | None = None) -> None:
    if os.geteuid() == 0:
        os.chown(path, -1 if user is None else user, GROUP)
    path.chmod(mode)
