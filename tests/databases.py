"""State databases for tests: SQLite, or PostgreSQL with `--state postgres`; each test gets a copy of a migrated one."""

from itertools import count
from pathlib import Path
from typing import Any, Protocol

from tests.servers.postgres_cluster import Cluster
from vagt.settings.root import Settings
from vagt.state.database import open_state
from vagt.state.migrate import upgrade

Section = dict[str, Any]  # the section `state` of the settings
_NUMBERS = count()


class Databases(Protocol):
    """Makes databases with all tables, of the data folder that they are for."""

    def new(self, folder: Path) -> Section:
        """An empty one."""

    def copy(self, source: Section, folder: Path) -> Section:
        """One with all that `source` holds, which nobody is connected to; `folder` is a copy of its data folder."""

    def drop(self, section: Section) -> None:
        """The test is over."""


class EmbeddedDatabases:
    """Migrating takes long, copying a file does not."""

    def __init__(self, folder: Path) -> None:
        migrate(folder, {})
        self._content = (folder / "state.db").read_bytes()

    def new(self, folder: Path) -> Section:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "state.db").write_bytes(self._content)
        return {}

    def copy(self, source: Section, folder: Path) -> Section:
        return {}

    def drop(self, section: Section) -> None:
        """It goes with its folder."""


class ServerDatabases:
    """CREATE DATABASE … TEMPLATE on one server."""

    def __init__(self, cluster: Cluster, folder: Path) -> None:
        self._cluster = cluster
        self._template = f"template_{next(_NUMBERS)}"
        cluster.create(self._template)
        migrate(folder, cluster.settings(self._template))

    def new(self, folder: Path) -> Section:
        folder.mkdir(parents=True, exist_ok=True)
        return self.copy({"database": self._template}, folder)

    def copy(self, source: Section, folder: Path) -> Section:
        name = f"test_{next(_NUMBERS)}"
        self._cluster.sql(f"CREATE DATABASE {name} TEMPLATE {source['database']} OWNER vagt")
        return dict(self._cluster.settings(name))

    def drop(self, section: Section) -> None:
        self._cluster.sql(f"DROP DATABASE IF EXISTS {section['database']} WITH (FORCE)")


def migrate(folder: Path, section: Section) -> None:
    """All tables into an empty database."""
    state = open_state(Settings.model_validate({"data_dir": str(folder), "state": section}))
    upgrade(state)
    state.close()
