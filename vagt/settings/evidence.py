"""Settings of the room `evidence`."""

from vagt.settings.section import Section


class EvidenceSettings(Section):
    """Settings of `evidence`."""
