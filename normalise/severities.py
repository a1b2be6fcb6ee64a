"""Severities in words as numbers, the higher the worse."""

SEVERITIES = {"informational": 1, "info": 1, "low": 2, "medium": 3, "high": 4, "critical": 5}
