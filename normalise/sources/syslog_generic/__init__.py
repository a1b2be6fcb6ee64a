"""Any program's syslog: RFC 5424, RFC 3164, the files that rsyslog writes, and the systemd journal."""
