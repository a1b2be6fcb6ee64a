"""Settings of the room `cert_bridge`: who gets what of which incidents, and how."""

from ipaddress import ip_network
from pathlib import Path
from typing import Literal

from pydantic import Field, field_validator, model_validator

from vagt.settings.safe_url import require_safe_url
from vagt.settings.section import Section

Tlp = Literal["CLEAR", "GREEN", "AMBER", "AMBER+STRICT", "RED"]
Shared = Literal["rules", "techniques", "controls", "addresses", "domains", "urls", "hashes", "accounts", "hosts", "zones"]
_ALL: tuple[Shared, ...] = (
    "rules",
    "techniques",
    "controls",
    "addresses",
    "domains",
    "urls",
    "hashes",
    "accounts",
    "hosts",
    "zones",
)


class TargetSettings(Section):
    """One receiver of bundles: a TAXII 2.1 collection or a folder, with what it may get."""

    name: str = Field(pattern=r"^[a-z0-9_-]{1,40}$", description="shown in receipts; pseudonyms differ from target to target")
    kind: Literal["taxii", "file"] = Field(default="file", description="push to a collection, or drop files into a folder")
    folder: Path | None = Field(default=None, description="file: the folder; None: cert_outbox in data_dir")
    url: str | None = Field(default=None, description="taxii: the API root, https://cert.example.org/api1/")
    collection: str | None = Field(default=None, pattern=r"^[A-Za-z0-9._-]{1,100}$", description="taxii: the collection's id")
    user: str | None = Field(default=None, description="taxii: log in with user and password_file (HTTP basic)")
    password_file: Path | None = Field(default=None, description="file that holds the password alone")
    token_file: Path | None = Field(default=None, description="taxii: log in with a bearer token, alone in this file")
    ca_file: Path | None = Field(default=None, description="PEM of the server's authority; None: the system's")
    certificate_file: Path | None = Field(default=None, description="PEM of our client certificate (mutual TLS)")
    key_file: Path | None = Field(default=None, description="PEM of its private key")
    tlp: Tlp = Field(default="AMBER+STRICT", description="TLP 2.0 mark of all that this target gets")
    release: Literal["auto", "manual"] | None = Field(
        default=None, description="manual: held until a person releases it; None: manual for CLEAR, GREEN and AMBER"
    )
    minimum_priority: Literal["P1", "P2", "P3"] = Field(default="P2", description="less urgent incidents are not shared")
    tenants: tuple[str, ...] = Field(default=(), description="only incidents of these; empty: of all")
    municipality: Literal["pseudonym", "name"] = Field(default="pseudonym", description="how the municipality is named")
    share: tuple[Shared, ...] = Field(default=_ALL, description="what is shared; accounts, hosts and zones as pseudonyms only")

    @property
    def is_held(self) -> bool:
        """Whether a person releases each delivery: what may travel on (AMBER and wider) is looked at first."""
        return self.release == "manual" if self.release is not None else self.tlp in ("CLEAR", "GREEN", "AMBER")

    @field_validator("url")
    @classmethod
    def _safe(cls, url: str | None) -> str | None:
        return None if url is None else require_safe_url(url)

    @model_validator(mode="after")
    def _complete(self) -> "TargetSettings":
        if self.kind == "taxii" and (self.url is None or self.collection is None):
            raise ValueError(f"target {self.name}: taxii needs url and collection")
        if (self.user is None) != (self.password_file is None):
            raise ValueError(f"target {self.name}: user and password_file go together")
        if (self.certificate_file is None) != (self.key_file is None):
            raise ValueError(f"target {self.name}: certificate_file and key_file go together")
        return self


class CertRetrySettings(Section):
    """How a delivery that fails is repeated, and when it is given up (which is a finding)."""

    attempts: int = Field(default=12, gt=0, description="then it is given up")
    first_seconds: int = Field(default=30, gt=0, description="the first wait; each next one is twice as long")
    longest_seconds: int = Field(default=3600, gt=0, description="no wait is longer")
    timeout_seconds: float = Field(default=15, gt=0, description="for each answer of a server")
    status_seconds: float = Field(default=10, ge=0, description="how long a push waits for a pending status before it goes on")


class CertBridgeSettings(Section):
    """Settings of `cert_bridge`."""

    targets: tuple[TargetSettings, ...] = Field(default=(TargetSettings(name="cert"),), description="the receivers")
    settle_seconds: int = Field(default=60, ge=0, description="an update waits so long for more news; the first goes at once")
    findings_per_bundle: int = Field(default=200, gt=0, description="at most so many findings of an incident are looked at")
    internal_networks: tuple[str, ...] = Field(default=(), description="public networks of your own, treated as internal")
    internal_domains: tuple[str, ...] = Field(default=(), description="domains of your own, never shared: aarhus.example.org")
    retention_days: int = Field(default=396, gt=0, description="ended deliveries are deleted then (CFCS: 13 months)")
    retry: CertRetrySettings = Field(default=CertRetrySettings(), description="repeats of deliveries")

    @field_validator("internal_networks")
    @classmethod
    def _networks(cls, networks: tuple[str, ...]) -> tuple[str, ...]:
        for network in networks:
            ip_network(network)
        return networks

    @field_validator("targets")
    @classmethod
    def _distinct(cls, targets: tuple[TargetSettings, ...]) -> tuple[TargetSettings, ...]:
        names = [target.name for target in targets]
        if len(names) != len(set(names)):
            raise ValueError("two targets have the same name")
        return targets
