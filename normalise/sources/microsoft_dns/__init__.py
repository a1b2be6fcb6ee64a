"""DNS Server of Windows: debug log, and its analytic and audit events."""
