"""Topic names, and how long each is kept. `raw.<tenant>.<source>` ends with the source id, `unknown` where none is named."""

import re
from datetime import timedelta
from functools import lru_cache

from vagt.errors import SettingsError

EVENTS = "events"
MATCHES = "matches"
FINDINGS = "findings"
INCIDENTS = "incidents"
DELIVERIES = "deliveries"
AUDIT = "audit"
INDICATORS = "indicators"
ADVISORIES = "advisories"
RULESETS = "rulesets"
DEAD = "dead"
SOURCE_REPORTS = "source_reports"  # see docs/decisions/0002
RAW_PATTERN = "raw.*"

_DAY = timedelta(days=1)
RETENTION: dict[str, timedelta | None] = {
    EVENTS: 7 * _DAY,
    MATCHES: 7 * _DAY,
    FINDINGS: 90 * _DAY,
    INCIDENTS: 90 * _DAY,
    DELIVERIES: 90 * _DAY,
    AUDIT: 90 * _DAY,
    DEAD: 7 * _DAY,
    SOURCE_REPORTS: 7 * _DAY,
    INDICATORS: None,
    ADVISORIES: None,
    RULESETS: None,
}
RAW_RETENTION = 7 * _DAY
COMPACTED = frozenset({INDICATORS, ADVISORIES, RULESETS})
MAX_RECORD_BYTES = 1 << 20  # the same on both buses; more becomes a dead letter with its first 64 KiB

_TENANT = re.compile(r"[a-z0-9_]{1,32}")
_SOURCE = re.compile(r"[a-z0-9_]{1,64}\.[a-z0-9_]{1,64}")


def is_tenant(name: str) -> bool:
    """Whether a tenant may be called so."""
    return _TENANT.fullmatch(name) is not None


def raw_topic(tenant: str, source: str | None) -> str:
    """`raw.751.fortinet.fortigate`, or `raw.751.unknown`. Raises SettingsError for names that no topic may have."""
    if not is_tenant(tenant):
        raise SettingsError(f"tenant {tenant!r} is not [a-z0-9_]{{1,32}}")
    if source is not None and not _SOURCE.fullmatch(source):
        raise SettingsError(f"source {source!r} is not vendor.product (lower case, digits and _, one dot)")
    return f"raw.{tenant}.{source or 'unknown'}"


@lru_cache(maxsize=65536)
def split_raw_topic(topic: str) -> tuple[str, str | None]:
    """(tenant, source or None) of a raw topic's name."""
    _, tenant, source = topic.split(".", 2)
    return tenant, None if source == "unknown" else source


def retention(topic: str) -> timedelta | None:
    """How long records of `topic` are kept; None: for ever (compacted: the latest of each key)."""
    return RAW_RETENTION if topic.startswith("raw.") else RETENTION[topic]
