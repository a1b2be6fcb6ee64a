"""DHCP Server of Windows: the audit log files of IPv4 and IPv6."""
