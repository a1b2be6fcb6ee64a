"""`Match`: one event that a rule feeding a correlation holds for; and the `fired` mark. JSON on the topic `matches`."""

from typing import TypedDict


class Match(TypedDict):
    """`kind` is `match` or `fired`. `time` and `received` are milliseconds since 1970 (event time; time of receipt).

    `rule` is the rule that the event matched, `correlation` the one that counts it. `group` is the group key's values in
    the order of the correlation's group-by, joined with U+001F; `value` the counted value of a `value_count`; `source` the
    event's dataset; `event` the event's id (a `fired` mark: the crossing event's). `fields`: what the finding shows of it.
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
