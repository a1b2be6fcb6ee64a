"""The audit log of Linux: records of auditd, audisp, kernel and journal, and Laurel's JSON; one event a serial number."""
