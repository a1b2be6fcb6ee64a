"""BIND 9: queries, refusals, updates, transfers, response policy zones, validation."""
