"""WatchGuard Firebox (Fireware 11 and 12): traffic, proxies, inspection, logins, VPN and administration by syslog."""
