"""Declared sources: a short YAML instead of a parser, compiled once to what runs per record (no eval, linear time)."""
