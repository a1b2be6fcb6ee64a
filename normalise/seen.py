"""What of a batch's events was understood, and which fields they have: the part of a source report that tells drift."""

from collections.abc import Iterator
from typing import Any

from vagt.contracts.event import Event
from vagt.contracts.source_report import SourceReport

_MOST_KINDS = 20  # of what was not understood, in one batch
_MOST_FIELDS = 400
_LONGEST_NAME = 128
_OTHER = "(others)"


class Seen:
    """Counts by name, bounded."""

    __slots__ = ("_fields", "_partly", "_sampled")

    def __init__(self) -> None:
        self._partly: dict[str, int] = {}
        self._fields: dict[str, int] = {}
        self._sampled = 0

    def add(self, event: Event, *, is_sample: bool) -> None:
        """Count what the parser or the types say was not understood; of a sample the fields too."""
        if "vagt" in event and (what := _not_understood(event["vagt"])):
            _count(self._partly, what, _MOST_KINDS)
        if is_sample:
            self._sampled += 1
            for name in field_names(event):
                _count(self._fields, name, _MOST_FIELDS)

    def put_in(self, report: SourceReport) -> None:
        """Add to the report what there is."""
        if self._partly:
            report["partly"] = self._partly
        if self._sampled:
            report["sampled"] = self._sampled
            report["fields"] = self._fields


def _count(counts: dict[str, int], name: str, most: int) -> None:
    name = name[:_LONGEST_NAME]
    if name not in counts and len(counts) >= most:
        name = _OTHER
    counts[name] = counts.get(name, 0) + 1


def _not_understood(ours: dict[str, Any]) -> str | None:
    """What `partly` said, else the first field whose value did not fit its type."""
    if "source" in ours and (what := ours["source"].get("partly")):
        return str(what)
    if unmapped := ours.get("unmapped"):
        return f"value of {next(iter(unmapped))}"
    return None


def field_names(event: Event, prefix: str = "") -> Iterator[str]:
    """The dotted names of all values; what lies in a list has the list's name."""
    for key, value in event.items():
        if value.__class__ is dict:
            yield from field_names(value, f"{prefix}{key}.")
        else:
            yield prefix + key
