"""Settings of the room `detections`."""

from pathlib import Path

from pydantic import Field

from vagt.settings.section import Section


class DetectionsSettings(Section):
    """Which rules run, on what indicators, and how much memory they may take."""

    builtin: bool = Field(default=True, description="run vagt's own rules")
    rules: tuple[Path, ...] = Field(default=(), description="folders or files of further Sigma rules, correlations and filters")
    indicators: tuple[Path, ...] = Field(default=(), description="files of indicators: CSV with a header, or one value a line")
    lateness_seconds: int = Field(default=600, ge=0, le=86_400, description="how late a match may come and still be correlated")
    memory_megabytes: int = Field(default=96, ge=1, description="memory of a worker for remembered answers")
    groups_per_correlation: int = Field(default=50_000, ge=1, description="groups that one correlation keeps in a partition")
    matches_per_group: int = Field(default=5_000, ge=1, description="matches that one group keeps")
