"""Spans of time as Sigma spells them: `90s`, `15m`, `1h`, `7d`."""

from datetime import timedelta

from sigma.correlations import SigmaCorrelationTimespan
from sigma.exceptions import SigmaTimespanError

from vagt.errors import RuleError


def timespan(text: object) -> timedelta:
    """The span. Raises RuleError."""
    try:
        return timedelta(seconds=SigmaCorrelationTimespan(str(text)).seconds)
    except SigmaTimespanError as error:
        raise RuleError(str(error)) from None
