"""Cisco ASA (and FWSM and PIX, which share the format): `%ASA-level-number` messages over syslog."""
