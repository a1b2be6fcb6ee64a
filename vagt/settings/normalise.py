"""Settings of the room `normalise`."""

from pathlib import Path

from pydantic import Field

from vagt.settings.enrichment import EnrichmentSettings
from vagt.settings.section import Section


class NormaliseSettings(Section):
    """How raw logs are read."""

    timezone: str = Field(default="Europe/Copenhagen", description="Time zone of stamps that name none")
    timezones: dict[str, str] = Field(
        default_factory=dict, description="The same for one `source`, or one `tenant/source`, where it differs"
    )
    enrichment: EnrichmentSettings = Field(default=EnrichmentSettings(), description="what is added to events")
    declared: Path | None = Field(default=None, description="folder of the unit's own declared sources; none: only ours")
    max_record_bytes: int = Field(default=1 << 20, ge=1024, description="A longer record becomes a dead letter")
