"""The archive: Parquet segments by tenant and day, found through a manifest, searched with DuckDB."""
