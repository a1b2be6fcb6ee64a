"""A real rsyslog forwards over TCP and TLS with a client certificate: its logs are that certificate's tenant's."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import trustme

from tests.ingest.hands import wait_until
from tests.ingest.test_syslog_over_sockets import server_files
from tests.servers.rsyslog import GTLS, RSYSLOGD, rsyslog


@pytest.mark.debian("rsyslog", RSYSLOGD)
@pytest.mark.debian("rsyslog-gnutls", GTLS)
@pytest.mark.parametrize("framing", ["octet-counted", "traditional"])
def test_rsyslogs_lines_carry_its_certificates_tenant(run_ingest: Callable[..., Any], tmp_path: Path, framing: str) -> None:
    authority = trustme.CA()
    listener = {
        "protocol": "tls",
        "port": 0,
        "tls": server_files(authority, tmp_path),
        "clients": [{"common_name": "srv01.aarhus.example.dk", "tenant": "751"}],
    }
    (tmp_path / "app.log").write_text("".join(f"entry {number} blåbær\n" for number in range(200)), encoding="utf-8")
    with run_ingest(syslog=[listener]) as ingest:
        port = ingest.ports["syslog.0"]
        with rsyslog(tmp_path, tmp_path / "app.log", port, authority, "srv01.aarhus.example.dk", framing) as sender:
            wait_until(lambda: len(ours(ingest)) >= 200 or sender.poll() is not None, "rsyslog's lines")
            assert sender.poll() is None, (tmp_path / "rsyslog.out").read_text()
        found = ours(ingest)
    assert len({one.body for one in found}) == 200
    assert {(one.tenant, one.protocol) for one in found} == {("751", "syslog+tls")}
    assert all("CN=srv01.aarhus.example.dk" in one.subject for one in found)
    assert all(one.body.startswith(b"<133>1 ") and not one.body.endswith(b"\n") for one in found)
    assert "blåbær".encode() in found[0].body


def ours(ingest: Any) -> list[Any]:
    time.sleep(0.05)
    return [one for one in ingest.logs() if b" entry " in one.body]
