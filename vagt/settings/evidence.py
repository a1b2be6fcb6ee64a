"""Settings of the room `evidence`."""

from pydantic import Field

from vagt.settings.section import Section


class EvidenceSettings(Section):
    """`head_entries`, `head_seconds`: a signed head is written after so many entries, and after so long where any is new.

    `keep_days`: how long the ledger keeps whole records (13 months after CFCS's advice on logs); their digests stay.
    """

    head_entries: int = Field(default=500, ge=1, le=100_000)
    head_seconds: float = Field(default=60.0, gt=0)
    keep_days: int = Field(default=396, ge=1)
