"""The whole of the settings, section by section."""

from pathlib import Path
from typing import Literal

from pydantic import Field, PrivateAttr

from vagt.settings.api import ApiSettings
from vagt.settings.bus import BusSettings
from vagt.settings.cert_bridge import CertBridgeSettings
from vagt.settings.detections import DetectionsSettings
from vagt.settings.elasticsearch import ElasticsearchSettings
from vagt.settings.evidence import EvidenceSettings
from vagt.settings.ingest import IngestSettings
from vagt.settings.kibana import KibanaSettings
from vagt.settings.normalise import NormaliseSettings
from vagt.settings.operation import OperationSettings
from vagt.settings.section import Section
from vagt.settings.state import StateSettings
from vagt.settings.store import StoreSettings
from vagt.settings.triage import TriageSettings
from vagt.settings.unit import UnitSettings


class LogSettings(Section):
    """vagt's own log, on standard error."""

    level: Literal["debug", "info", "warning", "error"] = Field(default="info", description="The least that is logged")
    format: Literal["auto", "json", "console"] = Field(default="auto", description="auto: JSON unless it goes to a terminal")


class Settings(Section):
    """Everything that can be set."""

    _source: Path | None = PrivateAttr(default=None)

    @property
    def source(self) -> Path | None:
        """The file that these settings were read from; None: there was none."""
        return self._source

    def read_from(self, path: Path) -> "Settings":
        """The same settings, which know their file."""
        known = self.model_copy()
        known._source = path.absolute()
        return known

    data_dir: Path = Field(default=Path("data"), description="Folder of all embedded state (also `--data` and VAGT_DATA)")
    language: Literal["da", "en"] = Field(default="da", description="Language of what leaves the SOC and of the console")
    log: LogSettings = LogSettings()
    unit: UnitSettings = UnitSettings()
    bus: BusSettings = BusSettings()
    state: StateSettings = StateSettings()
    elasticsearch: ElasticsearchSettings = ElasticsearchSettings()
    kibana: KibanaSettings = KibanaSettings()
    ingest: IngestSettings = Field(default_factory=IngestSettings)
    normalise: NormaliseSettings = NormaliseSettings()
    detections: DetectionsSettings = DetectionsSettings()
    triage: TriageSettings = TriageSettings()
    cert_bridge: CertBridgeSettings = CertBridgeSettings()
    evidence: EvidenceSettings = EvidenceSettings()
    store: StoreSettings = StoreSettings()
    api: ApiSettings = ApiSettings()
    operation: OperationSettings = OperationSettings()
