"""Migrations: every room owns a branch of revisions in its folder `migrations/`; `upgrade` brings all to their heads."""

from importlib.util import find_spec
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util.exc import CommandError

from vagt.errors import SettingsError
from vagt.state.database import State

ROOMS = ("vagt.state", "ingest", "detections", "triage", "cert_bridge", "evidence", "store", "api")
_SCRIPTS = Path(__file__).parent / "alembic"
_LOCK = "migrations"


def migration_folders() -> list[Path]:
    """The folders of revisions of all rooms that have one."""
    specs = [spec for room in ROOMS if (spec := find_spec(room)) is not None]
    folders = [Path(place) / "migrations" for spec in specs for place in spec.submodule_search_locations or ()]
    return [folder for folder in folders if folder.is_dir()]


def revisions(state: State) -> tuple[set[str], set[str]]:
    """(what the database has, what this version wants): one revision of each room's branch."""
    with state.read() as connection:
        present = set(MigrationContext.configure(connection).get_current_heads())
    return present, set(ScriptDirectory.from_config(_config()).get_heads())


def history() -> list[tuple[str, str]]:
    """(revision, where a step down from it leads), from the first to the last: of each branch in its order."""
    revisions = list(ScriptDirectory.from_config(_config()).walk_revisions())
    return [(one.revision, str(one.down_revision or f"{one.revision.rpartition('_')[0]}@base")) for one in reversed(revisions)]


def upgrade(state: State, to: str = "heads") -> None:
    """Bring the database to this version's tables (or to revision `to`); nothing happens where it has them.

    Of several that begin at once, one migrates and the others wait. Raises SettingsError where the database was written by a
    newer version, DependencyError where it is away.
    """
    present, wanted = revisions(state)
    if to == "heads" and present == wanted:
        return
    config = _config()
    try:
        with state.write(_LOCK) as connection:
            config.attributes["connection"] = connection
            command.upgrade(config, to)
    except CommandError as error:
        raise _misfit(state, error) from None


def downgrade(state: State, to: str) -> None:
    """Take the tables back to revision `to` (`triage_0001`; `triage@base`: none of the room's); what stands in
    columns and tables that `to` does not know is lost. Raises as `upgrade`."""
    config = _config()
    try:
        with state.write(_LOCK) as connection:
            config.attributes["connection"] = connection
            command.downgrade(config, to)
    except CommandError as error:
        raise _misfit(state, error) from None


def require_current(state: State) -> None:
    """Raises SettingsError unless the tables are this version's."""
    present, wanted = revisions(state)
    if present != wanted:
        raise SettingsError(
            f"{state.name} has other tables than this version of vagt wants ({_difference(present, wanted)}), and "
            "state.migrate is off: run `vagt state upgrade` of this version first"
        )


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(_SCRIPTS))
    config.set_main_option("path_separator", "newline")
    config.set_main_option("version_locations", "\n".join(str(folder) for folder in migration_folders()))
    return config


def _misfit(state: State, error: CommandError) -> SettingsError:
    return SettingsError(
        f"{state.name} does not fit this version of vagt: {error}; it was written by a newer version: run that one, "
        "or restore the backup made before its upgrade"
    )


def _difference(present: set[str], wanted: set[str]) -> str:
    return f"it has {', '.join(sorted(present - wanted)) or 'too few'}, wanted {', '.join(sorted(wanted - present)) or 'fewer'}"
