"""Ingest: logs in over syslog, HTTP, files and the journal; `raw.<tenant>.<source>` out; acknowledged once durable."""
