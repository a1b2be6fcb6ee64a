"""The state database: SQLite in the data folder, or PostgreSQL."""

from pathlib import Path

from pydantic import Field, model_validator

from vagt.settings.section import Section


class StateSettings(Section):
    """Incidents, outbox, register, manifest, ledger and keys. Nothing set: SQLite in `data_dir`."""

    host: str | None = Field(default=None, description="PostgreSQL: host name, address or folder of the socket; none: SQLite")
    port: int = Field(default=5432, ge=1, le=65535, description="PostgreSQL: port")
    database: str = Field(default="vagt", min_length=1, description="PostgreSQL: database")
    user: str = Field(default="vagt", min_length=1, description="PostgreSQL: role")
    password_file: Path | None = Field(default=None, description="A file that holds its password alone")
    ca_file: Path | None = Field(default=None, description="PEM of the server's authority: TLS, host name checked")
    certificate_file: Path | None = Field(default=None, description="PEM of our certificate; in place of a password")
    key_file: Path | None = Field(default=None, description="PEM of its private key")
    plaintext: bool = Field(default=False, description="PostgreSQL without TLS on another host than this one")
    pool_size: int = Field(default=5, ge=2, le=50, description="PostgreSQL: most connections of one process")
    migrate: bool = Field(
        default=True, description="Every start brings the tables up to date; false: only `vagt state upgrade` does"
    )

    @model_validator(mode="after")
    def _complete(self) -> "StateSettings":
        if (self.certificate_file is None) != (self.key_file is None):
            raise ValueError("certificate_file and key_file go together")
        if self.certificate_file is not None and self.ca_file is None:
            raise ValueError("certificate_file needs ca_file: without TLS nobody asks for it")
        is_near = self.host is None or self.host in ("localhost", "127.0.0.1", "::1") or self.host.startswith("/")
        if self.ca_file is None and not self.plaintext and not is_near:
            raise ValueError(f"host {self.host} is another machine: give ca_file, or plaintext: true")
        return self
