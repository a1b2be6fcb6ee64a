"""Ruckus: SmartZone controllers, ZoneDirector and Unleashed by syslog."""
