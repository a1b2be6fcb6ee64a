"""Settings of the room `evidence`."""

from pydantic import Field

from vagt.settings.section import Section


class EvidenceSettings(Section):
    """The ledger: how often its end is signed, and how long it keeps whole records."""

    head_entries: int = Field(default=500, ge=1, le=100_000, description="a signed head is written after so many entries")
    head_seconds: float = Field(default=60.0, gt=0, description="and after so long, where any entry is new")
    keep_days: int = Field(default=396, ge=1, description="whole records are kept so long (CFCS: 13 months); digests stay")
