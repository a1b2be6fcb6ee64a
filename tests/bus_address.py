"""Where a bus is, in a form that another process can be given."""

from dataclasses import dataclass
from pathlib import Path

from vagt.bus.brokers.bus import KafkaBus
from vagt.bus.embedded import EmbeddedBus
from vagt.bus.protocol import Bus
from vagt.settings.bus import BusSettings


@dataclass(frozen=True, slots=True)
class BusAddress:
    """`takeover_seconds`: how long the partitions of a killed member may stay its own."""

    settings: BusSettings
    folder: Path = Path()
    takeover_seconds: float = 20

    def open(self) -> Bus:
        """A new connection."""
        return KafkaBus(self.settings) if self.settings.kind == "kafka" else EmbeddedBus(self.folder, self.settings)
