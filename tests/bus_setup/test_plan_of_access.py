"""The plan of topics and rights, without a broker."""

import pytest

from vagt.bus.brokers.acls import Acl, unexpected, wanted_acls
from vagt.bus.brokers.plan import partition_count, wanted_topics
from vagt.cli.rights import worker_rights
from vagt.cli.wiring import ALL_GROUPS, WRITES, all_workers
from vagt.errors import SettingsError
from vagt.settings import Settings
from vagt.settings.bus import BusSettings, KafkaSettings
from vagt.settings.elasticsearch import ElasticsearchSettings
from vagt.settings.unit import UnitSettings
from vagt.tenants import load_tenants

TENANTS = load_tenants(UnitSettings(municipalities=("751", "101")))


def _kafka(**access: object) -> KafkaSettings:
    return KafkaSettings.model_validate(access)


def test_every_worker_that_can_be_started_has_rights() -> None:
    with_search = Settings(elasticsearch=ElasticsearchSettings(urls=("https://es1.example.org:9200",)))
    assert set(all_workers(with_search)) | {"cli"} == set(WRITES)
    assert set(ALL_GROUPS) <= set(WRITES)


def test_the_longest_prefix_says_how_many_partitions() -> None:
    bus = BusSettings(raw_partitions=3, kafka=_kafka(partitions={"raw.*": 4, "raw.751.*": 6, "events": 12}))
    names = ("events", "findings", "raw.101.cisco.asa", "raw.751.cisco.asa")
    assert [partition_count(bus, name) for name in names] == [12, 2, 4, 6]


def test_topics_come_from_the_register_and_from_the_shippers() -> None:
    bus = BusSettings(kafka=_kafka(shippers=[{"tenant": "751", "principal": "s", "sources": ["linux.auth"]}]))
    raw = {name for name in wanted_topics(bus, [("101", "cisco.asa")]) if name.startswith("raw.")}
    assert raw == {"raw.751.linux.auth", "raw.101.cisco.asa"}


def test_a_municipality_has_one_right_and_its_prefix_ends_with_the_dot() -> None:
    acls = wanted_acls(_kafka(shippers=[{"tenant": "751", "principal": "s"}]), worker_rights(), TENANTS)
    assert acls == {Acl("User:s", "write", "topic", "raw.751.", "prefixed")}


def test_a_principal_of_all_others_has_what_those_need_and_no_more() -> None:
    acls = wanted_acls(_kafka(services={"normalise": "n", "all": "v"}), worker_rights(), TENANTS)
    assert Acl("User:n", "write", "topic", "events", "literal") in acls
    assert Acl("User:v", "write", "topic", "events", "literal") not in acls
    assert Acl("User:v", "read", "topic", "events", "literal") in acls


@pytest.mark.parametrize(
    ("access", "why"),
    [
        ({"services": {"normalize": "n"}}, "no such worker"),
        ({"shippers": [{"tenant": "999", "principal": "s"}]}, "unknown tenant"),
        ({"shippers": [{"tenant": "751", "principal": "s"}, {"tenant": "101", "principal": "s"}]}, "give each its own"),
        ({"services": {"all": "s"}, "shippers": [{"tenant": "751", "principal": "s"}]}, "one of its own"),
    ],
    ids=["a worker that is none", "a tenant of nobody", "one principal for two", "a service's principal"],
)
def test_settings_that_would_mix_tenants_are_refused(access: dict[str, object], why: str) -> None:
    with pytest.raises(SettingsError, match=why):
        wanted_acls(_kafka(**access), worker_rights(), TENANTS)


def test_rights_elsewhere_are_nobodys_business_and_those_that_reach_ours_are_shown() -> None:
    ours = ("events", "normalise")
    elsewhere = Acl("User:x", "read", "topic", "orders", "literal")
    reaching = [Acl("User:x", "read", "topic", name, pattern) for name, pattern in (("*", "literal"), ("raw.7", "prefixed"))]
    assert unexpected([elsewhere, *reaching], frozenset(), _kafka(), ours) == sorted(reaching)
