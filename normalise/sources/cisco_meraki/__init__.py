"""Cisco Meraki (MX, MR, MS, MG): flows, URLs, events, IDS alerts, security events and Air Marshal over syslog."""
