"""Ubiquiti UniFi: access points, switches and gateways by syslog, UniFi Network and UniFi OS as CEF."""
