"""Names of streams."""

import pytest

from store.elastic.streams import Streams, events_of, findings_of, findings_stream, incidents_index
from vagt.settings.elasticsearch import ElasticsearchSettings


@pytest.mark.parametrize(
    ("dataset", "stream"),
    [
        ("cisco.asa", "logs-cisco.asa-751"),
        ("cisco.meraki", "logs-cisco-751"),
        ("linux.auth", "logs-linux-751"),
        ("vagt.findings", "logs-vagt-751"),
        ("Ud-af.takt", "logs-unknown-751"),
        ("", "logs-unknown-751"),
    ],
)
def test_large_datasets_have_streams_of_their_own_and_the_others_share_their_vendors(dataset: str, stream: str) -> None:
    assert Streams(ElasticsearchSettings().own_streams).events(dataset, "751") == stream


def test_a_scope_is_an_expression_of_its_own_tenants() -> None:
    assert events_of({"751", "101"}) == "logs-*-101,logs-*-751"
    assert findings_of({"751"}) == findings_stream("751") == "alerts-vagt-751"
    assert incidents_index("751") == "vagt-incidents-751"
    assert events_of(None) == "logs-*-*"


def test_a_scope_without_tenants_is_not_all_of_them() -> None:
    assert events_of(()) == findings_of(()) == "vagt-no-tenant"
