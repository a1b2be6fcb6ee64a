"""When an event happened, for windows and periods: its own time, or that of receipt where its clock cannot be trusted."""

from datetime import UTC, datetime

from vagt.clock import from_iso, to_iso
from vagt.contracts.event import Event

AHEAD = 86_400_000  # an event more than a day in the future has a wrong clock
_DAMAGED = 0


def milliseconds(text: object) -> int | None:
    """Milliseconds since 1970 of an ISO 8601 time; None for what is none."""
    if type(text) is not str:
        return None
    try:
        return round(from_iso(text).timestamp() * 1000)
    except (ValueError, OverflowError):
        return None


def received_at(event: Event) -> int:
    """When the event was received (`event.created`), else its own time; milliseconds since 1970."""
    inner = event.get("event")
    created = milliseconds(inner.get("created")) if isinstance(inner, dict) else None
    return created if created is not None else milliseconds(event.get("@timestamp")) or _DAMAGED


def happened_at(event: Event) -> int:
    """The event's time; that of receipt where `vagt.clock_skewed` is set or its own lies more than a day ahead of it."""
    received = received_at(event)
    own = milliseconds(event.get("@timestamp"))
    ours = event.get("vagt")
    skewed = isinstance(ours, dict) and ours.get("clock_skewed") is True
    return received if own is None or skewed or own > received + AHEAD else own


def iso(moment: int) -> str:
    """Milliseconds since 1970 as ISO 8601, UTC."""
    return to_iso(datetime.fromtimestamp(moment / 1000, UTC))
