"""What normalise shows of its enrichment: how many rows each table has, and whether a file cannot be used."""

from prometheus_client import Gauge

ENRICHMENT_FAILED = Gauge(
    "vagt_enrichment_failed", "1 while a file of the enrichment cannot be used", ("table",), multiprocess_mode="max"
)
ENRICHMENT_ROWS = Gauge(
    "vagt_enrichment_rows", "Rows of a table of the enrichment that are in use", ("table",), multiprocess_mode="mostrecent"
)
ENRICHMENT_SKIPPED = Gauge(
    "vagt_enrichment_skipped_rows", "Rows of a table that cannot be used", ("table",), multiprocess_mode="mostrecent"
)
