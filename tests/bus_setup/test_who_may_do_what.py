"""Access at a real broker after `vagt kafka setup`: a municipality's shipper writes its own topics and nothing else; each
worker does its work and no more."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from kafka import KafkaConsumer, KafkaProducer
from kafka.admin import KafkaAdminClient
from kafka.errors import (
    ClusterAuthorizationFailedError,
    GroupAuthorizationFailedError,
    TopicAuthorizationFailedError,
)
from kafka.structs import TopicPartition

from tests.bus_setup.conftest import Kafka
from tests.servers.authority import Pem
from tests.servers.rsyslog_kafka import OMKAFKA, rsyslog_to_kafka
from vagt.cli.wiring import GROUPS, WRITES
from vagt.topics import RAW_PATTERN, RETENTION

pytestmark = pytest.mark.servers
RAW = ("raw.751.linux.auth", "raw.101.linux.auth")


def _certificate(kafka: Kafka, name: str) -> dict[str, Any]:
    pem = kafka.brokers.authority.issue(name)
    files = {"ssl_certfile": str(pem.certificate), "ssl_keyfile": str(pem.key)}
    return {
        "bootstrap_servers": kafka.brokers.tls,
        "security_protocol": "SSL",
        "ssl_cafile": str(kafka.brokers.authority.ca),
    } | files


def _scram(kafka: Kafka, name: str, password: str) -> dict[str, Any]:
    login = {"sasl_mechanism": "SCRAM-SHA-512", "sasl_plain_username": name, "sasl_plain_password": password}
    ca = str(kafka.brokers.authority.ca)
    return {"bootstrap_servers": kafka.brokers.sasl, "security_protocol": "SASL_SSL", "ssl_cafile": ca} | login


@contextmanager
def _producer(login: dict[str, Any]) -> Iterator[KafkaProducer]:
    producer = KafkaProducer(acks="all", enable_idempotence=True, max_block_ms=15_000, **login)
    try:
        yield producer
    finally:
        producer.close(timeout=5)


def _may_write(login: dict[str, Any], topic: str) -> bool:
    with _producer(login) as producer:
        try:
            producer.send(topic, b"x").get(timeout=20)
        except TopicAuthorizationFailedError:
            return False
    return True


def _may_read(login: dict[str, Any], topic: str) -> bool:
    consumer = KafkaConsumer(auto_offset_reset="earliest", **login)
    try:
        consumer.assign([TopicPartition(topic, 0)])
        consumer.seek(TopicPartition(topic, 0), 0)
        consumer.poll(timeout_ms=3000)
    except TopicAuthorizationFailedError:
        return False
    finally:
        consumer.close(autocommit=False)
    return True


def _may_join(login: dict[str, Any], group: str, topic: str) -> bool:
    consumer = KafkaConsumer(topic, group_id=group, **login)
    try:
        consumer.poll(timeout_ms=5000)
    except (GroupAuthorizationFailedError, TopicAuthorizationFailedError):
        return False
    finally:
        consumer.close(autocommit=False)
    return True


@pytest.fixture(params=["a client certificate of 751", "a SCRAM user of 101"])
def shipper(request: pytest.FixtureRequest, kafka: Kafka) -> tuple[dict[str, Any], str, str]:
    """(how it logs in, its own topic, the other municipality's)."""
    if "certificate" in request.param:
        return _certificate(kafka, "shipper-751"), RAW[0], RAW[1]
    return _scram(kafka, "shipper-101", "kodeord-101"), RAW[1], RAW[0]


def test_a_shipper_writes_its_own_municipality_and_is_refused_on_every_other_topic(
    shipper: tuple[dict[str, Any], str, str],
) -> None:
    login, own, other = shipper
    assert [topic for topic in (*RAW, *RETENTION) if _may_write(login, topic)] == [own]
    assert other not in {own}


def test_a_shipper_reads_nothing_and_joins_no_group(shipper: tuple[dict[str, Any], str, str]) -> None:
    login, own, other = shipper
    assert [topic for topic in (own, other, "events") if _may_read(login, topic)] == []
    assert [group for group in (*GROUPS, "its-own") if _may_join(login, group, own)] == []


def test_a_shipper_makes_no_topics(kafka: Kafka, shipper: tuple[dict[str, Any], str, str]) -> None:
    login, own, other = shipper
    admin = KafkaAdminClient(**login)
    before = kafka.admin.list_topics()
    for name in (f"{own}x", f"{other}x", "mine"):
        with pytest.raises((TopicAuthorizationFailedError, ClusterAuthorizationFailedError)):
            admin.create_topics({name: {"num_partitions": 1, "replication_factor": 1}})
    admin.close()
    assert set(kafka.admin.list_topics()) - {"__consumer_offsets"} == set(before) - {"__consumer_offsets"}


@pytest.mark.parametrize("worker", sorted(WRITES))
def test_a_worker_writes_what_it_must_and_no_more(kafka: Kafka, worker: str) -> None:
    login = _certificate(kafka, f"vagt-{worker}")
    allowed = {topic for topic in (*RAW, *RETENTION) if _may_write(login, topic)}
    wanted = set(WRITES[worker])
    if RAW_PATTERN in wanted:
        wanted = wanted - {RAW_PATTERN} | set(RAW)
    assert allowed == wanted


@pytest.mark.parametrize("stage", sorted(GROUPS))
def test_a_stage_reads_its_topics_in_its_own_group_and_no_others(kafka: Kafka, stage: str) -> None:
    login = _certificate(kafka, f"vagt-{stage}")
    topics = (*RAW, *RETENTION)
    wanted = set(GROUPS[stage])
    if RAW_PATTERN in wanted:
        wanted = set(RAW)
    assert {topic for topic in topics if _may_read(login, topic)} == wanted
    topic = sorted(wanted)[0]
    assert _may_join(login, stage, topic)
    other = next(name for name in GROUPS if name != stage)
    assert not _may_join(login, other, topic)


@pytest.mark.parametrize("worker", ["ingest", "register"])
def test_a_new_source_gets_its_topic_from_those_who_may_and_only_below_raw(kafka: Kafka, worker: str) -> None:
    admin = KafkaAdminClient(**_certificate(kafka, f"vagt-{worker}"))
    topic = f"raw.751.new.{worker}"
    try:
        admin.create_topics({topic: {"num_partitions": 1, "replication_factor": 1}}, wait_for_metadata=True)
        with pytest.raises((TopicAuthorizationFailedError, ClusterAuthorizationFailedError)):
            admin.create_topics({f"other.{worker}": {"num_partitions": 1, "replication_factor": 1}})
    finally:
        admin.close()
        kafka.admin.delete_topics([topic])


@pytest.mark.debian("rsyslog-kafka", OMKAFKA)
def test_rsyslog_with_one_municipalitys_certificate_is_refused_on_anothers_topic(kafka: Kafka, tmp_path: Path) -> None:
    pem: Pem = kafka.brokers.authority.issue("shipper-751")
    before = _ends(kafka, RAW[1])
    log = tmp_path / "auth.log"
    log.write_text("2026-03-02T10:00:00+01:00 srv1 sshd[1]: Accepted publickey for anna from 192.0.2.1 port 1 ssh2\n" * 10)
    with rsyslog_to_kafka(tmp_path, log, kafka.brokers, pem, RAW[1]) as process:
        _wait_for(tmp_path / "rsyslog.out", b"uthoriz", process)
    assert _ends(kafka, RAW[1]) == before


def _wait_for(output: Path, text: bytes, process: Any) -> None:
    import time

    deadline = time.monotonic() + 60
    while text not in output.read_bytes():
        assert process.poll() is None, output.read_text()
        assert time.monotonic() < deadline, output.read_text()
        time.sleep(0.2)


def _ends(kafka: Kafka, topic: str) -> dict[TopicPartition, int]:
    consumer = KafkaConsumer(bootstrap_servers=kafka.brokers.plain)
    ends: dict[TopicPartition, int] = consumer.end_offsets(
        [TopicPartition(topic, number) for number in consumer.partitions_for_topic(topic)]
    )
    consumer.close()
    return ends
