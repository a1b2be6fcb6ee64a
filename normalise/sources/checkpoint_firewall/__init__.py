"""Check Point (R77 to R82): logs of all blades as Log Exporter, CPLogToSyslog, LEA clients and `fw log` write them."""
