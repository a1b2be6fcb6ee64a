"""Settings of the room `store`."""

import re
from pathlib import Path
from urllib.parse import urlsplit

from pydantic import Field, field_validator, model_validator

from vagt.settings.safe_url import require_safe_url
from vagt.settings.section import Section

_BUCKET_URL = re.compile(r"s3://(?P<bucket>[a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(?P<prefix>(?:/[A-Za-z0-9_-][A-Za-z0-9._-]*)*)/?")


class RetentionOverride(Section):
    """How long one tenant's archive is kept where it differs; None: as the unit's."""

    events_days: int | None = Field(default=None, ge=1, description="Days that its events are kept; none: as the unit's")
    findings_days: int | None = Field(default=None, ge=1, description="Days that its findings are kept; none: as the unit's")
    dead_days: int | None = Field(default=None, ge=1, description="Days that its dead letters are kept; none: as the unit's")


class RetentionSettings(Section):
    """Whole days after the day of receipt, by kind. 396 days is 13 months: a year can be compared with the one before."""

    events_days: int = Field(default=396, ge=1, description="Days that events are kept")
    findings_days: int = Field(default=396, ge=1, description="Days that findings are kept")
    dead_days: int = Field(default=396, ge=1, description="Days that dead letters are kept")
    tenants: dict[str, RetentionOverride] = Field(default_factory=dict, description="Overrides by tenant")

    def days(self, kind: str, tenant: str) -> int:
        """How many days archive segments of `kind` of `tenant` are kept."""
        own = self.tenants.get(tenant)
        chosen = getattr(own, f"{kind}_days") if own is not None else None
        return int(chosen if chosen is not None else getattr(self, f"{kind}_days"))


class ArchiveSettings(Section):
    """Where the archive's segments lie: a folder, or a bucket of Amazon S3 or of a store that speaks its protocol."""

    url: str | None = Field(default=None, description="s3://bucket or s3://bucket/prefix; none: `archive` in `data_dir`")
    endpoint: str | None = Field(default=None, description="The store, as https://s3.example.org; none: Amazon's of the region")
    region: str | None = Field(default=None, description="Region of the bucket; none: us-east-1, which most own stores say")
    key_file: Path | None = Field(default=None, description="A file that holds the access key's id alone")
    secret_file: Path | None = Field(default=None, description="A file that holds the access key's secret alone")
    ca_file: Path | None = Field(default=None, description="PEM of the endpoint's authority; none: the usual public ones")
    path_style: bool = Field(
        default=True, description="The bucket stands in the path of the address; false: in the host name, as Amazon prefers"
    )

    @property
    def bucket(self) -> str:
        """The bucket of `url`."""
        return "" if self.url is None else urlsplit(self.url).netloc

    @property
    def prefix(self) -> str:
        """What every object's key begins with: empty, or with a slash at the end."""
        path = "" if self.url is None else urlsplit(self.url).path.strip("/")
        return path and f"{path}/"

    @field_validator("url")
    @classmethod
    def _bucket(cls, url: str | None) -> str | None:
        if url is not None and not _BUCKET_URL.fullmatch(url):
            raise ValueError(f"{url!r} is neither s3://bucket nor s3://bucket/prefix")
        return url

    @field_validator("endpoint")
    @classmethod
    def _safe(cls, endpoint: str | None) -> str | None:
        if endpoint is not None and urlsplit(require_safe_url(endpoint)).path.strip("/"):
            raise ValueError(f"{endpoint!r} has a path; bucket and prefix belong into url")
        return endpoint

    @model_validator(mode="after")
    def _complete(self) -> "ArchiveSettings":
        files = {"key_file": self.key_file, "secret_file": self.secret_file}
        if self.url is None:
            others = files | {"endpoint": self.endpoint, "region": self.region, "ca_file": self.ca_file}
            if given := [name for name, value in others.items() if value is not None]:
                raise ValueError(f"url is missing: without it {', '.join(given)} would have no effect")
            return self
        if lacking := [name for name, value in files.items() if value is None]:
            raise ValueError(f"{self.url} needs {' and '.join(lacking)}")
        if self.endpoint is None and self.region is None:
            raise ValueError(f"{self.url} needs endpoint, or Amazon's region")
        if self.ca_file is not None and self.endpoint is not None and not self.endpoint.startswith("https:"):
            raise ValueError("ca_file has no effect: the endpoint is without TLS")
        return self


class StoreSettings(Section):
    """The archive: where it is, when buffers become segments, how segments are merged, what a search may use."""

    archive: ArchiveSettings = ArchiveSettings()
    flush_rows: int = Field(default=50_000, ge=1, description="Rows over all buffers that make a worker write them")
    flush_bytes: int = Field(default=32 << 20, ge=1, description="Bytes over all buffers that make a worker write them")
    flush_seconds: float = Field(default=5.0, gt=0, description="Age of the oldest buffered event that makes a worker write")
    findings_seconds: float = Field(default=2.0, gt=0, description="The same, where a finding is among the buffered")
    idle_seconds: float = Field(default=0.5, ge=0, description="Buffers are written when nothing arrived for so long")
    compression_level: int = Field(default=3, ge=1, le=19, description="zstd level of a new segment")
    merge_compression_level: int = Field(default=9, ge=1, le=19, description="zstd level of a merged segment")
    merge_rows: int = Field(default=200_000, ge=2, description="Most rows of a merged segment")
    merge_bytes: int = Field(
        default=4 << 20, ge=1, description="Most bytes of the files merged at once; unpacked they take 10 to 30 times as much"
    )
    merge_segments: int = Field(
        default=8, ge=2, description="Small segments of one tenant, kind and day that are merged at once"
    )
    merge_busy_segments: int = Field(default=64, ge=2, description="So many are merged even while records arrive")
    replaced_seconds: float = Field(
        default=120.0, ge=0, description="A merged file stays so long for readers that began before"
    )
    orphan_seconds: float = Field(default=300.0, ge=0, description="Age at which a file that no manifest row names is removed")
    sweep_seconds: float = Field(default=600.0, gt=0, description="Time between two looks for orphans and expired segments")
    dedupe_minutes: float = Field(default=30.0, gt=0, description="How long the ids of a partition are remembered")
    dedupe_ids: int = Field(default=500_000, ge=1, description="Most ids remembered of a partition, about 110 bytes each")
    search_threads: int = Field(default=2, ge=1, description="DuckDB threads of one process")
    search_memory: str = Field(default="256MB", pattern=r"^\d+(MB|GB)$", description="DuckDB memory of one process")
    search_limit: int = Field(default=1_000, ge=1, description="Most results of one page")
    text_search_days: int = Field(default=31, ge=1, description="Longest time range of a free-text search")
    retention: RetentionSettings = RetentionSettings()
