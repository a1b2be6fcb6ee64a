"""The unit and its owner municipalities."""

from pydantic import Field

from vagt.settings.section import Section


class UnitSettings(Section):
    """Who runs this vagt, and for whom."""

    id: str = Field(
        default="unit",
        pattern=r"^[a-z0-9_]{1,32}$",
        description="Tenant of the unit's own servers and of vagt's own findings",
    )
    name: str = Field(default="IT-driftsenhed", description="The unit's name as people read it")
    municipalities: tuple[str, ...] = Field(default=(), description="Official codes of the owner municipalities; empty: all 98")
