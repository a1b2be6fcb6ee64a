"""A `Description` -> a `Source`: every kind's reader, the places of its fields, and what recognises its records."""

import csv
from collections.abc import Callable
from datetime import UTC, datetime, tzinfo
from difflib import get_close_matches
from pathlib import Path
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import orjson

from normalise.common_names import flatten
from normalise.declared.model import Csv, Description, FieldRule, Fields, Json, KeyValue, Kind, When, read_description
from normalise.declared.safe_regex import compile_regex
from normalise.declared.templates import Read, compile_template, literals_of, names_of
from normalise.declared.values import Convert, Moment, as_it_is, converter
from normalise.device_times import device_time
from normalise.header_fields import add_header, split_header
from normalise.json_records import text_of
from normalise.pairs import read_pairs
from normalise.partly import partly
from normalise.source import Source
from normalise.syslog_header import SyslogHeader
from normalise.text import decode, is_noise
from normalise.timestamps import received_day
from vagt.contracts.event import Event
from vagt.contracts.raw import RawLog
from vagt.ecs import ecs_schema
from vagt.errors import NormaliseError, SettingsError

_NEVER = datetime(2000, 1, 1, tzinfo=UTC)  # only whether there is a header is asked
_LONGEST = 262_144
_ABSENT = ("-", "")
_STAMPS = ("time", "@timestamp", "timestamp")
_OBJECTS = {"url": "url", "transport": "network"}  # types that fill an object, and the field that takes it


class Setter(NamedTuple):
    """One field: where it goes, and what makes its value (a constant where `sources` is empty)."""

    path: tuple[str, ...]
    name: str
    sources: tuple[str, ...]
    convert: Convert | None
    constant: Any


class Condition(NamedTuple):
    """`when`: the values that each name must have (none: any), and what is set then."""

    wanted: tuple[tuple[str, frozenset[str] | None], ...]
    setters: tuple[Setter, ...]


class Reader(NamedTuple):
    """One kind, compiled."""

    name: str
    contains: str
    read: Read
    setters: tuple[Setter, ...]
    conditions: tuple[Condition, ...]
    dropped: frozenset[str]
    kept: frozenset[str]


def load_declared(path: Path) -> Source:
    """The source that `path` (a `source.yaml`) describes. Raises SettingsError that names file, key and way out."""
    description = read_description(path)
    try:
        return _source(description)
    except ValueError as error:
        raise SettingsError(f"{path}: {error}") from None


def _source(description: Description) -> Source:
    vendor, product = description.id.split(".")
    readers = [_reader(kind, f"kinds.{number}", description.id) for number, kind in enumerate(description.kinds)]
    constants = tuple(
        _setter(field, FieldRule(value=value), f"constants.{field}", description.id, None)
        for field, value in description.constants.items()
    )
    marks = tuple(mark.encode() for mark in description.marks)
    own_zone = None if description.zone is None else ZoneInfo(description.zone)

    def parse(raw: RawLog, zone: tzinfo) -> list[Event]:
        text, stamp = _unwrap(decode(raw.body)[0].strip("\r\n\0")[:_LONGEST], description.unwrap)
        header = _header(text, raw.received, zone)
        moment = Moment(received_day(raw.received), own_zone or zone)  # a syslog header's stamp is the sender's
        event: Event = {"event": {}}
        if (fit := _fit(readers, text, header)) is not None:
            reader, found = fit
            _fill(event, reader, found, moment)
            if found:  # a field of the source's own may lie there already, and counts
                vendors = event.setdefault(vendor, {})
                vendors[product] = found | vendors.get(product, {})
        else:
            if is_noise(raw.body) or not any(mark in raw.body for mark in marks):
                raise NormaliseError(f"no record of {description.id}: no kind of its source.yaml fits")
            partly(event, "no kind of source.yaml fits")
        _set(event, constants, {}, moment)
        add_header(event, header)
        if stamp and "@timestamp" not in event and (time := device_time(stamp, moment.day, zone)) is not None:
            event["@timestamp"] = time
        event.setdefault("message", header.message)
        return [event]

    def recognise(body: bytes) -> bool:
        text, _ = _unwrap(decode(body)[0].strip("\r\n\0")[:_LONGEST], description.unwrap)
        return _fit(readers, text, _header(text, _NEVER, UTC)) is not None

    return Source(
        id=description.id,
        title=description.title,
        parse=parse,
        marks=marks,
        recognise=recognise,
        rank=description.rank,
        ordered=description.ordered,
        framings=tuple(description.framings),
        sender=description.sender,
    )


def _unwrap(text: str, names: list[str]) -> tuple[str, str]:
    """The record in a shipper's JSON (a container's log, Filebeat), and the shipper's stamp; any other text as it is."""
    if not names or text[:1] != "{":
        return text, ""
    try:
        document = orjson.loads(text)
    except (orjson.JSONDecodeError, UnicodeEncodeError):
        return text, ""
    inner = next((text_of(document.get(name)) for name in names if text_of(document.get(name))), "")
    stamp = next((text_of(document.get(name)) for name in _STAMPS if text_of(document.get(name))), "")
    return (inner.strip("\r\n"), stamp) if inner else (text, "")


def _fit(readers: list[Reader], text: str, header: SyslogHeader) -> tuple[Reader, dict[str, str]] | None:
    """The first kind that fits, and what it reads: behind the header, else from the program's tag on (`gate[7]: …`)."""
    messages = [header.message]
    if header.app is not None and (at := text.rfind(header.app, 0, len(text) - len(header.message))) >= 0:
        messages.append(text[at:])
    for message in messages:
        for reader in readers:
            if reader.contains in message and (found := reader.read(message)) is not None:
                return reader, found
    return None


def _header(text: str, received: datetime, zone: tzinfo) -> SyslogHeader:
    """The syslog header, where there is one with a priority or a stamp; else all is message."""
    header = split_header(text, received, zone) if text[:1] == "<" or text[:1].isalnum() else None
    if header is None or (header.priority is None and (header.time is None or header.host is None)):
        return SyslogHeader(None, None, None, None, None, None, None, text)
    return header


def _reader(kind: Kind, place: str, source: str) -> Reader:
    read, names = _way(kind, place)
    contains = kind.contains
    if contains is None and kind.template is not None:
        contains = next(iter(literals_of(kind.template)), "")
    return Reader(
        kind.name,
        contains or "",
        read,
        _setters(kind.fields, f"{place}.fields", source, names),
        tuple(_condition(when, f"{place}.when.{number}", source, names) for number, when in enumerate(kind.when)),
        frozenset(kind.drop),
        frozenset(kind.keep),
    )


def _way(kind: Kind, place: str) -> tuple[Read, set[str] | None]:
    """The kind's reader, and the names that it reads where they are known beforehand."""
    try:
        if kind.template is not None:
            return compile_template(kind.template), names_of(kind.template)
        if kind.regex is not None:
            pattern = compile_regex(kind.regex)
            return _by_regex(pattern.fullmatch), set(pattern.groupindex)
    except ValueError as error:
        raise ValueError(f"{place}.{'template' if kind.template is not None else 'regex'}: {error}") from None
    if kind.csv is not None:
        return _by_csv(kind.csv), {name for name in kind.csv.columns if name}
    if kind.keyvalue is not None:
        return _by_pairs(kind.keyvalue), None
    return _by_json(kind.json_ or Json()), None


def _by_regex(match: Callable[[str], Any]) -> Read:
    def read(text: str) -> dict[str, str] | None:
        found = match(text)
        return None if found is None else {name: value for name, value in found.groupdict().items() if value is not None}

    return read


def _by_csv(form: Csv) -> Read:
    fewest = form.fewest or len(form.columns)

    def read(text: str) -> dict[str, str] | None:
        if form.quote and form.quote in text and len(form.delimiter) == 1:
            try:
                values = next(csv.reader([text], delimiter=form.delimiter, quotechar=form.quote, skipinitialspace=True), [])
            except csv.Error:
                return None
        else:
            values = text.split(form.delimiter)
        if len(values) < fewest:
            return None
        return {name: value.strip() for name, value in zip(form.columns, values, strict=False) if name}

    return read


def _by_pairs(form: KeyValue) -> Read:
    def read(text: str) -> dict[str, str] | None:
        if form.pair == "=" and form.separator == " ":
            pairs = read_pairs(text)
        else:
            cut = (part.partition(form.pair) for part in text.split(form.separator))
            pairs = {key.strip(): value.strip().strip('"') for key, equals, value in cut if equals and key.strip()}
        return pairs if pairs and all(name in pairs for name in form.needs) else None

    return read


def _by_json(form: Json) -> Read:
    def read(text: str) -> dict[str, str] | None:
        try:
            document = orjson.loads(text) if text[:1] == "{" else None
        except orjson.JSONDecodeError:
            return None
        if not isinstance(document, dict):
            return None
        pairs, rest = flatten(document)
        if not all(name in pairs or name.replace(".", "_") in rest for name in form.needs):
            return None
        return pairs | {name: orjson.dumps(value).decode() for name, value in rest.items()}

    return read


def _condition(when: When, place: str, source: str, names: set[str] | None) -> Condition:
    wanted = []
    for name, value in when.condition.items():
        _require_name(name, f"{place}.if", names)
        wanted.append((name, None if value == "*" else frozenset([value] if isinstance(value, str) else value)))
    return Condition(tuple(wanted), _setters(when.fields, f"{place}.fields", source, names))


def _setters(fields: Fields, place: str, source: str, names: set[str] | None) -> tuple[Setter, ...]:
    return tuple(_setter(field, rule, f"{place}.{field}", source, names) for field, rule in fields.items())


def _setter(field: str, rule: FieldRule, place: str, source: str, names: set[str] | None) -> Setter:
    """Raises ValueError for a field that ECS does not know, a value that it does not allow, a name that nobody reads."""
    for one in rule.names:
        _require_name(one, place, names)
    if rule.type in _OBJECTS:
        if field != _OBJECTS[rule.type]:
            raise ValueError(
                f"{place}: type {rule.type} fills the object {_OBJECTS[rule.type]}: write {_OBJECTS[rule.type]} as the field"
            )
    elif not field.startswith(f"{source}.") and field not in ecs_schema().types:
        near = get_close_matches(field, ecs_schema().types, 1)
        raise ValueError(
            f"{place}: ECS has no such field; {f'did you mean {near[0]}, or ' if near else ''}write {source}.<name>"
        )
    for value in [rule.value, rule.default, *(rule.map or {}).values()]:
        _require_allowed(field, value, place)
    *path, name = field.split(".")
    constant = rule.value
    if constant is not None and field in ecs_schema().lists and not isinstance(constant, list):
        constant = [constant]
    return Setter(tuple(path), name, rule.names, converter(field, rule) if rule.names else None, constant)


def _require_name(name: str, place: str, names: set[str] | None) -> None:
    if names is not None and name not in names:
        raise ValueError(f"{place}: nothing reads {name!r}; the kind reads {', '.join(sorted(names))}")


def _require_allowed(field: str, value: Any, place: str) -> None:
    allowed = ecs_schema().allowed.get(field)
    if allowed and value is not None:
        for one in value if isinstance(value, list) else [value]:
            if one not in allowed:
                raise ValueError(f"{place}: {one!r} is not allowed; ECS has {', '.join(sorted(allowed))}")


def _fill(event: Event, reader: Reader, found: dict[str, str], moment: Moment) -> None:
    """Set the kind's fields; `found` keeps what went nowhere, by names without dots."""
    used = _set(event, reader.setters, found, moment)
    for wanted, setters in reader.conditions:
        if all(name in found and (values is None or found[name] in values) for name, values in wanted):
            used |= _set(event, setters, found, moment)
    left = {
        name.replace(".", "_"): value
        for name, value in found.items()
        if value not in _ABSENT and name not in reader.dropped and (name not in used or name in reader.kept)
    }
    found.clear()
    found.update(left)


def _copy(value: Any) -> Any:
    """What a `source.yaml` gives as constant, for one event to have as its own (a tenth of `copy.deepcopy`)."""
    if value.__class__ is list:
        return [_copy(one) for one in value]
    return {name: _copy(one) for name, one in value.items()} if value.__class__ is dict else value


def _set(event: Event, setters: tuple[Setter, ...], found: dict[str, str], moment: Moment) -> set[str]:
    """Set fields; gives the names whose text became a value. A later field takes the place of an earlier one."""
    used = set()
    for path, name, sources, convert, constant in setters:
        if convert is None:
            value = constant if constant.__class__ is str else _copy(constant)
        else:
            for source in sources:
                text = found.get(source)
                if text is not None and text not in _ABSENT:
                    break
            else:
                continue
            value = text if convert is as_it_is else convert(text, moment)
            if value is None:
                continue
            used.add(source)
        node = event
        for part in path:
            inner = node.get(part)
            if inner is None:
                inner = node[part] = {}
            node = inner
        if value.__class__ is dict and node.get(name).__class__ is dict:
            node[name] |= value
        else:
            node[name] = value
    return used
