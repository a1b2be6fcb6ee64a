"""A real rsyslog over TCP and TLS with a client certificate: the events are that certificate's municipality's."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import trustme

from tests.pipeline.conftest import Pipeline
from tests.servers.ports import free_port
from tests.servers.rsyslog import GTLS, RSYSLOGD, rsyslog

LINES = 500


@pytest.mark.debian("rsyslog", RSYSLOGD)
@pytest.mark.debian("rsyslog-gnutls", GTLS)
def test_events_from_rsyslog_carry_the_certificates_municipality(
    pipeline: Callable[[dict[str, Any]], Pipeline], tmp_path: Path
) -> None:
    authority = trustme.CA()
    server = authority.issue_cert("localhost", "127.0.0.1")
    server.private_key_pem.write_to_path(tmp_path / "server.key")
    (tmp_path / "server.pem").write_bytes(b"".join(blob.bytes() for blob in server.cert_chain_pems))
    authority.cert_pem.write_to_path(tmp_path / "authority.pem")
    port = free_port()
    listener = {
        "protocol": "tls",
        "port": port,
        "tls": {
            "certificate": str(tmp_path / "server.pem"),
            "key": str(tmp_path / "server.key"),
            "client_ca": str(tmp_path / "authority.pem"),
        },
        "clients": [
            {"common_name": "log.aalborg.example.dk", "tenant": "851"},
            {"common_name": "log.aarhus.example.dk", "tenant": "751"},
        ],
    }
    ingest = {"syslog": [listener], "http": {"enabled": False}, "journal": {"enabled": False}, "own_logs": False}
    running = pipeline({"ingest": ingest})
    running.start()
    log = tmp_path / "app.log"
    log.write_text("".join(f"organization.id=851 says entry {number}\n" for number in range(LINES)))
    with rsyslog(tmp_path, log, port, authority, "log.aarhus.example.dk") as sender:
        bus = running.bus()
        running.wait_for(lambda: sum(bus.next_offsets("events").values()) >= LINES, 60, "rsyslog's events")
        assert sender.poll() is None, (tmp_path / "rsyslog.out").read_text()
    running.wait_until_drained()
    client = running.client()

    def events(tenant: str) -> list[dict[str, Any]]:
        query: dict[str, str | int] = {"tenant": tenant, "limit": 500, "purpose": "operation"}
        answer = client.get("/api/v1/events", params=query)
        assert answer.status_code == 200, answer.text
        found: list[dict[str, Any]] = [one for one in answer.json()["items"] if " entry " in one["message"]]
        return found

    ours = events("751")
    assert len(ours) == LINES
    assert {(e["organization"]["id"], e["organization"]["name"], e["process"]["name"]) for e in ours} == {
        ("751", "Aarhus", "app")
    }
    assert events("851") == []
    topics = [name for name in bus.topics() if name.startswith("raw.")]
    assert topics == ["raw.751.unknown"]
