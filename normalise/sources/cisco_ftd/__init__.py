"""Cisco Secure Firewall Threat Defense (FTD) and its management centre (FMC): `%FTD-level-number` messages over syslog."""
