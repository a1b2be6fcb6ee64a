"""Settings of the room `ingest`: inputs, limits, spool, and the register of sources."""

from pathlib import Path
from typing import Literal

from pydantic import Field, IPvAnyNetwork, SecretStr, model_validator

from vagt.settings.section import Section

TENANT = r"^[a-z0-9_]{1,32}$"
SOURCE = r"^[a-z0-9_]{1,64}\.[a-z0-9_]{1,64}$"
SHA256 = r"^[0-9a-f]{64}$"
AUDIT_SOURCE = "linux.auditd"  # the records of one of its events are one log


class RateSettings(Section):
    """A token bucket. UDP over it is dropped and counted, TCP and TLS are read slower, HTTP is answered 429."""

    logs_per_second: float = Field(default=0, ge=0, description="0: no limit")
    burst: int = Field(default=10_000, ge=1, description="logs that may come at once")


class TlsSettings(Section):
    """The server's certificate; files are read again when they change. TLS 1.2 is the least that is spoken."""

    certificate: Path = Field(description="PEM: the server's certificate and its chain")
    key: Path = Field(description="PEM: its private key")
    client_ca: Path | None = Field(default=None, description="PEM: who may sign client certificates; none: clients show none")


class ClientCertificate(Section):
    """A client certificate's tenant. One of `common_name`, `san` (a DNS name or address) and `fingerprint` says which."""

    tenant: str = Field(pattern=TENANT, description="whose logs this certificate proves")
    common_name: str | None = Field(default=None, description="the subject's CN")
    san: str | None = Field(default=None, description="a subject alternative name: DNS name or IP address")
    fingerprint: str | None = Field(default=None, pattern=SHA256, description="SHA-256 of the DER, lower-case hexadecimal")
    sources: tuple[str, ...] = Field(default=(), description="sources it may send over HTTP; none: all")

    @model_validator(mode="after")
    def _names_one(self) -> "ClientCertificate":
        if sum(name is not None for name in (self.common_name, self.san, self.fingerprint)) != 1:
            raise ValueError("give exactly one of common_name, san and fingerprint")
        return self


class NetworkTenant(Section):
    """Senders of `network` belong to `tenant`."""

    network: IPvAnyNetwork = Field(description="an address range, as 192.0.2.0/24")
    tenant: str = Field(pattern=TENANT, description="whose logs this range sends")
    source: str | None = Field(default=None, pattern=SOURCE, description="the source of all of them, where it is one")


class Listener(Section):
    """A port. Over `tls` the client certificate says the tenant; over `udp` and `tcp` the network or `tenant` does."""

    protocol: Literal["udp", "tcp", "tls"]
    host: str = Field(default="127.0.0.1", description="address to listen on")
    port: int = Field(ge=0, le=65535, description="0: any free port")
    tenant: str | None = Field(default=None, pattern=TENANT, description="whose logs; none: the unit's own")
    source: str | None = Field(default=None, pattern=SOURCE, description="the source of all logs; none: found by content")
    networks: tuple[NetworkTenant, ...] = Field(default=(), description="where given, only these senders are heard")
    tls: TlsSettings | None = Field(default=None, description="needed for protocol tls")
    clients: tuple[ClientCertificate, ...] = Field(default=(), description="which certificate is which tenant's")
    rate: RateSettings = Field(default=RateSettings(), description="how much may come: of the port, over HTTP of each tenant")
    max_connections: int = Field(default=1000, ge=1, description="connections at the same time")
    max_connections_per_peer: int = Field(default=100, ge=1, description="of them from one address")
    handshake_seconds: float = Field(default=10, gt=0, description="longest TLS handshake")
    frame_seconds: float = Field(default=60, gt=0, description="longest time for one frame to arrive")
    idle_seconds: float = Field(default=86_400, gt=0, description="a silent connection is closed after this")

    @model_validator(mode="after")
    def _fits(self) -> "Listener":
        if self.protocol == "tls" and (self.tls is None or self.tls.client_ca is None or not self.clients):
            raise ValueError("protocol tls needs tls.certificate, tls.key, tls.client_ca and clients")
        if self.protocol != "tls" and (self.tls is not None or self.clients):
            raise ValueError("tls and clients go with protocol tls")
        return self


class SyslogListener(Listener):
    """One syslog port."""

    protocol: Literal["udp", "tcp", "tls"] = Field(description="udp (RFC 5426), tcp (RFC 6587) or tls (RFC 5425)")
    framing: Literal["auto", "octet", "newline"] = Field(default="auto", description="RFC 6587; auto looks at the first frame")
    join: Literal["auditd"] | None = Field(
        default=None, description="auditd: the records of one audit event, which audisp-syslog sends singly, are one log"
    )


class GelfListener(Listener):
    """One GELF port (Graylog Extended Log Format 1.0 and 1.1)."""

    protocol: Literal["udp", "tcp", "tls"] = Field(
        description="udp (plain, zlib, gzip, in chunks), tcp or tls (each message ends with a NUL)"
    )
    max_chunked_messages: int = Field(default=2000, ge=1, description="messages in chunks that are waited for together")
    max_chunked_bytes: int = Field(default=32 << 20, ge=1 << 16, description="their chunks' bytes together")
    chunk_seconds: float = Field(default=5, gt=0, description="how long a message's chunks are waited for")


class NetflowListener(Section):
    """One UDP port for NetFlow v5, v9 and IPFIX. The network or `tenant` says whose flows they are."""

    host: str = Field(default="127.0.0.1", description="address to listen on")
    port: int = Field(ge=0, le=65535, description="2055 by custom, 4739 for IPFIX; 0: any free port")
    tenant: str | None = Field(default=None, pattern=TENANT, description="whose flows; none: the unit's own")
    networks: tuple[NetworkTenant, ...] = Field(default=(), description="where given, only these exporters are heard")
    rate: RateSettings = Field(default=RateSettings(), description="how many datagrams may come")
    max_templates: int = Field(
        default=20_000, ge=1, description="kept for all; over it, the municipality with the most loses the one not used longest"
    )
    max_held_bytes: int = Field(default=16 << 20, ge=0, description="datagrams that wait for their template")
    held_seconds: float = Field(default=600, gt=0, description="how long one waits; then it goes on and is a dead letter")


class HttpToken(Section):
    """A token of a sender: its SHA-256, or a file that holds the token. Make one with `openssl rand -hex 32`."""

    name: str = Field(description="for the log and the metrics")
    tenant: str = Field(pattern=TENANT, description="whose logs this token proves")
    sha256: str | None = Field(default=None, pattern=SHA256, description="SHA-256 of the token, lower-case hexadecimal")
    file: Path | None = Field(default=None, description="a file that holds the token")
    token: SecretStr | None = Field(default=None, description="the token itself; for the environment, not for a file")
    source: str | None = Field(default=None, pattern=SOURCE, description="the source of all its documents")
    sources: tuple[str, ...] = Field(default=(), description="sources it may send; none: all")
    unwrap: Literal["auto", "message", "document"] | None = Field(default=None, description="overrides http.unwrap")

    @model_validator(mode="after")
    def _names_one(self) -> "HttpToken":
        if sum(value is not None for value in (self.sha256, self.file, self.token)) != 1:
            raise ValueError("give exactly one of sha256, file and token")
        return self


class HttpSettings(Section):
    """The HTTP listener: NDJSON on `/ingest/v1/{source}` and Elasticsearch's `_bulk`."""

    enabled: bool = Field(default=True, description="listen for HTTP")
    host: str = Field(default="127.0.0.1", description="address to listen on")
    port: int = Field(default=9880, ge=0, le=65535, description="0: any free port")
    tls: TlsSettings | None = Field(default=None, description="needed on an address that is not this machine's own")
    allow_plain: bool = Field(default=False, description="listen without TLS on an address that is not this machine's own")
    tokens: tuple[HttpToken, ...] = Field(default=(), description="who may send; none: only `clients`")
    clients: tuple[ClientCertificate, ...] = Field(default=(), description="client certificates that stand for a token")
    index_sources: dict[str, str] = Field(default_factory=dict, description="index name or pattern -> source of its documents")
    dataset_sources: dict[str, str] = Field(default_factory=dict, description="a shipper's dataset -> our source; adds to ours")
    unwrap: Literal["auto", "message", "document"] = Field(default="auto", description="what of a document is the log: README")
    rate: RateSettings = Field(default=RateSettings(), description="how much may come: of the port, over HTTP of each tenant")
    max_body_bytes: int = Field(default=32 << 20, ge=1024, description="largest request, compressed and unpacked")
    max_ratio: int = Field(
        default=200, ge=2, description="a gzip body over 1 MiB that unpacks to more than this times its size is refused"
    )
    max_inflight_bytes: int = Field(default=128 << 20, ge=1024, description="bodies of all requests being served together")
    max_connections: int = Field(default=500, ge=1, description="connections at the same time")
    header_seconds: float = Field(default=10, gt=0, description="longest time for a request's headers, and for a TLS handshake")
    body_seconds: float = Field(default=60, gt=0, description="longest time for a request's body")
    elasticsearch_version: str = Field(
        default="9.2.0", pattern=r"^\d+\.\d+\.\d+$", description="what shippers are told that they speak to"
    )


class FileInput(Section):
    """Files to follow. Rotated (renamed, or copied and truncated) files are read to their end."""

    patterns: tuple[str, ...] = Field(min_length=1, description="paths or globs; ** goes into folders")
    tenant: str | None = Field(default=None, pattern=TENANT, description="whose logs; none: the unit's own")
    source: str | None = Field(default=None, pattern=SOURCE, description="none: found by content")
    start: Literal["beginning", "end"] = Field(default="beginning", description="where to begin in a file never seen before")
    continuation: str | None = Field(
        default=None, description="regular expression: a line that it matches belongs to the line before"
    )
    continuation_seconds: float = Field(default=2, gt=0, description="a joined log is closed when nothing follows for so long")
    join: Literal["auditd", "none"] | None = Field(
        default=None,
        description="auditd: the records of one audit event are one log (where not given: for source linux.auditd)",
    )

    @property
    def joins_records(self) -> bool:
        """Whether the records of one audit event are one log."""
        return self.join == "auditd" or (self.join is None and self.source == AUDIT_SOURCE)

    @model_validator(mode="after")
    def _joins_one_way(self) -> "FileInput":
        if self.joins_records and self.continuation is not None:
            raise ValueError("join: auditd and continuation do not go together")
        return self


class JournalInput(Section):
    """The systemd journal, read with journalctl. `enabled` none: only where settings name no files and it can be read."""

    enabled: bool | None = Field(default=None, description="true: must be read; false: never; none: with own_logs")
    tenant: str | None = Field(default=None, pattern=TENANT, description="whose logs; none: the unit's own")
    since: str = Field(default="-24h", description="where to begin the first time, as journalctl's --since")
    directory: Path | None = Field(default=None, description="a folder of journal files instead of this machine's")


class SpoolSettings(Section):
    """The disk spool that takes accepted logs while the bus is away."""

    max_bytes: int = Field(default=1 << 30, ge=0, description="then senders are held back (429; TCP is not read)")
    segment_bytes: int = Field(default=16 << 20, ge=4096, description="size of one file of it")


class RegisteredSource(Section):
    """A source that must report. `host` none: any host of it will do."""

    tenant: str | None = Field(default=None, pattern=TENANT, description="whose source; none: the unit's own")
    source: str = Field(pattern=SOURCE, description="source id")
    host: str | None = Field(default=None, description="the host that must report; none: any")
    cadence_seconds: float = Field(default=3600, gt=0, description="silent for longer than this is a finding")
    owner: str = Field(default="", description="who is told")
    first_action: str = Field(default="source_silent", description="id of the first action")


class RegisterSettings(Section):
    """What of the sources is a finding."""

    max_dead_rate: float = Field(default=0.05, gt=0, le=1, description="share of dead letters within the window")
    dead_rate_minimum: int = Field(default=100, ge=1, description="logs in the window below which the rate says nothing")
    max_partly_rate: float = Field(
        default=0.2, gt=0, le=1, description="share of a source's events that were understood in part only, within the window"
    )
    window_minutes: int = Field(default=15, ge=5, le=1440, description="over which rates are measured")
    max_skew_seconds: float = Field(default=300, gt=0, description="clock difference that is a finding")
    grace_seconds: float = Field(default=120, ge=0, description="after a start nobody is called silent for so long")
    keep_days: int = Field(default=400, ge=1, description="how long it is known which source reported on which day")


class IngestSettings(Section):
    """Settings of `ingest`."""

    syslog: tuple[SyslogListener, ...] = Field(
        default=(SyslogListener(protocol="udp", port=5514), SyslogListener(protocol="tcp", port=5514)),
        description="syslog ports",
    )
    gelf: tuple[GelfListener, ...] = Field(default=(), description="GELF ports")
    netflow: tuple[NetflowListener, ...] = Field(default=(), description="ports for NetFlow and IPFIX")
    http: HttpSettings = Field(default=HttpSettings(), description="the HTTP port")
    files: tuple[FileInput, ...] = Field(default=(), description="files to follow")
    journal: JournalInput = Field(default=JournalInput(), description="the systemd journal")
    own_logs: bool = Field(default=True, description="where no files are named: read the logs that this machine has itself")
    sources: tuple[RegisteredSource, ...] = Field(default=(), description="sources that must report")
    register_limits: RegisterSettings = Field(default=RegisterSettings(), description="what of the sources is a finding")
    spool: SpoolSettings = Field(default=SpoolSettings(), description="where accepted logs wait for the bus")
    max_log_bytes: int = Field(default=1 << 20, ge=1024, le=1 << 20, description="a longer log becomes a dead letter")
    max_discard_bytes: int = Field(
        default=64 << 20, ge=1 << 20, description="a sender whose log is longer than this is cut off"
    )
    max_pending_bytes: int = Field(
        default=64 << 20, ge=1 << 20, description="accepted by no one yet; then senders are held back"
    )
    retry_seconds: float = Field(default=5, gt=0, description="Retry-After under back-pressure")
