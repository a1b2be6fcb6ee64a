"""Cisco IOS, IOS XE, IOS XR and wireless controllers: `%FACILITY-severity-MNEMONIC` messages over syslog."""
