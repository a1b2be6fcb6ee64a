"""SonicWall firewalls (SonicOS 5 to 8) and SMA: default and enhanced syslog, key=value, and ArcSight CEF."""
