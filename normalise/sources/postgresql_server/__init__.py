"""PostgreSQL 9.5 to 18: server log as text (stderr, syslog), csvlog and jsonlog, with pgAudit."""
