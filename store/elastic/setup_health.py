"""What of Elasticsearch's own state an operator must act on: health, blocks, shards, streams that are not as the templates."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from elasticsearch import NotFoundError

from store.elastic.connection import Connection
from store.elastic.streams import events_of, findings_of, incidents_index

_FULL_ENOUGH = 0.8  # of the shards that the cluster allows
_SOME = {"ignore_unavailable": "true"}  # a tenant whose first document has not come has no streams
_FALLBACK = 1000  # cluster.max_shards_per_node where it is not told


class Problem(NamedTuple):
    """`what` it is about, and what is to be done."""

    what: str
    problem: str


def find_problems(connection: Connection, tenants: Sequence[str]) -> list[Problem]:
    """All of them, the gravest first."""
    expression = ",".join([events_of(tenants), findings_of(tenants), *(incidents_index(one) for one in sorted(tenants))])
    health = connection.ask("GET", "/_cluster/health")
    return [
        *_health(health),
        *_blocks(connection, expression),
        *_shards(connection, health),
        *_streams(connection, expression),
    ]


def _health(health: Mapping[str, Any]) -> Iterator[Problem]:
    status = health["status"]
    if status == "red":
        yield Problem("cluster", "red: a primary shard is away, its documents cannot be searched or written")
    elif status == "yellow":
        yield Problem("cluster", f"yellow: {health['unassigned_shards']} copies of shards have no node; a lost node loses data")


def _blocks(connection: Connection, expression: str) -> Iterator[Problem]:
    found = _ask(connection, "GET", f"/{expression}/_settings/index.blocks.*", flat_settings="true", **_SOME)
    for index, one in sorted(found.items()):
        for name, value in one["settings"].items():
            if value == "true":
                text = f"{name} is set: no document gets in; free disk space or take it off"
                yield Problem(index, text)


def _shards(connection: Connection, health: Mapping[str, Any]) -> Iterator[Problem]:
    params = {"include_defaults": "true", "filter_path": "*.cluster.max_shards_per_node"}
    told = connection.ask("GET", "/_cluster/settings", params=params)
    by_strength = [told[part]["cluster"] for part in ("transient", "persistent", "defaults") if part in told]
    each = int(by_strength[0]["max_shards_per_node"]) if by_strength else _FALLBACK
    allowed = each * int(health["number_of_data_nodes"])
    used = int(health["active_shards"]) + int(health["unassigned_shards"])
    if used >= _FULL_ENOUGH * allowed:
        text = f"{used} of {allowed} that cluster.max_shards_per_node allows: add a node, or shorten elasticsearch.own_streams"
        yield Problem("shards", text)


def _streams(connection: Connection, expression: str) -> Iterator[Problem]:
    """Streams that no template of ours makes, and those whose newest index is older than the templates."""
    for stream in _ask(connection, "GET", f"/_resolve/index/{expression}", **_SOME).get("data_streams", []):
        name, newest = stream["name"], stream["backing_indices"][-1]
        template = _ask(connection, "POST", f"/_index_template/_simulate_index/{name}").get("template", {})
        wanted = _mapping_hash(template)
        if wanted is None:
            yield Problem(name, "no template of ours makes this stream: run vagt elastic setup")
        elif _mapping_hash(_ask(connection, "GET", f"/{newest}/_mapping").get(newest, {})) != wanted:
            yield Problem(name, "is older than its templates, which hold from its next rollover on")


def _mapping_hash(holder: Mapping[str, Any]) -> str | None:
    found = holder.get("mappings", {}).get("_meta", {}).get("vagt_hash")
    return found if isinstance(found, str) else None


def _ask(connection: Connection, method: str, path: str, **params: str) -> Any:
    """Nothing for what is not there."""
    try:
        return connection.ask(method, path, params=params)
    except NotFoundError:
        return {}
