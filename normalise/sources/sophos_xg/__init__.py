"""Sophos Firewall (XG, SFOS 17 to 21): the device's standard syslog format and the Central Reporting Format, both key=value."""
