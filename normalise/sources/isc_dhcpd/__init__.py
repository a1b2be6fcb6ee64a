"""ISC dhcpd: the messages of DHCPv4 and DHCPv6, leases, refusals, failover."""
