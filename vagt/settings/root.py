"""The whole of the settings, section by section."""

from pathlib import Path
from typing import Literal

from pydantic import Field

from vagt.settings.api import ApiSettings
from vagt.settings.bus import BusSettings
from vagt.settings.cert_bridge import CertBridgeSettings
from vagt.settings.detections import DetectionsSettings
from vagt.settings.evidence import EvidenceSettings
from vagt.settings.ingest import IngestSettings
from vagt.settings.normalise import NormaliseSettings
from vagt.settings.section import Section
from vagt.settings.store import StoreSettings
from vagt.settings.triage import TriageSettings
from vagt.settings.unit import UnitSettings


class LogSettings(Section):
    """vagt's own log. `format` auto: JSON unless the output is a terminal."""

    level: Literal["debug", "info", "warning", "error"] = "info"
    format: Literal["auto", "json", "console"] = "auto"


class Settings(Section):
    """Everything that can be set. `data_dir` holds all embedded state."""

    data_dir: Path = Path("data")
    language: Literal["da", "en"] = "da"
    log: LogSettings = LogSettings()
    unit: UnitSettings = UnitSettings()
    bus: BusSettings = BusSettings()
    ingest: IngestSettings = Field(default_factory=IngestSettings)
    normalise: NormaliseSettings = NormaliseSettings()
    detections: DetectionsSettings = DetectionsSettings()
    triage: TriageSettings = TriageSettings()
    cert_bridge: CertBridgeSettings = CertBridgeSettings()
    evidence: EvidenceSettings = EvidenceSettings()
    store: StoreSettings = StoreSettings()
    api: ApiSettings = ApiSettings()
