"""Elasticsearch: where it is, who we are to it, and how it is written."""

from pathlib import Path
from typing import Literal

from pydantic import Field, field_validator, model_validator

from vagt.settings.safe_url import require_safe_url
from vagt.settings.section import Section


class ElasticsearchUser(Section):
    """A user that `vagt elastic setup` makes, with the password of a file."""

    name: str = Field(pattern=r"^[A-Za-z0-9_.@-]{1,100}$", description="The user's name; another worker's `user`")
    role: str = Field(description="One of vagt's roles, as vagt_writer (indexer) or vagt_reader (api)")
    password_file: Path = Field(description="A file that holds the password alone; a new one is set by the next setup")


class ElasticsearchSettings(Section):
    """Elasticsearch 9. Without `urls` there is none, and the archive answers searches."""

    urls: tuple[str, ...] = Field(default=(), description="Nodes, as https://es1.example.org:9200")
    ca_file: Path | None = Field(default=None, description="PEM of the nodes' authority; none: the system's")
    user: str | None = Field(default=None, description="Log in with user and password_file")
    password_file: Path | None = Field(default=None, description="A file that holds the password alone")
    api_key_file: Path | None = Field(default=None, description="A file that holds an encoded API key; in place of a user")
    users: tuple[ElasticsearchUser, ...] = Field(default=(), description="Users that `vagt elastic setup` makes")
    timeout_seconds: float = Field(default=30, gt=0, description="For each answer")
    own_streams: tuple[str, ...] = Field(
        default=("cisco.asa", "fortinet.fortigate", "windows.eventlog"),
        description="Datasets large enough for data streams of their own; those of one vendor share one otherwise",
    )
    bulk_docs: int = Field(default=2_000, ge=1, le=20_000, description="Most documents of one request")
    bulk_bytes: int = Field(default=4 << 20, ge=1 << 16, le=64 << 20, description="Most bytes of one request")
    concurrency: int = Field(default=4, ge=1, le=32, description="Most requests at a time; fewer while answers are slow")
    buffer_bytes: int = Field(default=32 << 20, ge=1 << 20, description="Most bytes that are read and not yet written")
    compress: bool = Field(default=False, description="gzip on the way: less network, about four times our CPU")
    recall_records: int = Field(
        default=50_000, ge=0, description="Records read back of a partition that is taken over, to know their ids again"
    )

    lifecycle: Literal["data_stream", "ilm"] = Field(
        default="data_stream", description="What deletes old data: the data stream's lifecycle, or a policy of ILM"
    )
    rollover_gb: int = Field(default=50, ge=1, le=50, description="ilm: size of a primary shard at which the next index begins")
    index_mode: Literal["standard", "logsdb"] = Field(
        default="standard", description="logsdb: smaller where the licence has synthetic sources; lists come back sorted then"
    )
    shards: int = Field(default=1, ge=1, le=32, description="Primary shards of a new stream or index")
    replicas: int = Field(default=1, ge=0, le=4, description="Copies of each shard, where there are nodes for them")

    @property
    def is_used(self) -> bool:
        """Whether there is an Elasticsearch."""
        return bool(self.urls)

    @field_validator("urls")
    @classmethod
    def _safe(cls, urls: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(require_safe_url(url) for url in urls)

    @model_validator(mode="after")
    def _complete(self) -> "ElasticsearchSettings":
        if (self.user is None) != (self.password_file is None):
            raise ValueError("user and password_file go together")
        if self.user is not None and self.api_key_file is not None:
            raise ValueError("give user and password_file, or api_key_file, not both")
        return self
