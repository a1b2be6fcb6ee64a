"""The embedded bus."""

from pydantic import Field

from vagt.settings.section import Section


class BusSettings(Section):
    """The embedded bus."""

    fsync: bool = Field(
        default=True,
        description="What is flushed is on the disk (false: it survives a killed process, not a power cut)",
    )
    partitions: int = Field(default=2, ge=1, le=256, description="Partitions of a new topic")
    raw_partitions: int = Field(default=2, ge=1, le=256, description="Partitions of a new raw topic")
    session_timeout_seconds: float = Field(
        default=10.0, gt=0, description="A member of a consumer group that is silent for so long loses its partitions"
    )
