"""Cisco NX-OS (Nexus, MDS, and the switches of ACI): `%FACILITY-severity-MNEMONIC` messages over syslog."""
