"""A site of production size on one machine: real Kafka, Elasticsearch and PostgreSQL, `vagt run` with all workers."""

import itertools
import shutil
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from store.queries import ArchiveSearch
from tests.pipeline.conftest import Pipeline
from tests.pipeline.test_kill import SCOPE, auth_line, ids_on_bus, rules
from tests.servers.elasticsearch_node import Node, elasticsearch_node
from tests.servers.kafka_brokers import Brokers, kafka_brokers
from tests.servers.postgres_cluster import Cluster, postgres_cluster
from vagt.cli.setup import make_context
from vagt.contracts.search import EventQuery, FindingQuery
from vagt.settings import load_settings
from vagt.tenants import municipalities

STREAM = "logs-linux-{tenant}"
Signature = tuple[str, str, str, str]


@dataclass
class Servers:
    """What the drills share and break; each drill has a municipality and a database of its own."""

    folder: Path
    brokers: Brokers
    node: Node
    postgres: Cluster
    tenants: Iterator[str]


@contextmanager
def servers(folder: Path, brokers: int = 1) -> Iterator[Servers]:
    """Started, and ended afterwards."""
    folder.mkdir(parents=True, exist_ok=True)
    with (
        kafka_brokers(folder / "kafka", brokers) as kafka,
        elasticsearch_node(folder / "elasticsearch") as node,
        postgres_cluster() as postgres,
    ):
        yield Servers(folder, kafka, node, postgres, iter(sorted(municipalities())))


class Site(Pipeline):
    """`vagt run` on the servers, reading one growing file of one municipality."""

    def __init__(
        self,
        folder: Path,
        shared: Servers,
        settings: Mapping[str, Any] | None = None,
        kafka: Mapping[str, Any] | None = None,
    ) -> None:
        """`settings` replace sections, `kafka` settings of `bus.kafka`."""
        self.shared = shared
        self.tenant = next(shared.tenants)
        self.logs = folder / "auth.log"
        self.logs.touch()
        self.numbers = itertools.count()
        self.written = 0
        shared.brokers.empty()
        shared.postgres.create(f"drill_{self.tenant}")
        self.copies = len(shared.brokers.brokers)
        super().__init__(folder, self._settings(folder, settings or {}, kafka or {}))
        prepared = self.vagt("elastic", "setup", "--no-roles")
        assert prepared.returncode == 0, prepared.stderr

    def _settings(self, folder: Path, more: Mapping[str, Any], other: Mapping[str, Any]) -> dict[str, Any]:
        kafka = {"replication": self.copies, "min_insync": min(self.copies, 2), "request_timeout_seconds": 5}
        kafka = {**kafka, "poll_interval_seconds": 15, **other}
        bus = self.shared.brokers.settings("auto", **kafka).model_dump(mode="json")
        return {
            "unit": {"municipalities": [self.tenant]},
            "bus": {**bus, "partitions": 4},
            "state": self.shared.postgres.settings(f"drill_{self.tenant}"),
            "elasticsearch": {"urls": [self.shared.node.url], "replicas": 0},
            # a stage that stands still for minutes lets the others run ahead of it by more than the usual five
            "detections": {**rules(folder), "lateness_seconds": 7200},
            "ingest": {
                "syslog": [],
                "http": {"enabled": False},
                "journal": {"enabled": False},
                "files": [{"patterns": [str(self.logs)], "tenant": self.tenant, "source": "linux.auth"}],
            },
            **more,
        }

    def write(self, count: int) -> None:
        """Append the next `count` lines to the file."""
        with self.logs.open("a") as file:
            file.writelines(auth_line(number) + "\n" for number in itertools.islice(self.numbers, count))
        self.written += count

    def wait_for_events(self, seconds: float = 180) -> None:
        """Until every line written is on `events`, everything is drained, and Elasticsearch has as many documents."""
        bus = self.bus()
        self.wait_for(lambda: sum(bus.next_offsets("events").values()) >= self.written, seconds, f"{self.written} events")
        bus.close()
        self.wait_until_drained(seconds)
        self.wait_for(lambda: len(self.searchable()) >= self.written, seconds, "all events to be searchable")

    def searchable(self) -> Counter[str]:
        """Ids of this municipality's events over all backing indices, and how often each is there."""
        return ids_of(self.shared.node.client(), STREAM.format(tenant=self.tenant))

    def archived(self) -> list[Mapping[str, Any]]:
        """All events in the archive."""
        context = make_context(load_settings(self.config, {}))
        try:
            return list(all_of(ArchiveSearch(context), "events"))
        finally:
            context.state.close()

    def check(self) -> "Counts":
        """Every line once in the archive and in Elasticsearch, every finding once, the same as without a drill."""
        context = make_context(load_settings(self.config, {}))
        search = ArchiveSearch(context)
        events = list(all_of(search, "events"))
        archived = Counter(event["event"]["id"] for event in events)
        numbers = Counter(event["process"]["pid"] for event in events)
        found = list(all_of(search, "findings"))
        searchable = self.searchable()
        alerts = ids_of(self.shared.node.client(), f"alerts-vagt-{self.tenant}")
        findings = Counter(finding["event"]["id"] for finding in found)
        assert numbers.keys() == set(range(1, self.written + 1)), "lines that are no event"
        assert set(numbers.values()) == {1} and set(archived.values()) == {1}, "events that stand twice in the archive"
        assert searchable == archived, "Elasticsearch holds other events than the archive, or one twice"
        with closing(self.bus()) as bus:
            assert findings.keys() == ids_on_bus(bus, "findings") and set(findings.values()) == {1}
        assert alerts == findings
        verified = self.vagt("evidence", "verify")
        assert verified.returncode == 0, verified.stdout
        context.state.close()
        return Counts(self.written, len(archived), len(searchable), len(findings), Counter(map(signature, found)))


@dataclass(frozen=True)
class Counts:
    """What a drill came to. `signatures`: rule, entity, begin and end of every finding."""

    lines: int
    archived: int
    searchable: int
    findings: int
    signatures: Counter[Signature]


def signature(finding: Mapping[str, Any]) -> Signature:
    """What is the same of a finding whatever happened on the way."""
    event = finding["event"]
    return finding["rule"]["id"], finding["vagt"]["finding"]["entity"], event["start"], event["end"]


def undisturbed(folder: Path, lines: int) -> Counter[Signature]:
    """The findings of the same lines, from the embedded pipeline that nobody disturbs."""
    folder.mkdir()
    logs = folder / "auth.log"
    logs.write_text("".join(auth_line(number) + "\n" for number in range(lines)))
    pipeline = Pipeline(folder, {"detections": {**rules(folder), "lateness_seconds": 7200}})
    done = pipeline.vagt("replay", str(logs), "--tenant", "751", "--source", "linux.auth")
    assert done.returncode == 0, done.stderr
    context = make_context(load_settings(pipeline.config, {}))
    found = Counter(signature(finding) for finding in all_of(ArchiveSearch(context), "findings"))
    context.state.close()
    shutil.rmtree(folder)
    return found


def all_of(search: ArchiveSearch, kind: str) -> Iterator[Mapping[str, Any]]:
    """All documents of the archive: `events` of linux.auth, or `findings`."""
    cursor = None
    while True:
        if kind == "events":
            page = search.search_events(SCOPE, EventQuery(dataset="linux.auth"), cursor, 1000)
        else:
            page = search.search_findings(SCOPE, FindingQuery(), cursor, 1000)
        assert page.problems == []
        yield from page.items
        cursor = page.cursor
        if cursor is None:
            return


def ids_of(client: httpx.Client, name: str) -> Counter[str]:
    """Ids of all documents of a stream, over all its backing indices, and how often each is there. Closes the client."""
    found: Counter[str] = Counter()
    with client:
        client.post(f"/{name}/_refresh", params={"ignore_unavailable": "true"})
        answer = client.post(
            f"/{name}/_search",
            params={"scroll": "1m", "ignore_unavailable": "true"},
            json={"size": 10_000, "sort": ["_doc"], "_source": False},
        )
        while answer.is_success and answer.json()["hits"]["hits"]:
            found.update(hit["_id"] for hit in answer.json()["hits"]["hits"])
            answer = client.post("/_search/scroll", json={"scroll": "1m", "scroll_id": answer.json()["_scroll_id"]})
    return found
