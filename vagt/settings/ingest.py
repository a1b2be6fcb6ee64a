"""Settings of the room `ingest`."""

from vagt.settings.section import Section


class IngestSettings(Section):
    """Settings of `ingest`."""
