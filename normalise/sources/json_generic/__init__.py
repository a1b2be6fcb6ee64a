"""JSON of any program that has no source of its own."""
