"""What an event id says (`Meaning`), and fillers that are no more than a table of fields (`placed`)."""

from collections.abc import Callable
from typing import Any, NamedTuple

from normalise.addresses import is_host
from normalise.endpoints import split_endpoint
from normalise.placing import port
from normalise.sources.windows_eventlog.document import number, text
from normalise.sources.windows_eventlog.objects import account, file_object, set_command_line, set_executable
from vagt.contracts.event import Event

Fields = dict[str, Any]
Fill = Callable[[Event, Fields], None]


class Meaning(NamedTuple):
    """`outcome` is what the id itself says; an empty one leaves what Windows' keywords said."""

    action: str
    categories: tuple[str, ...]
    types: tuple[str, ...]
    fill: Fill
    outcome: str = ""


Meanings = dict[str, Meaning]


def nobody(event: Event, data: Fields) -> None:
    """The event names nobody, and nothing that ECS has a place for."""


def says(action: str, kinds: str, fill: Fill = nobody, outcome: str = "") -> Meaning:
    """`kinds` are categories and types: `process/start`, `process intrusion_detection/denied`."""
    categories, _, types = kinds.partition("/")
    return Meaning(action, tuple(categories.split()), tuple(types.split()), fill, outcome)


_DETECTING = frozenset(("malware", "intrusion_detection"))


def mean(event: Event, meaning: Meaning, data: Fields) -> None:
    """Say in `event` what its id means."""
    inner = event["event"]
    inner["action"] = meaning.action
    inner["category"] = list(meaning.categories)
    inner["type"] = list(meaning.types)
    if meaning.categories[0] in _DETECTING:
        inner["kind"] = "alert"
    if meaning.outcome:
        inner["outcome"] = meaning.outcome
    elif "denied" in meaning.types and "outcome" not in inner:
        inner["outcome"] = "success"  # of refusing (normalise/README.md)
    meaning.fill(event, data)


def unnamed(data: Fields, place: int) -> str | None:
    """The string at `place` (from 1) of EventData that has no names: a list, one text, or `param1…` (Winlogbeat)."""
    found = data.get("Data")
    if type(found) is list:
        value = found[place - 1] if place <= len(found) else None
    elif type(found) is str and place == 1:
        value = found
    else:
        value = data.get(f"param{place}")
    return value.strip() or None if type(value) is str and value != "-" else None


def _put_user(event: Event, value: str) -> None:
    if value.startswith("S-1-"):
        event.setdefault("user", {})["id"] = value
    elif (user := account(value)) is not None:
        event.setdefault("user", {}).update(user)


def _put_target(event: Event, value: str) -> None:
    if (target := account(value)) is not None:
        event.setdefault("user", {}).setdefault("target", {}).update(target)


def _put_program(event: Event, value: str) -> None:
    if value != "Unknown":
        set_executable(event.setdefault("process", {}), value)


def _put_pid(event: Event, value: str) -> None:
    if (pid := number(value)) is not None and pid >= 0:
        event.setdefault("process", {})["pid"] = pid


def _put_end(end: str) -> Callable[[Event, str], None]:
    def put(event: Event, value: str) -> None:
        value = value.rpartition("/")[2].strip("\\")  # `cifs/fil01`: a service's name
        ip, port_ = split_endpoint(value)
        found: Fields = event.setdefault(end, {})
        if ip is not None:
            found["ip"] = ip
            if port_:
                found["port"] = port_
        elif value not in _HERE and is_host(value):
            found["domain"] = value
        if not found:
            del event[end]

    return put


_HERE = frozenset(("LOCAL", "localhost"))


def _put_port(end: str) -> Callable[[Event, str], None]:
    def put(event: Event, value: str) -> None:
        if end in event and (port_ := port(value)):
            event[end]["port"] = port_

    return put


def _put_text(outer: str, name: str) -> Callable[[Event, str], None]:
    def put(event: Event, value: str) -> None:
        event.setdefault(outer, {})[name] = value

    return put


def _put_file(event: Event, value: str) -> None:
    event["file"] = file_object(value)


_PUT: dict[str, Callable[[Event, str], None]] = {
    "user": _put_user,
    "user_name": _put_text("user", "name"),
    "user_domain": _put_text("user", "domain"),
    "target": _put_target,
    "program": _put_program,
    "pid": _put_pid,
    "command": lambda event, value: set_command_line(event.setdefault("process", {}), value),
    "file": _put_file,
    "source": _put_end("source"),
    "source_port": _put_port("source"),
    "destination": _put_end("destination"),
    "destination_port": _put_port("destination"),
    "service": _put_text("service", "name"),
    "rule": _put_text("rule", "name"),
    "rule_id": _put_text("rule", "id"),
    "ruleset": _put_text("rule", "ruleset"),
    "group": _put_text("group", "name"),
    "reason": _put_text("event", "reason"),
    "package": _put_text("package", "name"),
    "package_version": _put_text("package", "version"),
    "url": _put_text("url", "original"),
    "device": _put_text("device", "id"),
}


def placed(**names: str) -> Fill:
    """A filler: for each of `_PUT` the names of EventData that may hold it, the best first (`#2`: the second unnamed)."""
    table = [
        (order, _PUT[what], name, int(name[1:]) if name[0] == "#" else 0)
        for order, (what, fields) in enumerate(names.items())
        for name in fields.split()
    ]

    def fill(event: Event, data: Fields) -> None:
        filled = -1
        for order, put, name, place in table:
            if order != filled and (place or name in data):
                value = unnamed(data, place) if place else text(data, name)
                if value is not None:
                    put(event, value)
                    filled = order

    return fill


def both(*fills: Fill) -> Fill:
    """One filler after the other."""

    def fill(event: Event, data: Fields) -> None:
        for one in fills:
            one(event, data)

    return fill


def by_writer(event: Event, data: Fields) -> None:
    """`user` is whom the System part names: who was logged on to the program that wrote the event."""
    user = event["winlog"].get("user")
    if type(user) is dict and (sid := text(user, "identifier")) is not None:
        event.setdefault("user", {})["id"] = sid
