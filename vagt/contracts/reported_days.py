"""`ReportedDays`: which sources reported on which days, as `evidence` asks the register of `ingest`."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Protocol

from vagt.contracts.scope import Scope


class ReportedDays(Protocol):
    """Source -> the days (UTC, `2026-11-22`, in order) on which it reported, from `first` through `last`.

    `tenant` None: all that the scope sees.
    """

    def __call__(self, scope: Scope, tenant: str | None, first: date, last: date, /) -> Mapping[str, Sequence[str]]: ...
