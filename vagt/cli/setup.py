"""What every command begins with: the options for data folder and settings file, and a context made from them."""

import os
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from vagt.bus.embedded import EmbeddedBus
from vagt.bus.protocol import Bus
from vagt.clock import system_clock
from vagt.context import Context
from vagt.errors import SettingsError
from vagt.log import configure_log
from vagt.settings import Settings, load_settings
from vagt.state.database import open_state
from vagt.state.migrate import require_current, upgrade
from vagt.tenants import load_tenants

if TYPE_CHECKING:
    from detections.placeholders import Placeholders
    from detections.rule import RuleSet
    from detections.rule_cache import RuleCache

Data = Annotated[Path | None, typer.Option("--data", help="Folder of all embedded state (or VAGT_DATA).", show_default=False)]
Config = Annotated[Path | None, typer.Option("--config", help="Settings file (or VAGT_CONFIG).", show_default=False)]
_DEFAULT_CONFIG = Path("vagt.yaml")


def read_settings(data: Path | None, config: Path | None) -> Settings:
    """The settings that a command runs with: `--config`, VAGT_CONFIG, or vagt.yaml in this folder if there is one."""
    environment = dict(os.environ)
    named = config or (Path(environment["VAGT_CONFIG"]) if environment.get("VAGT_CONFIG") else None)
    if named is None and _DEFAULT_CONFIG.exists():
        named = _DEFAULT_CONFIG
    settings = load_settings(named, environment, data)
    if settings.normalise.declared is not None:
        from normalise.registry import use_declared

        use_declared(settings.normalise.declared)
    return settings


def with_rules(settings: Settings, folders: list[Path] | None) -> Settings:
    """The same settings with further folders of rules, absolute (workers may run elsewhere). Raises SettingsError."""
    for folder in folders or ():
        if not folder.exists():
            raise SettingsError(f"--rules {folder}: there is no such folder")
    added = tuple(folder.resolve() for folder in folders or ())
    detections = settings.detections.model_copy(update={"rules": (*settings.detections.rules, *added)})
    return settings.model_copy(update={"detections": detections})


def read_rules(settings: Settings, folders: list[Path] | None, no_builtin: bool) -> "RuleSet":
    """The rules of the settings and of further folders; what was kept of files that are the same is not read again. Raises
    SettingsError."""
    from detections.loading import load_rules
    from detections.placeholders import read_placeholders

    chosen = with_rules(settings, folders).detections
    lists = read_placeholders(chosen.placeholders)
    return load_rules(chosen.rules, chosen.builtin and not no_builtin, placeholders=lists, cache=rule_cache(settings, lists))


def rule_cache(settings: Settings, placeholders: "Placeholders", schema: str = "ecs") -> "RuleCache":
    """What was kept of rule files; where there are no data yet, no folder is made for it."""
    from detections.cache_files import cache_folder
    from detections.rule_cache import RuleCache

    return RuleCache(cache_folder(settings.data_dir) if settings.data_dir.is_dir() else None, schema, placeholders)


def make_context(settings: Settings) -> Context:
    """A context with its own connections to the state database (one per process)."""
    return Context(settings, open_state(settings), load_tenants(settings.unit), system_clock)


def open_bus(settings: Settings) -> Bus:
    """A connection to the bus of these settings."""
    if settings.bus.kind == "kafka":
        from vagt.bus.brokers.bus import KafkaBus  # its libraries take a while to load

        return KafkaBus(settings.bus)
    return EmbeddedBus(settings.data_dir / "bus", settings.bus)


def mend_bus(settings: Settings) -> None:
    """Before anything uses the embedded bus: damaged topics are put aside. Kafka mends itself."""
    if settings.bus.kind == "embedded":
        EmbeddedBus(settings.data_dir / "bus", settings.bus).put_damaged_aside()


def expire_bus(bus: Bus) -> None:
    """Retention of the embedded bus, now; Kafka's topics have theirs at the brokers."""
    if isinstance(bus, EmbeddedBus):
        bus.expire(time.time_ns() // 1_000_000)


def make_data_folder(settings: Settings) -> None:
    """Make the data folder, readable by its owner alone."""
    try:
        settings.data_dir.mkdir(parents=True, exist_ok=True)
        settings.data_dir.chmod(0o700)
    except OSError as error:
        raise SettingsError(
            f"data folder {settings.data_dir}: {error.strerror}; choose another with --data or VAGT_DATA"
        ) from None


def prepare(settings: Settings) -> None:
    """Make the data folder, and bring the state database to this version or, where state.migrate is false, require it."""
    make_data_folder(settings)
    state = open_state(settings)
    try:
        if settings.state.migrate:
            upgrade(state)
        else:
            require_current(state)
    finally:
        state.close()


def start_command(data: Path | None, config: Path | None, name: str = "cli") -> Context:
    """Settings, log, state database: what a command that reads or changes state needs."""
    settings = read_settings(data, config)
    configure_log(settings.log, process=name)
    prepare(settings)
    return make_context(settings)
