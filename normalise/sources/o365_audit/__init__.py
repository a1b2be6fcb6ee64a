"""Microsoft 365's unified audit log, as the Office 365 Management Activity API gives it."""
