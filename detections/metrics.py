"""What the detections count and show of their rules. Labels hold ids of rules, never log content."""

from prometheus_client import Counter, Gauge

VERSION = Gauge("vagt_rules_version", "Number of the rule set that a worker runs", ["stage"], multiprocess_mode="mostrecent")
RELOAD_FAILED = Gauge(
    "vagt_rules_reload_failed_timestamp_seconds",
    "Since when changed rules cannot be used and those before them stay; 0: the rules are the files'",
    ["stage"],
    multiprocess_mode="mostrecent",
)
RELOADS = Counter("vagt_rules_reloads_total", "Rule sets that a running worker has taken over", ["stage"])
_SHADOW_MATCHES = Counter("vagt_rules_shadow_matches_total", "Events that a rule in shadow has matched", ["rule"])

_MOST_SERIES = 1000
_known: set[str] = set()


def count_shadow_match(rule_id: str) -> None:
    """Beyond some hundreds of rules they are counted together."""
    if rule_id not in _known:
        if len(_known) >= _MOST_SERIES:
            rule_id = "other"
        _known.add(rule_id)
    _SHADOW_MATCHES.labels(rule_id).inc()
