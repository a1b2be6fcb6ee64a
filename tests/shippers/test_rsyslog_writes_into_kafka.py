"""Debian's rsyslog, with the settings of `deploy/shippers/rsyslog.conf` and one municipality's client certificate, delivers
50,000 lines of an auth log; the whole pipeline makes 50,000 events of that municipality of them, in Elasticsearch and archive.

That the same certificate is refused on another municipality's topic: tests/bus_setup/test_who_may_do_what.py.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.drills.site import STREAM, Servers, Site, servers
from tests.servers.elasticsearch_node import Node
from tests.servers.rsyslog_kafka import OMKAFKA, rsyslog_to_kafka

pytestmark = [pytest.mark.servers, pytest.mark.debian("rsyslog-kafka", OMKAFKA)]
LINES = 50_000
TENANT, OTHER = "751", "101"


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    """All workers; nothing comes in but what shippers write into Kafka. `vagt kafka setup` has given them their rights."""
    with servers(tmp_path / "servers") as shared:
        mine = Servers(shared.folder, shared.brokers, shared.node, shared.postgres, iter([TENANT]))
        shippers = [{"tenant": one, "principal": f"shipper-{one}", "sources": ["linux.auth"]} for one in (TENANT, OTHER)]
        shut = {"syslog": [], "http": {"enabled": False}, "journal": {"enabled": False}, "own_logs": False}
        settings = {"unit": {"municipalities": [TENANT, OTHER]}, "ingest": shut}
        made = Site(tmp_path, mine, settings, {"services": {"all": "vagt"}, "shippers": shippers})
        prepared = made.vagt("kafka", "setup")
        assert prepared.returncode == 0, prepared.stderr
        made.start()
        yield made
        made.stop()


def test_50_000_lines_become_50_000_events_of_that_municipality(site: Site, tmp_path: Path) -> None:
    site.write(LINES)
    pem = site.shared.brokers.authority.issue(f"shipper-{TENANT}")
    folder = tmp_path / "rsyslog"
    folder.mkdir()
    with rsyslog_to_kafka(folder, site.logs, site.shared.brokers, pem, f"raw.{TENANT}.linux.auth"):
        site.wait_for_events()
    site.stop()
    counts = site.check()
    assert counts.archived == counts.searchable == LINES
    assert counts.findings > LINES // 100, "every hundredth line is a finding, and there are correlations"
    assert tenants_of_logs(site.shared.node) == {TENANT: LINES}
    assert not site.shared.node.client().get(f"/{STREAM.format(tenant=OTHER)}").is_success


def tenants_of_logs(node: Node) -> dict[str, int]:
    """How many documents each municipality has in all `logs-*` streams."""
    by_tenant: dict[str, Any] = {"terms": {"field": "organization.id", "size": 100}}
    with node.client() as client:
        answer = client.post("/logs-*/_search", json={"size": 0, "aggs": {"tenant": by_tenant}, "track_total_hits": True})
    found = {bucket["key"]: bucket["doc_count"] for bucket in answer.json()["aggregations"]["tenant"]["buckets"]}
    assert sum(found.values()) == answer.json()["hits"]["total"]["value"]
    return found
