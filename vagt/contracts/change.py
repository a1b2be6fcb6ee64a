"""`Change`: one change of state as it goes to `incidents`, `deliveries` and `audit`: who, when, before, after. JSON."""

from collections.abc import Mapping
from typing import Any, TypedDict

import orjson

from vagt.contracts.stage import Message


class Change(TypedDict):
    """`id` is unique; `kind` e.g. `incident`, `delivery`, `key`, `access`, `settings`; `subject` the id of what changed.

    `at` is ISO 8601 UTC; `actor` a person's or key's name, or a stage's; `action` a verb in the past (`opened`, `delivered`).
    `before` and `after` hold the changed thing, None where there was or is none. An access has `purpose`, and its query in
    `after`.
    """

    id: str
    kind: str
    subject: str
    tenant: str
    at: str
    actor: str
    action: str
    purpose: str | None
    before: Mapping[str, Any] | None
    after: Mapping[str, Any] | None


def change_message(topic: str, change: Change) -> Message:
    """The record of `change`, keyed by its subject so that changes of one thing stay in order."""
    return Message(topic, change["subject"].encode(), orjson.dumps(change), {"id": change["id"], "tenant": change["tenant"]})
