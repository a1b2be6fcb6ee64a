"""Infoblox NIOS: DNS, DHCP, audit log, threat protection."""
