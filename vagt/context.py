"""What the command line hands to every room: settings, state, tenants and the clock."""

from dataclasses import dataclass
from pathlib import Path

from vagt.clock import Clock
from vagt.settings.root import Settings
from vagt.state.database import State
from vagt.tenants import Tenants


@dataclass(frozen=True, slots=True)
class Context:
    """Made once per process by `vagt/cli`, passed down."""

    settings: Settings
    state: State
    tenants: Tenants
    clock: Clock

    @property
    def data_dir(self) -> Path:
        """The folder of all embedded state."""
        return self.settings.data_dir
