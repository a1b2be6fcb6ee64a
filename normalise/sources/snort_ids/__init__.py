"""Snort 2 and 3: alerts as fast, full, syslog, CSV and JSON (and Suricata's fast.log, which is of the same form)."""
