"""What Beats, Logstash, Fluent Bit and Vector ask an Elasticsearch before they send: answered, so that they begin.

Templates, policies and pipelines are acknowledged and not kept: vagt maps fields itself. Asked for one, the answer says
that it exists, so that shippers need not load it.
"""

import re
from typing import Any

PRODUCT = {"X-Elastic-Product": "Elasticsearch"}
_CLUSTER = "vagt"
_UUID = "dmFndC1pbmdlc3Qtbm9kZQ"
_NAMED = re.compile(
    r"/(_ilm/policy|_index_template|_template|_component_template|_data_stream|_ingest/pipeline|_alias)/([^/]+)"
)


def cluster_info(version: str) -> dict[str, Any]:
    """`GET /`."""
    major = int(version.partition(".")[0])
    return {
        "name": "vagt",
        "cluster_name": _CLUSTER,
        "cluster_uuid": _UUID,
        "version": {
            "number": version,
            "build_flavor": "default",
            "build_type": "tar",
            "build_hash": "0" * 40,
            "build_date": "2026-01-01T00:00:00.000Z",
            "build_snapshot": False,
            "lucene_version": "10.3.0",
            "minimum_wire_compatibility_version": f"{major - 1}.19.0",
            "minimum_index_compatibility_version": f"{major - 1}.0.0",
        },
        "tagline": "You Know, for Search",
    }


_LICENSE = {"status": "active", "uid": "00000000-0000-4000-8000-000000000000", "type": "basic", "mode": "basic"}
_FIXED: dict[str, dict[str, Any]] = {
    "/_license": {"license": _LICENSE},
    "/_xpack": {"build": {}, "license": _LICENSE, "features": {"ilm": {"available": True, "enabled": True}}},
    "/_cluster/health": {"cluster_name": _CLUSTER, "status": "green", "timed_out": False, "number_of_nodes": 1},
    "/_nodes/http": {"cluster_name": _CLUSTER, "nodes": {}},
    "/_nodes": {"cluster_name": _CLUSTER, "nodes": {}},
}


def answer(method: str, path: str, version: str) -> dict[str, Any] | None:
    """The JSON answer to one of a shipper's first questions, None for a path that none of them asks."""
    path = path.rstrip("/")
    if not path:
        return cluster_info(version) if method in ("GET", "HEAD") else None
    if path in _FIXED:
        return _FIXED[path] if method in ("GET", "HEAD") else None
    named = _NAMED.fullmatch(path)
    if named:
        return {"acknowledged": True} if method in ("PUT", "POST") else _exists(named[1], named[2])
    if path.startswith("/_cat/"):
        return {}
    if path.count("/") == 1 and not path.startswith("/_"):  # Logstash asks for its index, and makes it
        return {"acknowledged": True, "index": path[1:]}
    return None


def _exists(kind: str, name: str) -> dict[str, Any]:
    if kind == "_index_template":
        return {"index_templates": [{"name": name, "index_template": {"index_patterns": [f"{name}*"]}}]}
    if kind == "_data_stream":
        return {"data_streams": [{"name": name, "status": "GREEN"}]}
    return {name: {"version": 1, "policy": {"phases": {}}} if kind == "_ilm/policy" else {}}
