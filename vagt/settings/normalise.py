"""Settings of the room `normalise`."""

from pydantic import Field

from vagt.settings.section import Section


class NormaliseSettings(Section):
    """`timezone`: zone of stamps that name none; `timezones` overrides it for `source` or `tenant/source`."""

    timezone: str = "Europe/Copenhagen"
    timezones: dict[str, str] = Field(default_factory=dict)
    max_record_bytes: int = Field(default=1 << 20, ge=1024)
