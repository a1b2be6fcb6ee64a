"""What the firewalls that stand on FreeBSD's pf share (pfSense, OPNsense): the filter log, and the programs beside it."""
