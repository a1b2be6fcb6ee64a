"""The registry of sources: every folder below `normalise/sources/` that has a `parser.py` with `SOURCE`."""

from functools import cache
from importlib import import_module
from pkgutil import iter_modules

import normalise.sources
from normalise.source import Source
from vagt.errors import NormaliseError


@cache
def sources() -> dict[str, Source]:
    """All sources by id, lowest rank first."""
    found = []
    for module in iter_modules(normalise.sources.__path__):
        if module.ispkg:
            source: Source = import_module(f"normalise.sources.{module.name}.parser").SOURCE
            if source.id.replace(".", "_") != module.name:
                raise ImportError(f"folder normalise/sources/{module.name} holds the source {source.id}: rename one of them")
            found.append(source)
    return {source.id: source for source in sorted(found, key=lambda source: (source.rank, source.id))}


def source_for(source_id: str | None, body: bytes) -> tuple[Source, bool]:
    """The source to parse `body` with, and whether it had to be detected.

    Raises NormaliseError for an id that no folder has, and for a body that no source recognises.
    """
    if source_id is not None and source_id != "unknown":
        source = sources().get(source_id)
        if source is None:
            raise NormaliseError(f"unknown source {source_id!r}: no such folder in normalise/sources")
        return source, False
    for source in sources().values():
        for mark in source.marks:
            if mark in body:
                if source.recognise(body):
                    return source, True
                break
    raise NormaliseError("no source recognises this record; name its source at the shipper (topic, token or listener)")
