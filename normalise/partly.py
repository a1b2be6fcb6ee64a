"""How a parser says that it did not understand all of a record; drift counts it by source (`vagt.source.partly`)."""

from vagt.contracts.event import Event


def partly(event: Event, what: str) -> None:
    """Say in `vagt.source.partly` what of the record was not understood: `message 305099`, `event type quic`.

    `what` names a kind of message and holds nothing that differs from record to record: it is counted by its text.
    """
    event.setdefault("vagt", {}).setdefault("source", {})["partly"] = what
