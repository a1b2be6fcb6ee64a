"""Barracuda CloudGen Firewall (activity, threat and service logs) and Barracuda Web Application Firewall "
"(TR, WF, AUDIT, NF, SYS)."""
