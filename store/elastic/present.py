"""Which of some documents are in Elasticsearch already, in whatever backing index of their streams."""

from collections.abc import Sequence

from store.elastic.connection import Connection

_IDS_AT_ONCE = 1000


def present_ids(connection: Connection, streams: frozenset[str], ids: Sequence[str]) -> set[str]:
    """Those of `ids` that any backing index of `streams` holds. Raises DependencyError, also where a shard cannot answer:
    what is not known to be missing must not be written."""
    target = ",".join(sorted(streams))
    lenient = {"ignore_unavailable": "true", "allow_no_indices": "true"}
    connection.ask("POST", f"/{target}/_refresh", params=lenient)  # what was written just before is found only then
    found: set[str] = set()
    for start in range(0, len(ids), _IDS_AT_ONCE):
        some = list(ids[start : start + _IDS_AT_ONCE])
        body = {"query": {"ids": {"values": some}}, "size": 2 * len(some), "_source": False, "track_total_hits": False}
        params = lenient | {"allow_partial_search_results": "false", "filter_path": "hits.hits._id"}
        answer = connection.ask("POST", f"/{target}/_search", body, params=params)
        found.update(hit["_id"] for hit in answer.get("hits", {}).get("hits", ()))
    return found
