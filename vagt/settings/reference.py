"""All settings as rows, for `vagt config list` and `docs/settings.md`."""

import inspect
import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from vagt.settings.root import Settings


class Row(NamedTuple):
    """One setting: dotted name, type, default (as YAML would spell it), what it means."""

    name: str
    kind: str
    default: str
    meaning: str


def settings_rows() -> list[Row]:
    """Every setting of every section, in the order of the file."""
    return list(_rows(Settings, ""))


def _rows(section: type[BaseModel], prefix: str) -> Iterator[Row]:
    for name, field in section.model_fields.items():
        inner = _section(field.annotation)
        if inner is not None:
            yield from _rows(inner, f"{prefix}{name}.")
            continue
        yield Row(prefix + name, _kind(field.annotation), _default(field), field.description or "")
        for element in _elements(field.annotation):
            yield from _rows(element, f"{prefix}{name}[].")


def _section(annotation: Any) -> type[BaseModel] | None:
    return annotation if inspect.isclass(annotation) and issubclass(annotation, BaseModel) else None


def _elements(annotation: Any) -> list[type[BaseModel]]:
    return [found for one in getattr(annotation, "__args__", ()) if (found := _section(one)) is not None]


def _kind(annotation: Any) -> str:
    text = annotation.__name__ if inspect.isclass(annotation) and not hasattr(annotation, "__args__") else str(annotation)
    return re.sub(r"(\w+\.)+(?=\w)", "", text).replace("NoneType", "None")


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "required"
    value = field.get_default(call_default_factory=True)  # type: ignore[call-arg]
    if isinstance(value, (tuple, list, dict)) and len(str(value)) > 60:
        return "see the source"
    return "" if value is None else str(value).replace("PosixPath", "").strip()
