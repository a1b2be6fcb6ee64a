"""What travels between the rooms: raw logs, events, matches, findings, and what a stage is."""
