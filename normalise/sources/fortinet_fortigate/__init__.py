"""FortiGate (FortiOS 6.x and 7.x): traffic, utm, event and anomaly logs in the default key=value format."""
