"""Settings of the room `triage`."""

from vagt.settings.section import Section


class TriageSettings(Section):
    """Settings of `triage`."""
