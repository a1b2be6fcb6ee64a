"""`Match` as a record of the topic `matches`: what is shown of the event stands last, so that counting need not read it."""

import orjson

from vagt.contracts.match import Match

_SHOWN = b',"fields":'  # no text in JSON holds this: its quotes would be escaped


def encoded(match: Match) -> bytes:
    """The record's value."""
    shown = match["fields"]
    return orjson.dumps({name: value for name, value in match.items() if name != "fields"} | {"fields": shown})


def whole(value: bytes) -> Match:
    """All of it."""
    match: Match = orjson.loads(value)
    return match


def counted(value: bytes) -> Match:
    """All but what a finding shows of the event: `fields` is absent."""
    end = value.find(_SHOWN)
    match: Match = orjson.loads(value if end < 0 else value[:end] + b"}")
    return match
