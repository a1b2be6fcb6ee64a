"""The HTTP API and the console page: keys, roles, tenant isolation, purposes and the access log."""
