"""Google Workspace's audit logs: admin, login, drive, token, groups and all other applications of the Reports API."""
