"""Windows Event Log, as Winlogbeat, NXLog, Fluent Bit or an EVTX reader send it."""
