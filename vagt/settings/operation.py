"""Operating the pipeline: where a worker serves its metrics and health, and when it counts as unwell."""

from pathlib import Path

from pydantic import Field, field_validator, model_validator

from vagt.settings.api import is_loopback
from vagt.settings.safe_url import require_safe_url
from vagt.settings.section import Section


class TracingSettings(Section):
    """OpenTelemetry traces (extra `tracing`). Without an endpoint there are none, and nothing is loaded."""

    endpoint: str | None = Field(default=None, description="OTLP over HTTP, as https://collector.example.org:4318/v1/traces")
    ca_file: Path | None = Field(default=None, description="PEM of the collector's authority; none: the system's")
    sample_ratio: float = Field(default=0.01, gt=0, le=1, description="Share of batches that are traced")

    @field_validator("endpoint")
    @classmethod
    def _safe(cls, url: str | None) -> str | None:
        return None if url is None else require_safe_url(url)


class OperationSettings(Section):
    """`/metrics`, `/health` and `/ready` of one worker that runs alone, and whom the status asks."""

    metrics_host: str = Field(default="127.0.0.1", description="Address to listen on")
    metrics_port: int = Field(default=9464, ge=0, le=65535, description="Port to listen on; 0: one that is free")
    certificate_file: Path | None = Field(default=None, description="PEM with the chain; needs key_file")
    key_file: Path | None = Field(default=None, description="PEM of its private key")
    client_ca_file: Path | None = Field(
        default=None, description="PEM: only who shows a certificate of this authority may read the metrics"
    )
    plain_http: bool = Field(default=False, description="Listen without TLS off loopback: a network of the servers alone")
    stalled_seconds: float = Field(
        default=300, ge=5, description="A loop that has not gone round for so long is dead: /health says 503"
    )
    away_seconds: float = Field(default=30, ge=0, description="A dependency away for longer: /ready says 503")
    workers: tuple[str, ...] = Field(
        default=(),
        description="Where the status asks, as https://detections:9464; every address of the name. None: this machine's",
    )
    ca_file: Path | None = Field(default=None, description="PEM of the authority of `workers`; none: the system's")
    tracing: TracingSettings = TracingSettings()

    @model_validator(mode="after")
    def _complete(self) -> "OperationSettings":
        if (self.certificate_file is None) != (self.key_file is None):
            raise ValueError("certificate_file and key_file go together")
        if self.client_ca_file is not None and self.certificate_file is None:
            raise ValueError("client_ca_file needs certificate_file and key_file")
        if self.certificate_file is None and not self.plain_http and not is_loopback(self.metrics_host):
            raise ValueError(
                f"metrics_host {self.metrics_host} is no loopback address: "
                "give certificate_file and key_file, or plain_http: true"
            )
        for url in self.workers:
            if not self.plain_http:
                require_safe_url(url)
            elif not url.startswith(("http://", "https://")) or "@" in url:
                raise ValueError(f"{url!r} is no address of a worker, as http://detections:9464")
        return self
