"""Settings of the room `detections`."""

from datetime import date
from pathlib import Path

from pydantic import Field

from vagt.settings.section import Section


class RuleSwitch(Section):
    """Some rules, for some municipalities, until some day."""

    rules: tuple[str, ...] = Field(min_length=1, description="ids of rules and correlations, or tags (`attack.t1110`)")
    tenants: tuple[str, ...] = Field(default=(), description="municipalities, or the unit's own id; empty: all")
    expires: date | None = Field(default=None, description="its last day (UTC); empty: it holds until it is taken out")
    reason: str = Field(default="", description="why, for whoever reads it next year")


class DetectionsSettings(Section):
    """Which rules run, on what indicators, and how much memory they may take."""

    builtin: bool = Field(default=True, description="run vagt's own rules")
    rules: tuple[Path, ...] = Field(default=(), description="folders or files of further Sigma rules, correlations and filters")
    indicators: tuple[Path, ...] = Field(default=(), description="files of indicators: CSV with a header, or one value a line")
    enabled: tuple[RuleSwitch, ...] = Field(
        default=(), description="rules that are on, whatever `disabled`, `shadow` or the rule itself (`vagt.shadow`) says"
    )
    disabled: tuple[RuleSwitch, ...] = Field(default=(), description="rules that are off: they find nothing and feed nothing")
    shadow: tuple[RuleSwitch, ...] = Field(
        default=(), description="rules on trial: their findings are marked and stored, and make no incident"
    )
    placeholders: dict[str, tuple[str | int | float, ...] | Path] = Field(
        default_factory=dict,
        description="placeholder of Sigma's `expand` (`DomainControllers` for `%DomainControllers%`) -> its values, in which "
        "`*` and `?` are wildcards, or a file of one value a line; a rule whose placeholder has no list is refused",
    )
    lateness_seconds: int = Field(
        default=600,
        ge=0,
        le=86_400,
        description="how late a match may come and still be correlated: for all correlations after it was written to the bus, "
        "for those that close windows also after the newest of its source",
    )
    groups_per_correlation: int = Field(default=50_000, ge=1, description="groups that one correlation keeps in a partition")
    matches_per_group: int = Field(default=5_000, ge=1, description="matches that one group keeps")
    most_findings_per_day: int = Field(
        default=50, ge=0, description="findings of one rule in one municipality and day above which `vagt rules backtest` warns"
    )
