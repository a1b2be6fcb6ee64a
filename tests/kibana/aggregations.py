"""What a Lens layer asks of Elasticsearch: its columns as nested aggregations, buckets in their order and metrics in the
innermost, as Kibana nests them (a terms column that is ordered by a metric has it beside its buckets too)."""

from typing import Any

from tests.kibana.drawn import RECORDS
from tests.kibana.shapes import Column, DateHistogram, Filters, Layer, Metric, Terms

Body = dict[str, Any]
_OPERATIONS = {"unique_count": "cardinality", "sum": "sum", "min": "min", "max": "max"}
_INTERVALS = {"auto": "1d", "1m": "1m"}  # Kibana chooses the first by the time that is looked at


def kql(text: str) -> Body:
    """The query; an empty one matches all, as in Kibana."""
    return {"kql": {"query": text}} if text else {"match_all": {}}


def request(query: str, layer: Layer) -> Body:
    """The body of the search."""
    columns = {name: layer.columns[name] for name in layer.columnOrder}
    metrics = {name: _metric(column) for name, column in columns.items() if isinstance(column, Metric)}
    inner = metrics
    for name, column in reversed(columns.items()):
        if not isinstance(column, Metric):
            inner = {name: _bucket(column, columns) | {"aggs": metrics | inner}}
    return {"size": 0, "track_total_hits": True, "query": kql(query), "aggs": inner}


def _metric(column: Metric) -> Body:
    if column.operationType == "count":
        agg: Body = {"value_count": {"field": "_index" if column.sourceField == RECORDS else column.sourceField}}
    else:
        agg = {_OPERATIONS[column.operationType]: {"field": column.sourceField}}
    return agg if column.filter is None else {"filter": kql(column.filter.query), "aggs": {"filtered": agg}}


def _bucket(column: Column, columns: dict[str, Column]) -> Body:
    if isinstance(column, Filters):
        return {"filters": {"filters": {one.label: kql(one.input.query) for one in column.params.filters}}}
    if isinstance(column, DateHistogram):
        interval = _INTERVALS[column.params.interval]
        return {"date_histogram": {"field": column.sourceField, "fixed_interval": interval, "min_doc_count": 1}}
    assert isinstance(column, Terms)
    by = columns[column.params.orderBy.columnId]
    path = "_count" if by.operationType == "count" else column.params.orderBy.columnId
    terms: Body = {"field": column.sourceField, "size": column.params.size, "order": {path: column.params.orderDirection}}
    if column.params.missingBucket:
        terms["missing"] = "__missing__"
    return {"terms": terms}
