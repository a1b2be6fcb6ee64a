"""Settings of the room `store`."""

from vagt.settings.section import Section


class StoreSettings(Section):
    """Settings of `store`."""
