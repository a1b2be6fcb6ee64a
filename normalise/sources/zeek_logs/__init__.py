"""Zeek (and Corelight): all logs, as JSON or TSV; the same record gives the same event."""
