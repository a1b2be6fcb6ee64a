"""Aruba ClearPass Policy Manager: sessions, accounting, endpoints, audits and system events as key=value, CEF and LEEF."""
