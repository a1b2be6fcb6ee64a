"""Unbound: queries, replies, local zones, response policy zones, failures."""
