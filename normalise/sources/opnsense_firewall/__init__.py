"""OPNsense: the filter log, the audit log, and the services on the firewall."""
