"""All settings: one frozen model, read once from YAML and the environment, passed down. An unknown key is an error.

A setting `ingest.http.port` is `ingest: {http: {port: …}}` in the file and `VAGT_INGEST__HTTP__PORT` in the environment;
values from the environment are YAML. Each room's section is a module beside this one.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from vagt.errors import SettingsError
from vagt.settings.root import Settings

__all__ = ["Settings", "load_settings", "reread"]

PREFIX = "VAGT_"
RESERVED = frozenset({"VAGT_DATA", "VAGT_CONFIG", "VAGT_CORPUS", "VAGT_HOME"})  # read elsewhere, no settings


def load_settings(path: Path | None, environment: Mapping[str, str], data: Path | None = None) -> Settings:
    """Settings from the file at `path` (None: defaults), then `environment`, then `data` over `data_dir`.

    Raises SettingsError that names each wrong key and where it came from.
    """
    document = _read(path) if path is not None else {}
    for name, text in environment.items():
        if name.startswith(PREFIX) and name not in RESERVED:
            _overlay(document, name, text)
    chosen = data or (Path(environment["VAGT_DATA"]) if environment.get("VAGT_DATA") else None)
    if chosen is not None:
        document["data_dir"] = str(chosen)
    try:
        settings = Settings.model_validate(document)
    except ValidationError as error:
        raise SettingsError(_explain(error, path)) from None
    return settings if path is None else settings.read_from(path)


def reread(settings: Settings, environment: Mapping[str, str]) -> Settings:
    """What the file of `settings` says now; the same settings where they came from none. Raises as `load_settings`."""
    return settings if settings.source is None else load_settings(settings.source, environment, settings.data_dir)


def _read(path: Path) -> dict[str, Any]:
    try:
        document = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise SettingsError(f"cannot read the settings file {path}: {error.strerror}") from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path} is not YAML: {error}") from None
    if document is None:
        return {}
    if not isinstance(document, dict):
        raise SettingsError(f"{path} holds no mapping; settings are `section: {{key: value}}`")
    return document


def _overlay(document: dict[str, Any], name: str, text: str) -> None:
    *path, last = name.removeprefix(PREFIX).lower().split("__")
    node = document
    for key in path:
        inner = node.setdefault(key, {})
        if not isinstance(inner, dict):
            raise SettingsError(f"{name}: {key} is no section")
        node = inner
    try:
        node[last] = yaml.safe_load(text)
    except yaml.YAMLError:
        node[last] = text


def _explain(error: ValidationError, path: Path | None) -> str:
    origin = f"{path} or the environment" if path else "the environment"
    lines = []
    for fault in error.errors():
        name = ".".join(str(part) for part in fault["loc"])
        what = "unknown setting; `vagt config show` lists all" if fault["type"] == "extra_forbidden" else fault["msg"]
        lines.append(f"{name}: {what}")
    return f"wrong settings in {origin}:\n  " + "\n  ".join(lines)
