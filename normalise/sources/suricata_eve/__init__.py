"""Suricata's EVE JSON: alerts, flows and the protocols that Suricata decodes."""
