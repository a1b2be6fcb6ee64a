"""Stormshield Network Security (SNS 3 to 5): all audit logs (`l_filter`, `l_connection`, `l_alarm`, "
"`l_auth`, ...) by syslog, key=value."""
