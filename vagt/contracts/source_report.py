"""`SourceReport`: what normalise saw of one sender in one batch; JSON on `source_reports`. The register lives on these."""

from typing import NotRequired, TypedDict


class SourceReport(TypedDict):
    """`host` is the device or host that the events name, else the peer. Times are ISO 8601 UTC, of the batch's latest log.

    `events` and `dead` count the batch; `bytes` its bodies; `skew_seconds` is how far the latest event's time is from the
    latest live receipt (a backlog ends in the present, a wrong clock does not), None where no log came live.
    `partly`: events of which not all was understood, by what; `fields`: in how many of the `sampled` events each field stood.
    """

    tenant: str
    source: str
    host: str
    events: int
    dead: int
    bytes: int
    last_event: str
    last_received: str
    skew_seconds: float | None
    partly: NotRequired[dict[str, int]]
    sampled: NotRequired[int]
    fields: NotRequired[dict[str, int]]
