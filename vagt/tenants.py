"""Tenants: the 98 municipalities by their official code, and the unit itself."""

import csv
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from vagt.errors import SettingsError
from vagt.settings.unit import UnitSettings

SAMPLE = "sample"  # whose logs the sample day is; always known, so that what is left of it can be read
SAMPLE_NAME = "Eksempelkommune (sample data)"


@cache
def municipalities() -> dict[str, str]:
    """Official code -> name of all 98 (source: Danmarks Statistik's classification of municipalities)."""
    text = files("vagt").joinpath("data/municipalities.csv").read_text(encoding="utf-8")
    return {row["code"]: row["name"] for row in csv.DictReader(text.splitlines())}


@dataclass(frozen=True, slots=True)
class Tenants:
    """The tenants that this unit serves. `names`: tenant id -> name, the unit's own and `sample` among them."""

    unit: str
    names: dict[str, str]

    def name(self, tenant: str) -> str:
        """The tenant's name; the id itself for one that the unit does not serve."""
        return self.names.get(tenant, tenant)

    def require(self, tenant: str) -> str:
        """`tenant`, if the unit serves it. Raises SettingsError that says which it serves."""
        if tenant not in self.names:
            raise SettingsError(f"unknown tenant {tenant!r}: neither the unit {self.unit!r} nor one of its municipalities")
        return tenant


def load_tenants(unit: UnitSettings) -> Tenants:
    """The unit's tenants from its settings. Raises SettingsError for a code that no municipality has."""
    if unit.id == SAMPLE:
        raise SettingsError(f"unit.id: {SAMPLE!r} is the tenant of the sample data; choose another")
    known = municipalities()
    codes = unit.municipalities or tuple(known)
    for code in codes:
        if code not in known:
            raise SettingsError(f"unit.municipalities: {code!r} is no municipality's code (three digits, as 751 for Aarhus)")
    return Tenants(unit.id, {unit.id: unit.name} | {code: known[code] for code in codes} | {SAMPLE: SAMPLE_NAME})
