"""Migrations: every room owns a branch of revisions in its folder `migrations/`; `upgrade` brings all to their heads."""

from importlib.util import find_spec
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.util.exc import CommandError

from vagt.errors import SettingsError

ROOMS = ("vagt.state", "ingest", "detections", "triage", "cert_bridge", "evidence", "store", "api")
_SCRIPTS = Path(__file__).parent / "alembic"


def migration_folders() -> list[Path]:
    """The folders of revisions of all rooms that have one."""
    specs = [spec for room in ROOMS if (spec := find_spec(room)) is not None]
    folders = [Path(place) / "migrations" for spec in specs for place in spec.submodule_search_locations or ()]
    return [folder for folder in folders if folder.is_dir()]


def alembic_config(url: str) -> Config:
    """Alembic's configuration for the database at `url`."""
    config = Config()
    config.set_main_option("script_location", str(_SCRIPTS))
    config.set_main_option("path_separator", "newline")
    config.set_main_option("version_locations", "\n".join(str(folder) for folder in migration_folders()))
    config.set_main_option("sqlalchemy.url", url.replace("%", "%%"))
    return config


def upgrade(url: str) -> None:
    """Bring the database at `url` to this version's tables; nothing happens where it has them.

    Raises SettingsError where the database was written by a newer version.
    """
    try:
        command.upgrade(alembic_config(url), "heads")
    except CommandError as error:
        raise SettingsError(f"the state database {url} does not fit this version of vagt: {error}") from None
