"""A source's records to events in tests: shorter names for `mutations`."""

from tests.normalise.mutations import only as reader
from tests.normalise.mutations import parse_with as events
from tests.normalise.mutations import sample_lines as samples

__all__ = ["events", "reader", "samples"]
