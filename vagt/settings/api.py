"""Settings of the room `api`."""

from ipaddress import ip_address
from pathlib import Path

from pydantic import Field, model_validator

from vagt.settings.section import Section

PURPOSES = ("incident_handling", "threat_hunting", "operation", "audit", "data_subject_request")


class ApiSettings(Section):
    """Where the API and its page are served, and how much one asker may ask."""

    host: str = Field(default="127.0.0.1", description="address to listen on")
    port: int = Field(default=8080, ge=1, le=65535, description="port to listen on")
    tls_certificate: Path | None = Field(default=None, description="PEM with the chain; needs tls_key")
    tls_key: Path | None = Field(default=None, description="PEM; needs tls_certificate")
    plain_http: bool = Field(default=False, description="listen without TLS off loopback: only behind a proxy that has TLS")
    first_key: bool = Field(default=True, description="on loopback, make one admin key where there is none (keys/admin.key)")
    purposes: tuple[str, ...] = Field(default=PURPOSES, min_length=1, description="why logs may be read; a read names one")
    key_days: int = Field(default=365, ge=1, le=3650, description="life of a new key, and the longest one")
    session_hours: float = Field(default=10, gt=0, le=24, description="life of a login")
    rate_per_minute: int = Field(default=600, ge=1, description="requests of one key, on average")
    rate_burst: int = Field(default=120, ge=1, description="requests of one key at once")
    attempts_per_minute: int = Field(default=20, ge=1, description="wrong keys from one address")
    max_body_bytes: int = Field(default=64 * 1024, ge=1024, description="largest request body")
    page_size: int = Field(default=100, ge=1, description="entries of a page where the request names no limit")
    max_page_size: int = Field(default=500, ge=1, le=1000, description="most entries of a page")

    @model_validator(mode="after")
    def _consistent(self) -> "ApiSettings":
        if (self.tls_certificate is None) != (self.tls_key is None):
            raise ValueError("tls_certificate and tls_key go together")
        if self.tls_certificate is None and not self.plain_http and not is_loopback(self.host):
            raise ValueError(f"host {self.host} is no loopback address: give tls_certificate and tls_key, or plain_http: true")
        return self


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches `host`."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
