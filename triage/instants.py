"""Instants as the tables hold them: milliseconds since 1970, which sort and compare alike on every database."""

from datetime import UTC, datetime, timedelta

from vagt.clock import from_iso, to_iso

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)


def to_ms(moment: datetime) -> int:
    """Milliseconds since 1970 of an aware datetime."""
    return (moment - _EPOCH) // _MILLISECOND


def ms_of_iso(text: str) -> int:
    """Milliseconds since 1970 of ISO 8601 text. Raises ValueError."""
    return to_ms(from_iso(text))


def iso_of(milliseconds: int) -> str:
    """ISO 8601 of milliseconds since 1970."""
    return to_iso(_EPOCH + timedelta(milliseconds=milliseconds))


def iso_or_none(milliseconds: int | None) -> str | None:
    """ISO 8601, or None for None."""
    return None if milliseconds is None else iso_of(milliseconds)
