"""Who a sender is: what its client certificate, token or network proves, and so whose logs it brings."""

import base64
import binascii
import hmac
import ssl
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from ipaddress import ip_address
from typing import Any

from vagt.errors import RejectedError, SettingsError
from vagt.settings.ingest import ClientCertificate, HttpToken, NetworkTenant


@dataclass(frozen=True, slots=True)
class Identity:
    """`source` is that of all logs, where there is one; `sources` those that it may name, empty for all."""

    tenant: str
    source: str | None = None
    sources: frozenset[str] = frozenset()
    subject: str = ""
    name: str = ""
    unwrap: str | None = None

    def may_send(self, source: str | None) -> bool:
        """Whether logs of `source` are taken from this sender; a log without source is taken from one that may send all."""
        return not self.sources or source in self.sources


def subject_text(certificate: dict[str, Any]) -> str:
    """The subject of a certificate as `ssl` gives it: `CN=fw01.example.dk,O=…`, most specific part first (RFC 4514)."""
    short = {
        "commonName": "CN",
        "organizationName": "O",
        "organizationalUnitName": "OU",
        "countryName": "C",
        "localityName": "L",
    }
    parts = [f"{short.get(name, name)}={value}" for part in certificate.get("subject", ()) for name, value in part]
    return ",".join(reversed(parts))


def certificate_identity(connection: ssl.SSLObject | ssl.SSLSocket, clients: Sequence[ClientCertificate]) -> Identity:
    """What the peer's certificate proves. Raises RejectedError `no_certificate` or `unknown_certificate`."""
    certificate: dict[str, Any] = connection.getpeercert() or {}
    encoded = connection.getpeercert(binary_form=True)
    if not certificate or encoded is None:
        raise RejectedError("no_certificate", "the sender shows no client certificate")
    fingerprint = sha256(encoded).hexdigest()
    names = {value for part in certificate.get("subject", ()) for name, value in part if name == "commonName"}
    sans = {value for _, value in certificate.get("subjectAltName", ())}
    subject = subject_text(certificate)
    for client in clients:
        if client.fingerprint == fingerprint or client.common_name in names or client.san in sans:
            return Identity(client.tenant, None, frozenset(client.sources), subject or f"sha256:{fingerprint}")
    raise RejectedError("unknown_certificate", f"no tenant is set for the certificate {subject or fingerprint}")


def network_identity(peer: str, networks: Sequence[NetworkTenant], fallback: Identity) -> Identity:
    """What the sender's address says: `fallback` where no networks are set. Raises RejectedError `network`."""
    if not networks:
        return fallback
    address = ip_address(peer.partition("%")[0])
    mapped = getattr(address, "ipv4_mapped", None)
    for one in networks:
        if (mapped or address) in one.network:
            return Identity(one.tenant, one.source or fallback.source)
    raise RejectedError("network", f"{peer} is in none of the networks that are set")


class Tokens:
    """Tokens by hash, compared in constant time; the tokens themselves are not kept."""

    def __init__(self, tokens: Sequence[HttpToken], setting: str) -> None:
        self._known = [
            (_digest_of(token, f"{setting}.{number}"), _token_identity(token)) for number, token in enumerate(tokens)
        ]

    def identity(self, authorization: str) -> Identity:
        """Who sends this `Authorization` header: Bearer, ApiKey (id:key) or Basic (user:password).

        Raises RejectedError `no_token` or `token`.
        """
        presented = sha256(_secret_of(authorization).encode()).digest()
        found: Identity | None = None
        for digest, identity in self._known:
            if hmac.compare_digest(digest, presented):
                found = identity
        if found is None:
            raise RejectedError("token", "the token is not known")
        return found


def _secret_of(authorization: str) -> str:
    scheme, _, value = authorization.partition(" ")
    value = value.strip()
    if not value:
        raise RejectedError("no_token", "send a token: Authorization: Bearer, ApiKey or Basic")
    if scheme.lower() == "bearer":
        return value
    if scheme.lower() not in ("apikey", "basic"):
        raise RejectedError("token", "the authorization is neither Bearer, ApiKey nor Basic")
    try:
        return base64.b64decode(value, validate=True).decode().partition(":")[2]
    except (binascii.Error, UnicodeDecodeError):
        raise RejectedError("token", "the authorization is no base64 of id:key") from None


def _digest_of(token: HttpToken, setting: str) -> bytes:
    if token.sha256 is not None:
        return bytes.fromhex(token.sha256)
    if token.token is not None:
        secret = token.token.get_secret_value()
    else:
        path = token.file
        try:
            secret = path.read_text(encoding="utf-8").strip() if path else ""
        except (OSError, UnicodeDecodeError) as error:
            raise SettingsError(f"{setting}.file: cannot read {path}: {error}") from None
    if len(secret) < 16:
        raise SettingsError(
            f"{setting}: the token {token.name!r} is shorter than 16 characters; make one with `openssl rand -hex 32`"
        )
    return sha256(secret.encode()).digest()


def _token_identity(token: HttpToken) -> Identity:
    return Identity(token.tenant, token.source, frozenset(token.sources), "", token.name, token.unwrap)
