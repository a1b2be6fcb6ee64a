"""Settings of the room `api`."""

from vagt.settings.section import Section


class ApiSettings(Section):
    """Settings of `api`."""
