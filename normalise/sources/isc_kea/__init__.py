"""ISC Kea: DHCPv4, DHCPv6, dynamic DNS, control agent, and its legal log."""
