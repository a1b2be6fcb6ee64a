"""Elasticsearch: what it is set up with, how it is written, how it is searched."""
