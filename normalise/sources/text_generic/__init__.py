"""Any text that no other source recognises: the last resort."""
