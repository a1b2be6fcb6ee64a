"""What an analyst types finds what the golden files say: KQL by Elasticsearch's parser, expected ids by plain Python."""

import re
from collections.abc import Callable, Iterator
from fnmatch import fnmatchcase
from ipaddress import ip_address, ip_network
from typing import Any

import pytest

from store.elastic.connection import Connection
from tests.servers.elasticsearch_node import Node
from tests.store.elastic.scene import DATASETS, create, golden, hits, put_for, settings_of
from vagt.contracts.event import Event

pytestmark = pytest.mark.servers
TENANT = "asked"
Predicate = Callable[[Event], bool]


def values(event: Any, dotted: str) -> list[Any]:
    """All values at `dotted`, through lists and objects."""
    head, _, rest = dotted.partition(".")
    if isinstance(event, list):
        return [value for one in event for value in values(one, dotted)]
    if not isinstance(event, dict):
        return []
    found = event.get(head)
    if rest:
        return values(found, rest)
    return found if isinstance(found, list) else [] if found is None else [found]


def has(field: str, *wanted: object) -> Predicate:
    """One of the field's values is one of these; none given: it has any."""
    return lambda event: any(not wanted or value in wanted for value in values(event, field))


def like(field: str, pattern: str) -> Predicate:
    """One of the field's values is as the pattern (`*`)."""
    return lambda event: any(fnmatchcase(str(value), pattern) for value in values(event, field))


def within(field: str, network: str) -> Predicate:
    """One of the addresses lies in the network."""
    return lambda event: any(ip_address(value) in ip_network(network) for value in values(event, field))


def over(field: str, bound: float) -> Predicate:
    """One of the numbers is larger."""
    return lambda event: any(value > bound for value in values(event, field))


def word(text: str) -> Predicate:
    """A word of `message` begins so."""
    return lambda event: any(one.startswith(text) for one in re.findall(r"[\w.]+", str(event.get("message", "")).lower()))


def both(*parts: Predicate) -> Predicate:
    """All hold."""
    return lambda event: all(part(event) for part in parts)


def either(*parts: Predicate) -> Predicate:
    """One holds."""
    return lambda event: any(part(event) for part in parts)


def no(part: Predicate) -> Predicate:
    """It does not hold."""
    return lambda event: not part(event)


_FORTIGATE = has("event.dataset", "fortinet.fortigate")
_ASA = has("event.dataset", "cisco.asa")
_WINDOWS = has("event.dataset", "windows.eventlog")
_SURICATA = has("event.dataset", "suricata.eve")
_LINUX = has("event.dataset", "linux.auth")
_SYSLOG = has("event.dataset", "syslog.generic")

QUESTIONS: list[tuple[str, Predicate]] = [
    (
        'event.dataset: "fortinet.fortigate" and source.ip: 192.0.2.0/24 and event.action: *login*',
        both(_FORTIGATE, within("source.ip", "192.0.2.0/24"), like("event.action", "*login*")),
    ),
    ('fortinet.fortigate.subtype : "forward"', has("fortinet.fortigate.subtype", "forward")),
    (
        "fortinet.fortigate.policyname: lan-* and destination.port: 443",
        both(like("fortinet.fortigate.policyname", "lan-*"), has("destination.port", 443)),
    ),
    (
        'event.dataset: fortinet* and event.type: "denied"',
        both(like("event.dataset", "fortinet*"), has("event.type", "denied")),
    ),
    (
        "observer.vendor: Fortinet and network.bytes > 100000",
        both(has("observer.vendor", "Fortinet"), over("network.bytes", 100_000)),
    ),
    (
        "fortinet.fortigate.msg: *login* or fortinet.fortigate.virus: EICAR*",
        either(like("fortinet.fortigate.msg", "*login*"), like("fortinet.fortigate.virus", "EICAR*")),
    ),
    ("url.domain: *.example.* and not file.name: *", both(like("url.domain", "*.example.*"), no(has("file.name")))),
    ("event.dataset: cisco.asa and event.outcome: failure", both(_ASA, has("event.outcome", "failure"))),
    (
        "cisco.asa.message_id: 1060* and source.ip: 203.0.113.0/24",
        both(like("cisco.asa.message_id", "1060*"), within("source.ip", "203.0.113.0/24")),
    ),
    ("event.dataset: cisco.asa and event.severity <= 3", both(_ASA, no(over("event.severity", 3)), has("event.severity"))),
    (
        'cisco.asa.source_interface: "outside" and event.type: (denied or connection)',
        both(has("cisco.asa.source_interface", "outside"), has("event.type", "denied", "connection")),
    ),
    (
        "cisco.asa.rule_name: *access_in and destination.port < 1024",
        both(like("cisco.asa.rule_name", "*access_in"), has("destination.port"), no(over("destination.port", 1023))),
    ),
    ("event.dataset: cisco.asa and user.name: (anna or admin)", both(_ASA, has("user.name", "anna", "admin"))),
    ("user.name: root and event.outcome: failure", both(has("user.name", "root"), has("event.outcome", "failure"))),
    (
        "process.name : sshd and not source.ip: 203.0.113.0/24",
        both(has("process.name", "sshd"), no(within("source.ip", "203.0.113.0/24"))),
    ),
    ("linux.auth.ssh.method: publickey", has("linux.auth.ssh.method", "publickey")),
    ("linux.auth.sudo.command: *journalctl*", like("linux.auth.sudo.command", "*journalctl*")),
    ("event.category: iam and user.target.name: *", both(has("event.category", "iam"), has("user.target.name"))),
    ("event.dataset: linux.auth and message: passw*", both(_LINUX, word("passw"))),
    (
        "linux.auth.ssh.invalid_user: true and event.outcome: failure",
        both(has("linux.auth.ssh.invalid_user", True), has("event.outcome", "failure")),
    ),
    ('event.dataset: linux.auth and @timestamp < "2026-01-01"', both(_LINUX, lambda event: event["@timestamp"] < "2026-01-01")),
    ("event.dataset: suricata.eve and event.kind: alert", both(_SURICATA, has("event.kind", "alert"))),
    ("suricata.eve.alert.signature_id: 9000001", has("suricata.eve.alert.signature_id", 9_000_001)),
    ("suricata.eve.flow.age > 100", over("suricata.eve.flow.age", 100)),
    (
        "dns.question.name: *.nordby.example or tls.client.server_name: www.*",
        either(like("dns.question.name", "*.nordby.example"), like("tls.client.server_name", "www.*")),
    ),
    (
        "rule.name: *traversal* and http.response.status_code >= 400",
        both(like("rule.name", "*traversal*"), over("http.response.status_code", 399)),
    ),
    (
        "suricata.eve.event_type: (dns or tls) and network.transport: udp",
        both(has("suricata.eve.event_type", "dns", "tls"), has("network.transport", "udp")),
    ),
    ('email.attachments: { file.name: "bilag.pdf" }', has("email.attachments.file.name", "bilag.pdf")),
    (
        "event.dataset: syslog.generic and log.syslog.severity.code <= 3",
        both(_SYSLOG, has("log.syslog.severity.code"), no(over("log.syslog.severity.code", 3))),
    ),
    ("log.syslog.appname: backupd", has("log.syslog.appname", "backupd")),
    ("event.dataset: syslog.generic and not host.name: srv-*", both(_SYSLOG, no(like("host.name", "srv-*")))),
    ("linux.journal.unit: *.service and event.dataset: syslog.generic", both(like("linux.journal.unit", "*.service"), _SYSLOG)),
    ("log.syslog.structured_data.meta.sequenceId: 29", has("log.syslog.structured_data.meta.sequenceId", "29")),
    ("event.dataset: windows.eventlog and event.code: (4624 or 4625)", both(_WINDOWS, has("event.code", "4624", "4625"))),
    (
        "winlog.event_data.TargetUserName: *holm and winlog.event_id: 4625",
        both(like("winlog.event_data.TargetUserName", "*holm"), has("winlog.event_id", "4625")),
    ),
    (
        'winlog.logon.type: "Network" and event.outcome: success',
        both(has("winlog.logon.type", "Network"), has("event.outcome", "success")),
    ),
    (
        "process.command_line: *ExecutionPolicy* or winlog.event_data.ScriptBlockText: *ADUser*",
        either(like("process.command_line", "*ExecutionPolicy*"), like("winlog.event_data.ScriptBlockText", "*ADUser*")),
    ),
    (
        "process.executable: *\\\\net.exe and event.category: process",
        both(like("process.executable", "*\\net.exe"), has("event.category", "process")),
    ),
    ("winlog.process.pid > 500", over("winlog.process.pid", 500)),
    (
        "winlog.channel: Security and not winlog.keywords: *Failure*",
        both(has("winlog.channel", "Security"), no(like("winlog.keywords", "*Failure*"))),
    ),
    (
        "related.ip: 203.0.113.0/24 and event.category: authentication",
        both(within("related.ip", "203.0.113.0/24"), has("event.category", "authentication")),
    ),
    ("organization.id: asked and data_stream.namespace: asked and event.kind: alert", has("event.kind", "alert")),
]
QUESTIONS += [(f"event.dataset: {dataset}", has("event.dataset", dataset)) for dataset in DATASETS]


@pytest.fixture(scope="module")
def events() -> list[Event]:
    """All golden documents, as one tenant's."""
    return [event for dataset in DATASETS for event in golden(dataset, TENANT)]


@pytest.fixture(scope="module")
def connection(elasticsearch: Node, tmp_path_factory: pytest.TempPathFactory, events: list[Event]) -> Iterator[Connection]:
    """A node that has them."""
    with_files = settings_of(elasticsearch, tmp_path_factory.mktemp("kql"))
    made = Connection(with_files.elasticsearch)
    put_for(made, with_files, [TENANT])
    assert create(made, events) == []
    yield made
    made.close()


@pytest.mark.parametrize(("kql", "holds"), QUESTIONS, ids=[kql for kql, _ in QUESTIONS])
def test_a_query_finds_what_the_golden_files_say(
    kql: str, holds: Predicate, connection: Connection, events: list[Event]
) -> None:
    found = sorted(hit["_id"] for hit in hits(connection, f"logs-*-{TENANT}", {"kql": {"query": kql}}))
    assert found == sorted(event["event"]["id"] for event in events if holds(event))
    assert found, "a question that nothing answers shows nothing"


def test_every_source_is_asked_and_the_oldest_several_times(events: list[Event]) -> None:
    oldest = ("cisco.asa", "fortinet.fortigate", "linux.auth", "suricata.eve", "syslog.generic", "windows.eventlog")
    for dataset in DATASETS:
        own = [event for event in events if event["event"]["dataset"] == dataset]
        answered = [kql for kql, holds in QUESTIONS if any(holds(event) for event in own)]
        assert len(answered) >= (5 if dataset in oldest else 1), (dataset, answered)


def test_words_without_a_field_are_looked_for_where_an_analyst_expects_them(
    connection: Connection, events: list[Event]
) -> None:
    found = {hit["_id"] for hit in hits(connection, f"logs-*-{TENANT}", {"kql": {"query": "sshd"}})}
    assert found >= {event["event"]["id"] for event in events if has("process.name", "sshd")(event)}
    assert len(found) < len(events)
