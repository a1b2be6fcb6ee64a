"""Golden documents in streams of tenants of one's own, and findings and incidents made as the stages make them."""

import json
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import orjson

from normalise.registry import sources
from store.elastic.connection import Connection
from store.elastic.roles import roles
from store.elastic.setup_parts import COMPONENT, INDEX, ROLE, Part
from store.elastic.streams import ALERTS_DATASET, Streams, findings_stream
from store.elastic.templates import component_templates, index_templates
from tests.servers.elasticsearch_node import ADMIN, ADMIN_PASSWORD, Node
from vagt.attack import threat_for
from vagt.contracts.event import Event
from vagt.contracts.finding import Controls, FindingInput, RuleInfo, make_finding
from vagt.settings import Settings
from vagt.settings.elasticsearch import ElasticsearchSettings

ROOT = Path(__file__).resolve().parents[3]
GOLDEN = sorted((ROOT / "normalise" / "sources").glob("*/samples/*.expected.json"))
DATASETS = sorted(source for source in sources() if any(source.replace(".", "_") == path.parent.parent.name for path in GOLDEN))


def settings_of(node: Node, folder: Path, **more: Any) -> Settings:
    """Settings with which an administrator reaches `node`."""
    password = folder / "password"
    password.write_text(ADMIN_PASSWORD)
    own = ElasticsearchSettings(urls=(node.url,), ca_file=node.ca, user=ADMIN, password_file=password, **more)
    return Settings().model_copy(update={"elasticsearch": own})


def put_for(connection: Connection, settings: Settings, tenants: Sequence[str]) -> None:
    """What these tenants need, under names of their own: what other tests have put for theirs stays."""
    parts = [Part(COMPONENT, name, body) for name, body in component_templates(settings).items()]
    parts += [Part(INDEX, f"{name}-{tenants[0]}", body) for name, body in index_templates(settings, tenants).items()]
    parts += [Part(ROLE, f"{name}-{tenants[0]}", body) for name, body in roles(tenants).items()]
    for part in parts:
        connection.ask("PUT", part.path, part.marked())


def golden(dataset: str, tenant: str) -> list[Event]:
    """All golden documents of a dataset as this tenant's, in the stream where they belong."""
    folder = dataset.replace(".", "_")
    events: list[Event] = [
        event for path in GOLDEN if path.parent.parent.name == folder for event in orjson.loads(path.read_bytes())
    ]
    stream = Streams(ElasticsearchSettings().own_streams).dataset_of(dataset)
    for event in events:
        event["organization"]["id"] = tenant
        event["data_stream"] = {"type": "logs", "dataset": stream, "namespace": tenant}
    return events


def stream_of(document: Event) -> str:
    """The stream's name, from the document."""
    of = document["data_stream"]
    return f"{of['type']}-{of['dataset']}-{of['namespace']}"


def finding_of(event: Event, number: int) -> Event:
    """The finding that a rule makes of an event."""
    tenant = event["organization"]["id"]
    rule = RuleInfo(f"rule-{number}", "A rule", "high", tags=("attack.t1110.001", "attack.credential_access"), author="vagt")
    facts = FindingInput(
        id=f"{event['event']['id']}-{number}",
        tenant=tenant,
        tenant_name="Municipality",
        entity="user:root",
        created="2026-11-22T12:00:02.000Z",
        start=event["@timestamp"],
        end=event["@timestamp"],
        event_ids=[event["event"]["id"]],
        event=event,
        matched_fields={"event.code": event["event"].get("code"), "process.args": ["a", "b"], "source.port": 22},
    )
    finding = make_finding(facts, rule, lambda tags: Controls(("nis2-21-2-b",), "1"), threat_for)
    assert stream_of(finding) == findings_stream(tenant) and finding["data_stream"]["dataset"] == ALERTS_DATASET
    return finding


def create(connection: Connection, documents: Iterable[Event], index: str | None = None) -> list[Any]:
    """Write by bulk create; gives the errors."""
    lines: list[bytes] = []
    for document in documents:
        action = {"create": {"_index": index or stream_of(document), "_id": document["event"]["id"]}}
        lines += [orjson.dumps(action), json.dumps(document).encode()]  # which knows integers of any size
    answer = connection.ask("POST", "/_bulk", b"\n".join(lines) + b"\n", params={"refresh": "true"})
    return [one["create"]["error"] for one in answer["items"] if "error" in one["create"]]


def hits(connection: Connection, expression: str, query: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """All that match."""
    body = {"query": query, "size": 5000, "track_total_hits": True}
    yield from connection.ask("POST", f"/{expression}/_search", body)["hits"]["hits"]
