"""A source's records to events in tests, and its samples with something wrong in them: shorter names for `mutations`."""

from hypothesis import strategies as st

from normalise.source import Source
from tests.normalise.mutations import mutated
from tests.normalise.mutations import only as reader
from tests.normalise.mutations import parse_with as events
from tests.normalise.mutations import sample_lines as samples

__all__ = ["damaged", "events", "reader", "samples"]


def damaged(source: Source) -> st.SearchStrategy[bytes]:
    """Samples that are cut, doubled, or have bytes in them that do not belong there."""
    return mutated(samples(source))
