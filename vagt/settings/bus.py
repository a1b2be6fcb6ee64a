"""The bus: embedded (one machine, SQLite files) or Apache Kafka, and how Kafka is reached."""

from pathlib import Path
from typing import Literal

from pydantic import Field, model_validator

from vagt.settings.kafka_access import KafkaShipper, KafkaUser, PartitionCount, Principal
from vagt.settings.section import Section


class KafkaSettings(Section):
    """Apache Kafka: where it is, who we are to it, and what new topics get."""

    bootstrap_servers: tuple[str, ...] = Field(default=(), description="Brokers to begin with, as kafka1.example.org:9093")
    security: Literal["tls", "sasl_tls", "plaintext"] = Field(
        default="tls", description="tls: client certificate; sasl_tls: user and password over TLS; plaintext: one machine only"
    )
    ca_file: Path | None = Field(default=None, description="PEM of the brokers' authority; none: the system's")
    certificate_file: Path | None = Field(default=None, description="PEM of our certificate with its chain (security: tls)")
    key_file: Path | None = Field(default=None, description="PEM of its private key")
    user: str | None = Field(default=None, description="Name at the brokers (security: sasl_tls)")
    password_file: Path | None = Field(default=None, description="A file that holds its password alone")
    mechanism: Literal["SCRAM-SHA-512", "SCRAM-SHA-256", "PLAIN"] = Field(default="SCRAM-SHA-512", description="SASL mechanism")
    client: Literal["auto", "confluent-kafka", "kafka-python"] = Field(
        default="auto", description="Library of the data path; auto: confluent-kafka (extra `fast`) where it is installed"
    )
    compression: Literal["zstd", "lz4", "none"] = Field(default="zstd", description="Of what we write")
    linger_ms: int = Field(default=5, ge=0, le=1000, description="How long a producer waits to fill a batch")
    request_timeout_seconds: float = Field(
        default=30, gt=0, description="Longest wait for an answer; then Kafka counts as away"
    )
    poll_interval_seconds: float = Field(
        default=300, ge=10, description="A member that does not poll for so long loses its partitions (max.poll.interval.ms)"
    )
    metadata_seconds: float = Field(default=30, gt=0, le=60, description="How often new topics are looked for")
    replication: int = Field(default=3, ge=1, le=9, description="Copies of each partition of a new topic")
    min_insync: int = Field(default=2, ge=1, le=9, description="Copies that must have a record before it is acknowledged")
    partitions: dict[str, PartitionCount] = Field(
        default={},
        description="Partitions by topic, or by a prefix that ends in `*` (the longest counts), before bus.partitions",
    )
    services: dict[str, Principal] = Field(
        default={},
        description="Principal of each worker (ingest, api, cli, a stage), or of `all` others; none: no access control",
    )
    shippers: tuple[KafkaShipper, ...] = Field(
        default=(), description="Municipalities' shippers that write straight into Kafka"
    )
    users: tuple[KafkaUser, ...] = Field(default=(), description="SCRAM users that `vagt kafka setup` makes")
    foreign_principals: tuple[Principal, ...] = Field(
        default=(), description="Others that may have rights on vagt's topics (monitoring, backup): not shown as drift"
    )

    @model_validator(mode="after")
    def _complete(self) -> "KafkaSettings":
        if (self.certificate_file is None) != (self.key_file is None):
            raise ValueError("certificate_file and key_file go together")
        if self.security == "sasl_tls" and (self.user is None or self.password_file is None):
            raise ValueError("security sasl_tls needs user and password_file")
        if self.min_insync > self.replication:
            raise ValueError("min_insync is more than replication: nothing could be written")
        return self


class BusSettings(Section):
    """The bus between the stages."""

    kind: Literal["embedded", "kafka"] = Field(default="embedded", description="embedded: SQLite files on this machine; kafka")
    kafka: KafkaSettings = KafkaSettings()
    fsync: bool = Field(
        default=True,
        description="Embedded: what is flushed is on the disk (false: it survives a killed process, not a power cut)",
    )
    partitions: int = Field(default=2, ge=1, le=256, description="Partitions of a new topic")
    raw_partitions: int = Field(default=2, ge=1, le=256, description="Partitions of a new raw topic")
    session_timeout_seconds: float = Field(
        default=10.0, gt=0, description="A member of a consumer group that is silent for so long loses its partitions"
    )

    @model_validator(mode="after")
    def _reachable(self) -> "BusSettings":
        if self.kind == "kafka" and not self.kafka.bootstrap_servers:
            raise ValueError("kafka.bootstrap_servers is empty; set it in vagt.yaml or VAGT_BUS__KAFKA__BOOTSTRAP_SERVERS")
        return self
