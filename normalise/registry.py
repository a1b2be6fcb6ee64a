"""The registry of sources: every folder below `normalise/sources/` with a parser or a `source.yaml`, and the unit's own."""

from functools import cache
from importlib import import_module
from pathlib import Path

import normalise.sources
from normalise.declared.compiled import load_declared
from normalise.recognising import Recogniser
from normalise.source import Source
from vagt.errors import NormaliseError, SettingsError

_DECLARED = "source.yaml"
_folder: Path | None = None  # of the unit's own declared sources


def use_declared(folder: Path | None) -> None:
    """From now on the sources declared in `folder` (setting `normalise.declared`) are among `sources()`.

    Raises SettingsError for a folder that is not there, or one of them that is faulty.
    """
    global _folder
    if folder is None and _folder is None:
        return
    if folder is not None and not folder.is_dir():
        raise SettingsError(f"normalise.declared: there is no folder {folder}")
    before = _folder
    _folder = folder
    sources.cache_clear()
    _recogniser.cache_clear()
    try:
        sources()
    except SettingsError:
        _folder = before
        raise


@cache
def _builtin() -> dict[str, Source]:
    return {source.id: source for source in map(load_source, folders(builtin_folder()))}


@cache
def sources() -> dict[str, Source]:
    """All sources by id, lowest rank first. Raises SettingsError for a faulty one of the unit's own."""
    found = dict(_builtin())
    for folder in folders(_folder) if _folder is not None else ():
        source = load_source(folder)
        if source.id in found:
            raise SettingsError(f"{folder}: vagt has a source {source.id} of its own; give yours another id")
        found[source.id] = source
    return {source.id: source for source in sorted(found.values(), key=lambda source: (source.rank, source.id))}


def builtin_folder() -> Path:
    """The folder of the sources that come with vagt."""
    return Path(normalise.sources.__path__[0])


def folders(folder: Path) -> list[Path]:
    """The folders of sources in `folder`: those with a parser, and those with a `source.yaml`."""
    return sorted(path.parent for name in ("parser.py", _DECLARED) for path in folder.glob(f"*/{name}"))


def load_source(folder: Path) -> Source:
    """The source of a folder, ours or another. Raises SettingsError."""
    if (folder / _DECLARED).is_file():
        source = load_declared(folder / _DECLARED)
    elif folder.parent.resolve() == builtin_folder().resolve():
        source = import_module(f"normalise.sources.{folder.name}.parser").SOURCE
    else:
        raise SettingsError(f"{folder}: a parser is read below {builtin_folder()} only; elsewhere a source has a source.yaml")
    if source.id.replace(".", "_") != folder.name:
        raise SettingsError(f"folder {folder} holds the source {source.id}: rename one of them")
    return source


@cache
def _recogniser() -> Recogniser:
    return Recogniser(sources().values())


def source_for(source_id: str | None, body: bytes) -> tuple[Source, bool]:
    """The source to parse `body` with, and whether it had to be detected.

    Raises NormaliseError for an id that no folder has, and for a body that no source recognises.
    """
    if source_id is not None and source_id != "unknown":
        source = sources().get(source_id)
        if source is None:
            raise NormaliseError(f"unknown source {source_id!r}: no such folder in normalise/sources")
        return source, False
    for source in _recogniser().candidates(body):
        if source.recognise(body):
            return source, True
    raise NormaliseError("no source recognises this record; name its source at the shipper (topic, token or listener)")
