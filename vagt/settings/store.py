"""Settings of the room `store`."""

from pydantic import Field

from vagt.settings.section import Section


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


class StoreSettings(Section):
    """The archive: when buffers become segments, how segments are merged, what a search may use."""

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
