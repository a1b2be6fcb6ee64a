"""Veeam Backup & Replication: its syslog events, by event id."""
