"""The unit and its owner municipalities."""

from pydantic import Field

from vagt.settings.section import Section


class UnitSettings(Section):
    """`id` is the tenant of the unit's own servers and of vagt's own findings; `municipalities` empty means all 98."""

    id: str = Field(default="unit", pattern=r"^[a-z0-9_]{1,32}$")
    name: str = "IT-driftsenhed"
    municipalities: tuple[str, ...] = ()
