"""Palo Alto Networks PAN-OS (9.x to 12.x) and Panorama: all log types in the default syslog format (CSV)."""
