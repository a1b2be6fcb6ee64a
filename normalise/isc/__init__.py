"""Lines of ISC's named and dhcpd, wherever they run: on a server of their own or in an appliance (Infoblox)."""
