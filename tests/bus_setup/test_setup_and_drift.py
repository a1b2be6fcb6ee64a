"""`vagt kafka setup` from nothing, and `check`: each kind of drift is shown, and nothing is changed that was not asked for."""

from typing import Any

import pytest
from kafka.admin import (
    ACL,
    ACLOperation,
    ACLPermissionType,
    ACLResourcePatternType,
    ConfigResource,
    ResourcePattern,
    ResourceType,
)

from tests.bus_setup.conftest import Kafka
from vagt.topics import COMPACTED, RETENTION

pytestmark = pytest.mark.servers


def _partitions(kafka: Kafka) -> dict[str, int]:
    return {one["name"]: len(one["partitions"]) for one in kafka.admin.describe_topics() if not one["is_internal"]}


def _config(kafka: Kafka, topic: str, *names: str) -> dict[str, str]:
    found = kafka.admin.describe_configs([ConfigResource("TOPIC", topic)], config_filter="all")["topic"][topic]
    return {name: found[name]["value"] for name in names}


def test_setup_from_nothing_leaves_nothing_to_do(kafka: Kafka) -> None:
    assert _partitions(kafka) == dict.fromkeys(RETENTION, 2) | {
        "events": 4,
        "raw.751.linux.auth": 5,
        "raw.101.linux.auth": 3,
    }
    assert kafka.run("check") == (0, [])
    assert kafka.run("setup") == (0, [])


def test_topics_have_the_retention_and_the_clock_of_the_contract(kafka: Kafka) -> None:
    names = ("retention.ms", "cleanup.policy", "message.timestamp.type", "min.insync.replicas", "compression.type")
    day = 86_400_000
    for topic, kept in (("events", 7), ("findings", 90), ("raw.751.linux.auth", 7)):
        assert _config(kafka, topic, *names) == {
            "retention.ms": str(kept * day),
            "cleanup.policy": "delete",
            "message.timestamp.type": "LogAppendTime",
            "min.insync.replicas": "1",
            "compression.type": "producer",
        }
    for topic in COMPACTED:
        assert _config(kafka, topic, "cleanup.policy") == {"cleanup.policy": "compact"}


def test_a_changed_partition_count_is_warned_of_and_not_made(kafka: Kafka) -> None:
    before = _partitions(kafka)
    for verb in (["check"], ["setup"], ["setup", "--set-configs", "--remove-acls"]):
        code, rows = kafka.run(*verb, partitions={"events": 8, "raw.751.*": 5})
        assert code == 1
        [row] = rows
        assert (row["kind"], row["name"], row["wanted"], row["found"]) == ("partitions", "events", "8", "4")
        assert "moves keys" in row["advice"]
    assert _partitions(kafka) == before


def test_another_number_of_copies_is_shown_for_every_topic(kafka: Kafka) -> None:
    code, rows = kafka.run("check", replication=2)
    assert code == 1
    assert {row["name"] for row in rows} == set(_partitions(kafka))
    assert {(row["kind"], row["wanted"], row["found"]) for row in rows} == {("replication", "2", "1")}


def test_a_changed_setting_of_a_topic_is_set_only_when_asked(kafka: Kafka) -> None:
    kafka.admin.alter_configs([ConfigResource("TOPIC", "findings", {"retention.ms": "3600000"})])
    for verb in ("check", "setup"):
        code, [row] = kafka.run(verb)
        assert (code, row["kind"], row["name"], row["found"]) == (1, "config", "findings retention.ms", "3600000")
    assert _config(kafka, "findings", "retention.ms") == {"retention.ms": "3600000"}
    code, [row] = kafka.run("setup", "--set-configs")
    assert (code, row["state"]) == (0, "set")
    assert kafka.run("check") == (0, [])


@pytest.mark.parametrize(
    ("topic", "why"),
    [
        ("raw.999.linux.auth", "no municipality 999"),
        ("raw.751.linux.nothing", "no source linux.nothing"),
        ("raw.751", "no name of a raw topic"),
    ],
)
def test_a_raw_topic_that_no_log_of_ours_can_have_is_shown(kafka: Kafka, topic: str, why: str) -> None:
    kafka.admin.create_topics({topic: {"num_partitions": 1, "replication_factor": 1}}, wait_for_metadata=True)
    try:
        code, [row] = kafka.run("setup")
        assert (code, row["kind"], row["state"], row["name"]) == (1, "topic", "extra", topic)
        assert why in row["advice"]
        assert topic in _partitions(kafka)
    finally:
        kafka.admin.delete_topics([topic])


def test_a_topic_that_was_deleted_is_missing_and_made_again(kafka: Kafka) -> None:
    kafka.admin.delete_topics(["rulesets"])
    code, [row] = kafka.run("check")
    assert (code, row["kind"], row["state"], row["name"]) == (1, "topic", "missing", "rulesets")
    assert kafka.run("setup")[0] == 0
    assert kafka.run("check") == (0, [])


def test_a_topic_of_a_source_nobody_registered_is_no_drift_once_it_is_as_new_ones_are(kafka: Kafka) -> None:
    kafka.admin.create_topics({"raw.751.cisco.asa": {"num_partitions": 5, "replication_factor": 1}}, wait_for_metadata=True)
    try:
        code, rows = kafka.run("check")
        assert code == 1
        assert {row["kind"] for row in rows} == {"config"}
        assert kafka.run("setup", "--set-configs")[0] == 0
        assert kafka.run("check") == (0, [])
    finally:
        kafka.admin.delete_topics(["raw.751.cisco.asa"])


def _right(principal: str, operation: str, kind: str, name: str, pattern: str = "LITERAL") -> ACL:
    place = ResourcePattern(ResourceType[kind], name, ACLResourcePatternType[pattern])
    return ACL(f"User:{principal}", "*", ACLOperation[operation], ACLPermissionType.ALLOW, place)


@pytest.mark.parametrize(
    "right",
    [
        _right("somebody", "READ", "TOPIC", "raw.751.linux.auth"),
        _right("somebody", "WRITE", "TOPIC", "raw.", "PREFIXED"),
        _right("somebody", "ALL", "TOPIC", "*"),
        _right("somebody", "READ", "TOPIC", "r", "PREFIXED"),
        _right("shipper-751", "WRITE", "TOPIC", "raw.101.", "PREFIXED"),
        _right("shipper-751", "CREATE", "CLUSTER", "kafka-cluster"),
        _right("somebody", "READ", "GROUP", "normalise"),
    ],
    ids=lambda right: f"{right.principal} {right.operation.name} {right.resource_pattern.resource_name}",
)
def test_a_right_that_should_not_be_there_is_shown_and_removed_only_when_asked(kafka: Kafka, right: ACL) -> None:
    kafka.admin.create_acls([right])
    for verb in ("check", "setup"):
        code, [row] = kafka.run(verb)
        assert (code, row["kind"], row["state"], row["name"]) == (1, "acl", "extra", right.principal)
    code, [row] = kafka.run("setup", "--remove-acls")
    assert (code, row["state"]) == (0, "removed")
    assert kafka.run("check") == (0, [])


def test_a_right_of_a_foreign_principal_is_no_drift(kafka: Kafka) -> None:
    right = _right("exporter", "DESCRIBE", "TOPIC", "*")
    kafka.admin.create_acls([right])
    assert kafka.run("check", foreign_principals=["exporter"]) == (0, [])
    assert kafka.run("setup", "--remove-acls")[0] == 0


def test_a_right_that_is_missing_is_shown_and_made(kafka: Kafka) -> None:
    more: dict[str, Any] = {"shippers": [*kafka.kafka["shippers"], {"tenant": "101", "principal": "shipper-101b"}]}
    code, [row] = kafka.run("check", **more)
    assert (code, row["state"], row["wanted"]) == (1, "missing", "allow User:shipper-101b write topic raw.101.*")
    assert kafka.run("setup", **more)[0] == 0
    assert kafka.run("check", **more) == (0, [])
    code, [row] = kafka.run("setup", "--remove-acls")
    assert (code, row["state"]) == (0, "removed")
