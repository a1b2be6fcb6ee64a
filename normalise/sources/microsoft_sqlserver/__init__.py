"""Microsoft SQL Server: its error log, and SQL Server Audit files exported as JSON or CSV."""
