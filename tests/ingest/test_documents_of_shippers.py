"""Documents of Beats, Logstash, Fluent Bit and Vector: source, body, position and host."""

from typing import Any

import orjson
import pytest

from ingest.bulk import BulkItem
from ingest.documents import Shaping, log_of
from ingest.identity import Identity
from tests.ingest.hands import NOON
from vagt.contracts.raw import RawLog

SHAPING = Shaping({"fw-*": "cisco.asa"}, {"my.firewall": "fortinet.fortigate"}, frozenset({"suricata.eve"}), "auto")
WINLOGBEAT = {
    "@timestamp": "2026-11-22T12:00:00.000Z",
    "winlog": {"record_id": 77, "channel": "Security", "computer_name": "dc01.example.dk", "event_id": 4625},
    "agent": {"type": "winlogbeat", "id": "a"},
    "host": {"name": "dc01"},
    "message": "An account failed to log on.",
}
FILEBEAT = {
    "@timestamp": "2026-11-22T12:00:00.000Z",
    "agent": {"type": "filebeat", "id": "b"},
    "host": {"name": "web01"},
    "log": {"offset": 120, "file": {"path": "/var/log/auth.log", "inode": "77"}},
    "message": "Nov 22 12:00:00 web01 sshd[1]: Connection closed by 192.0.2.7",
}


def shaped(document: dict[str, Any], index: str = "logs", id_: str | None = None, **sender: Any) -> RawLog:
    item = BulkItem("index", index, id_, orjson.dumps(document))
    return log_of(item, Identity("751", **sender), SHAPING, NOON, "192.0.2.1")


def test_a_windows_event_is_the_whole_document() -> None:
    raw = shaped(WINLOGBEAT)
    assert (raw.source, raw.body, raw.peer) == ("windows.eventlog", orjson.dumps(WINLOGBEAT), "dc01")


def test_filebeats_line_is_unwrapped() -> None:
    raw = shaped(FILEBEAT)
    assert (raw.source, raw.body, raw.peer) == (None, FILEBEAT["message"].encode(), "web01")  # type: ignore[attr-defined]


@pytest.mark.parametrize("document", [WINLOGBEAT, FILEBEAT], ids=["winlogbeat", "filebeat"])
def test_what_names_its_place_has_the_same_position_when_sent_again(document: dict[str, Any]) -> None:
    assert shaped(document).position == shaped(document).position
    assert shaped(document).position != shaped(document | {"@timestamp": "2026-11-22T12:00:01.000Z"}).position


def test_what_names_no_place_has_a_position_of_its_own() -> None:
    assert shaped({"message": "x"}).position != shaped({"message": "x"}).position


def test_the_documents_id_is_the_position() -> None:
    assert shaped(FILEBEAT, "logs-web", "id-1").position == "logs-web/id-1"


@pytest.mark.parametrize(
    ("document", "index", "source"),
    [
        ({"data_stream": {"dataset": "fortinet_fortigate.log"}}, "logs", "fortinet.fortigate"),
        ({"data_stream.dataset": "system.auth"}, "logs", "linux.auth"),
        ({"event": {"dataset": "suricata.eve"}}, "logs", "suricata.eve"),
        ({"event": {"dataset": "my.firewall"}}, "logs", "fortinet.fortigate"),
        ({"event": {"dataset": "nobody.knows"}}, "logs", None),
        ({"message": "%ASA-4-1: x"}, "fw-2026", "cisco.asa"),
        ({"message": "x"}, "winlogbeat-9.2.0", "windows.eventlog"),
        ({"message": "x"}, "logs", None),
    ],
)
def test_the_source_is_what_the_shipper_names(document: dict[str, Any], index: str, source: str | None) -> None:
    assert shaped(document, index).source == source


def test_the_tokens_source_goes_before_the_documents() -> None:
    assert shaped({"event": {"dataset": "system.auth"}}, source="cisco.asa").source == "cisco.asa"


@pytest.mark.parametrize(
    ("document", "body"),
    [
        ({"event": {"original": "the line"}, "message": "a part"}, b"the line"),
        ({"log": "from a container", "stream": "stdout"}, b"from a container"),
        ({"message": "blåbær"}, "blåbær".encode()),
        ({"event_type": "alert", "src_ip": "192.0.2.1"}, None),
    ],
)
def test_the_line_is_found_where_shippers_put_it(document: dict[str, Any], body: bytes | None) -> None:
    assert shaped(document).body == (body if body is not None else orjson.dumps(document))


def test_a_token_can_ask_for_whole_documents() -> None:
    assert shaped(FILEBEAT, unwrap="document").body == orjson.dumps(FILEBEAT)
