"""All settings as rows, for `vagt config list` and `docs/settings.md`."""

import inspect
import re
from collections.abc import Iterator
from types import NoneType, UnionType
from typing import Any, Literal, NamedTuple, Union, get_args, get_origin

import yaml
from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined, to_jsonable_python

from vagt.settings.root import Settings

_WORDS = {
    "str": "text",
    "int": "number",
    "float": "number",
    "bool": "true or false",
    "SecretStr": "secret",
    "IPvAnyNetwork": "network",
}


class Row(NamedTuple):
    """One setting: dotted name, type, default (as YAML would spell it), what it means.

    `[]` in a name is each of a list, `<key>` each of a mapping.
    """

    name: str
    kind: str
    default: str
    meaning: str


def settings_rows() -> list[Row]:
    """Every setting of every section, in the order of the file."""
    return list(_rows(Settings, ""))


def _rows(section: type[BaseModel], prefix: str) -> Iterator[Row]:
    for name, field in section.model_fields.items():
        if not _is_section(field.annotation):
            yield Row(prefix + name, _kind(field.annotation), _default(field), field.description or "")
        yield from _inner(field.annotation, prefix + name)


def _inner(annotation: Any, name: str) -> Iterator[Row]:
    """The settings of the sections that a setting holds: one, or one of a list or mapping."""
    if _is_section(annotation):
        yield from _rows(annotation, f"{name}.")
        return
    mark = {tuple: "[]", dict: ".<key>"}.get(get_origin(annotation), "")
    for one in get_args(annotation):
        yield from _inner(one, name + mark)


def _is_section(annotation: Any) -> bool:
    return inspect.isclass(annotation) and issubclass(annotation, BaseModel)


def _kind(annotation: Any) -> str:
    """`text or none`, `list of number`, `one of da, en`."""
    origin, inner = get_origin(annotation), get_args(annotation)
    if origin is Literal:
        return f"one of {', '.join(inner)}"
    if origin in (Union, UnionType):
        return " or ".join("none" if one is NoneType else _kind(one) for one in inner)
    if origin is tuple:
        return f"list of {_kind(inner[0])}"
    if origin is dict:
        return f"mapping to {_kind(inner[1])}"
    if _is_section(annotation):
        return "section"
    return _WORDS.get(annotation.__name__) or re.sub(r"(?<=[a-z])(?=[A-Z])", " ", annotation.__name__).lower()


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "required"
    value = field.get_default(call_default_factory=True)
    if value is PydanticUndefined or value is None:
        return ""
    if isinstance(value, tuple):
        value = [one.model_dump(mode="json", exclude_unset=True) if isinstance(one, BaseModel) else one for one in value]
    text = yaml.safe_dump(to_jsonable_python(value), default_flow_style=True, allow_unicode=True, width=10_000)
    return text.removesuffix("\n...\n").strip()
