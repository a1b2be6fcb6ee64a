"""Entra ID's audit log: changes to users, groups, roles, applications, policies."""
