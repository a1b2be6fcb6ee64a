"""Netgate pfSense CE and Plus: the filter log, logins to the web pages, and the services on the firewall."""
