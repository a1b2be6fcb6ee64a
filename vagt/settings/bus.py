"""The embedded bus."""

from pydantic import Field

from vagt.settings.section import Section


class BusSettings(Section):
    """`fsync` true: a flush is on the disk when it returns (else it survives a killed process, not a power cut)."""

    fsync: bool = True
    partitions: int = Field(default=2, ge=1, le=256)
    raw_partitions: int = Field(default=2, ge=1, le=256)
    session_timeout_seconds: float = Field(default=10.0, gt=0)
