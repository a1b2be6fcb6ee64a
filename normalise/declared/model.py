"""`source.yaml`: what may stand in it (pydantic), and errors that name file, key and way out."""

from pathlib import Path
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, field_validator, model_validator

from normalise.source import Framing, Role
from vagt.errors import SettingsError
from vagt.settings.ingest import SOURCE

_LARGEST = 1 << 20
FieldType = Literal[
    "text",
    "long",
    "float",
    "ip",
    "port",
    "mac",
    "lower",
    "upper",
    "domain",
    "boolean",
    "list",
    "time",
    "seconds",
    "milliseconds",
    "url",
    "transport",
]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class FieldRule(_Part):
    """Where a field's value comes from: a name that the kind reads (`from`), or a constant (`value`)."""

    source: str | list[str] | None = Field(default=None, alias="from")
    value: Any = None
    type: FieldType | None = None
    map: dict[str, Any] | None = None
    default: Any = None
    format: str | None = None
    separator: str = ","

    @model_validator(mode="after")
    def _has_one_origin(self) -> "FieldRule":
        if (self.source is None) == (self.value is None):
            raise ValueError("give either from (a name that the kind reads) or value (a constant)")
        return self

    @property
    def names(self) -> tuple[str, ...]:
        """The names in `from`; of several the first that the record has counts."""
        if self.source is None:
            return ()
        return (self.source,) if isinstance(self.source, str) else tuple(self.source)


def _field_rule(value: Any) -> Any:
    if isinstance(value, (str, list)):
        return {"from": value}
    if not isinstance(value, (dict, FieldRule)):
        raise ValueError("write a name that the kind reads, a list of names, {from: name, …} or {value: constant}")
    return value


Fields = dict[str, Annotated[FieldRule, BeforeValidator(_field_rule)]]


class When(_Part):
    """Fields that are set only where every name in `if` has (one of) the values given; `"*"`: any value."""

    condition: dict[str, str | list[str]] = Field(alias="if", min_length=1)
    fields: Fields = Field(min_length=1)


class Csv(_Part):
    """Values by position. A column named `""` is passed over; more columns than named are left, fewer are no such record."""

    columns: list[str] = Field(min_length=1)
    delimiter: str = Field(default=",", min_length=1, max_length=8)
    quote: str = Field(default='"', max_length=1)
    fewest: int | None = Field(default=None, ge=1)


class KeyValue(_Part):
    """`key=value key="two words"`; with a separator of their own the pairs are cut at it."""

    pair: str = Field(default="=", min_length=1, max_length=4)
    separator: str = Field(default=" ", min_length=1, max_length=8)
    needs: list[str] = Field(default=[], description="keys without which it is no such record")


class Json(_Part):
    """A JSON object; names of inner objects are dotted."""

    needs: list[str] = Field(default=[], description="names without which it is no such record")


class Kind(_Part):
    """One kind of record: how it is read, and where its values go. What goes nowhere stays under `<vendor>.<product>`."""

    name: str = Field(pattern=r"^[a-z0-9_ ]{1,64}$")
    contains: str | None = Field(default=None, min_length=1)
    template: str | None = None
    regex: str | None = None
    csv: Csv | None = None
    keyvalue: KeyValue | None = None
    json_: Json | None = Field(default=None, alias="json")
    fields: Fields = {}
    when: list[When] = []
    drop: list[str] = []
    keep: list[str] = []

    @model_validator(mode="after")
    def _is_read_in_one_way(self) -> "Kind":
        if sum(way is not None for way in (self.template, self.regex, self.csv, self.keyvalue, self.json_)) != 1:
            raise ValueError("give exactly one of template, regex, csv, keyvalue and json")
        return self


class Description(_Part):
    """The whole file."""

    id: str = Field(pattern=SOURCE)
    title: str = Field(min_length=1)
    marks: list[str] = Field(min_length=1, description="at least one stands in every record")
    rank: int = Field(default=40, ge=1, le=98)
    ordered: bool = True
    framings: list[Framing] = ["syslog"]
    sender: Role | None = Field(default=None, description="what the sender is where a record names no machine")
    unwrap: list[str] = Field(default=[], description="names in a shipper's JSON under which the record itself may stand")
    zone: str | None = Field(default=None, description="IANA time zone of the records' own stamps, where the product fixes it")
    constants: dict[str, Any] = {}
    kinds: list[Kind] = Field(min_length=1)

    @field_validator("zone")
    @classmethod
    def _is_a_zone(cls, name: str | None) -> str | None:
        try:
            return name if name is None else ZoneInfo(name).key
        except (ZoneInfoNotFoundError, ValueError):
            raise ValueError(f"{name!r} is no IANA time zone (as UTC, Europe/Copenhagen)") from None


def read_description(path: Path) -> Description:
    """Read and check `path`. Raises SettingsError that names file, key and what is wrong with it."""
    try:
        text = path.read_text(encoding="utf-8")
        if len(text) > _LARGEST:
            raise SettingsError(f"{path}: over {_LARGEST} characters; a source that needs so much wants a parser")
        document = yaml.safe_load(text)
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path}: cannot be read: {error}") from None
    except yaml.YAMLError as error:
        raise SettingsError(f"{path}: no YAML: {error}") from None
    if not isinstance(document, dict):
        raise SettingsError(f"{path}: wants an object with id, title, marks and kinds")
    try:
        return Description.model_validate(document)
    except ValidationError as error:
        raise SettingsError("\n".join(f"{path}: {_fault(one)}" for one in error.errors())) from None


def _fault(error: Any) -> str:
    place = ".".join(str(part) for part in error["loc"] if not str(part).startswith("function-"))
    reason = error["msg"].removeprefix("Value error, ")
    if error["type"] == "extra_forbidden":
        reason = "unknown key; docs/adding_a_source.md has all that there are"
    elif error["type"] == "missing":
        reason = "is missing"
    return f"{place or 'the file'}: {reason}"
