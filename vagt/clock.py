"""Time: the clock that is passed in, and the one spelling of instants (ISO 8601, UTC, milliseconds or finer, `Z`)."""

from collections.abc import Callable
from datetime import UTC, datetime

Clock = Callable[[], datetime]  # gives an aware UTC datetime


def system_clock() -> datetime:
    """The machine's time, UTC."""
    return datetime.now(UTC)


def to_iso(moment: datetime) -> str:
    """`2026-11-22T10:15:30.123456Z`; `moment` is aware and in UTC. Whole seconds and milliseconds keep three digits."""
    text = moment.isoformat()
    if text[-6:] != "+00:00":
        return to_iso(moment.astimezone(UTC))
    if len(text) == 25:
        return f"{text[:19]}.000Z"
    return f"{text[:23]}Z" if text[23:26] == "000" else f"{text[:26]}Z"


def from_iso(text: str) -> datetime:
    """The aware UTC datetime that `text` (ISO 8601) names; no zone means UTC. Raises ValueError."""
    moment = datetime.fromisoformat(text)
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
