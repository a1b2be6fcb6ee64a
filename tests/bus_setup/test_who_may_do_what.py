"""Access at a real broker after `vagt kafka setup`: a municipality's shipper writes its own topics and nothing else; each
worker does its work and no more."""

import time
from collections.abc import Iterable
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any

import pytest
from confluent_kafka import Consumer, KafkaError, Message, Producer
from kafka import KafkaConsumer, KafkaProducer, structs
from kafka.admin import KafkaAdminClient
from kafka.errors import ClusterAuthorizationFailedError, TopicAuthorizationFailedError

from tests.bus_setup.conftest import Kafka
from tests.bus_setup.reading import readable
from tests.servers.authority import Pem
from tests.servers.rsyslog_kafka import OMKAFKA, rsyslog_to_kafka
from vagt.bus.brokers.bus import KafkaBus
from vagt.cli.wiring import ALL_GROUPS, WRITES
from vagt.contracts.stage import TopicPartition
from vagt.settings.bus import BusSettings
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


def _native(login: dict[str, Any]) -> dict[str, Any]:
    """The same login in librdkafka's words: one client tells of many topics which are refused."""
    names = {"ssl_cafile": "ssl.ca.location", "ssl_certfile": "ssl.certificate.location", "ssl_keyfile": "ssl.key.location"}
    names |= {"sasl_plain_username": "sasl.username", "sasl_plain_password": "sasl.password"}
    options = {names.get(name, name.replace("_", ".")): value for name, value in login.items() if name != "bootstrap_servers"}
    return options | {"bootstrap.servers": login["bootstrap_servers"][0], "log_level": 0}


def _writable(login: dict[str, Any], topics: Iterable[str]) -> set[str]:
    """Those of `topics` that a record can be written to; the others are refused, not merely late."""
    answers: dict[str, int | None] = {}
    producer = Producer(_native(login) | {"enable.idempotence": True})

    def tell(topic: str) -> Any:
        return lambda error, _: answers.update({topic: error.code() if error is not None else None})

    for topic in topics:
        producer.produce(topic, b"x", key=b"k", on_delivery=tell(topic))  # a compacted topic takes none without a key
    assert producer.flush(60) == 0
    assert set(answers.values()) <= {None, KafkaError.TOPIC_AUTHORIZATION_FAILED}, answers
    return {topic for topic, code in answers.items() if code is None}


def _code(message: Message | None) -> int | None:
    error = message.error() if message is not None else None
    return error.code() if error is not None else None


def _may_join(login: dict[str, Any], group: str, topic: str) -> bool:
    consumer = Consumer(_native(login) | {"group.id": group})
    joined: list[object] = []
    consumer.subscribe([topic], on_assign=lambda _, places: joined.append(places))
    deadline = time.monotonic() + 60
    try:
        while time.monotonic() < deadline:
            if _code(consumer.poll(0.2)) in (KafkaError.GROUP_AUTHORIZATION_FAILED, KafkaError.TOPIC_AUTHORIZATION_FAILED):
                return False
            if joined:
                return True
    finally:
        consumer.close()
    raise AssertionError(f"neither a member of {group} nor refused")


@pytest.fixture(scope="module", autouse=True)
def _one_record_each(kafka: Kafka) -> None:
    producer = KafkaProducer(bootstrap_servers=kafka.brokers.plain)
    for topic in (*RAW, *RETENTION):
        producer.send(topic, b"first", key=b"k", partition=0).get(timeout=30)
    producer.close()


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
    assert other in RAW
    assert _writable(login, (*RAW, *RETENTION)) == {own}


def test_kafka_python_writes_ones_own_topic_and_is_refused_on_the_others(
    shipper: tuple[dict[str, Any], str, str],
) -> None:
    login, own, other = shipper
    answers: dict[str, AbstractContextManager[Any]] = {
        own: nullcontext(),
        other: pytest.raises(TopicAuthorizationFailedError),
    }
    for topic, answer in answers.items():
        producer = KafkaProducer(acks="all", enable_idempotence=True, **login)
        with answer:
            producer.send(topic, b"x").get(timeout=30)
        producer.close(timeout=5)


def test_a_shipper_reads_nothing_and_joins_no_group(shipper: tuple[dict[str, Any], str, str]) -> None:
    login, own, other = shipper
    assert [topic for topic in (own, other, "events") if readable(_native(login), [topic])] == []
    assert [group for group in ("normalise", "store", "its-own") if _may_join(login, group, own)] == []


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
    wanted = set(WRITES[worker])
    if RAW_PATTERN in wanted:
        wanted = wanted - {RAW_PATTERN} | set(RAW)
    assert _writable(login, (*RAW, *RETENTION)) == wanted


@pytest.mark.parametrize("stage", sorted(ALL_GROUPS))
def test_a_stage_reads_its_topics_in_its_own_group_and_no_others(kafka: Kafka, stage: str) -> None:
    login = _certificate(kafka, f"vagt-{stage}")
    topics = (*RAW, *RETENTION)
    wanted = set(ALL_GROUPS[stage])
    if RAW_PATTERN in wanted:
        wanted = set(RAW)
    assert readable(_native(login), topics) == wanted
    topic = sorted(wanted)[0]
    assert _may_join(login, stage, topic)
    other = next(name for name in ALL_GROUPS if name != stage)
    assert not _may_join(login, other, topic)


@pytest.mark.parametrize("client", ["confluent-kafka", "kafka-python"])
@pytest.mark.parametrize(("worker", "topic"), [("correlations", "matches"), ("indexer", "events")])
def test_a_worker_reads_again_outside_its_group_and_needs_no_right_on_another(
    kafka: Kafka, worker: str, topic: str, client: str
) -> None:
    pem = kafka.brokers.authority.issue(f"vagt-{worker}")
    own = {"certificate_file": str(pem.certificate), "key_file": str(pem.key), "client": client}
    bus = KafkaBus(BusSettings.model_validate({"kind": "kafka", "kafka": kafka.kafka | own}))
    deadline = time.monotonic() + 3  # the refusal comes at any time, once
    while time.monotonic() < deadline:
        assert len(bus.read(TopicPartition(topic, 0), 0, 1)) == 1
    bus.close()


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
    refusals = kafka.brokers.brokers[0].server.log
    with rsyslog_to_kafka(tmp_path, log, kafka.brokers, pem, RAW[1]) as process:
        _wait_for(refusals, b"User:shipper-751 is Denied operation = DESCRIBE", process)
    assert _ends(kafka, RAW[1]) == before


def _wait_for(output: Path, text: bytes, process: Any) -> None:
    begun = output.stat().st_size
    deadline = time.monotonic() + 60
    while text not in output.read_bytes()[begun:]:
        assert process.poll() is None, output.read_text()[-2000:]
        assert time.monotonic() < deadline, output.read_text()[-2000:]
        time.sleep(0.2)


def _ends(kafka: Kafka, topic: str) -> dict[Any, int]:
    consumer = KafkaConsumer(bootstrap_servers=kafka.brokers.plain)
    places = [structs.TopicPartition(topic, number) for number in consumer.partitions_for_topic(topic)]
    ends: dict[Any, int] = consumer.end_offsets(places)
    consumer.close()
    return ends
