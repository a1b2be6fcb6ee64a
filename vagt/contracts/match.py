"""`Match`: one event that a rule feeding a correlation holds for, or a mark of what was decided. JSON on `matches`."""

from typing import NotRequired, TypedDict


class Match(TypedDict):
    """`kind` is `match`, `fired`, `closed` or `clock`. `time` and `received` are milliseconds since 1970 (event time; receipt).

    `rule` is the rule that matched the event (or the correlation that crossed with it), `correlation` the one that counts it.
    `group` is the group key's values in the order of the correlation's group-by, joined with U+001F; `value` the value that is
    counted, or the number that is measured, as text; `source` the event's dataset; `event` the event's id. `fields`: what the
    finding shows of it. `onward`: [group, value] for each correlation that counts this one, by `inner>outer` (ids).
    `shadow` (only where true): the rule, or the correlation of a mark, was in shadow for the municipality.

    The mark `fired` says that the group crossed with `event`, `closed` that its matches up to `time` were decided. Of a mark
    `position` is the offset of the record that decided, `received` when the bus took that record. A `clock` says nothing but
    that time has passed: it lets windows close where no more matches come.
    """

    kind: str
    rule: str
    correlation: str
    tenant: str
    source: str
    group: str
    event: str
    time: int
    received: int
    value: str | None
    fields: dict[str, object]
    shadow: NotRequired[bool]
    onward: NotRequired[dict[str, list[str | None]]]
    position: NotRequired[int]
