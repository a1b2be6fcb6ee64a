"""Juniper SRX and other devices with Junos: RFC 5424 structured data, `sd-syslog`, and plain RFC 3164 text."""
