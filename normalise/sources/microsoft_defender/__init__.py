"""Microsoft Defender XDR: incidents, alerts, and the events of advanced hunting."""
