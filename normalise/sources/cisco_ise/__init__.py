"""Cisco Identity Services Engine (ISE), and ACS before it: `CISE_*` messages over syslog."""
