"""Enrichment: an event in, the same event with what the unit knows of its addresses, hosts, users, names and programs."""
