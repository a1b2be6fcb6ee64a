"""A real rsyslog forwards over TCP and TLS with a client certificate: its logs are that certificate's tenant's."""

import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import trustme

from tests.ingest.hands import wait_until
from tests.ingest.test_syslog_over_sockets import server_files

CONFIG = """
module(load="imfile")
global(
  workDirectory="{folder}"
  defaultNetstreamDriver="gtls"
  defaultNetstreamDriverCAFile="{folder}/ca.pem"
  defaultNetstreamDriverCertFile="{folder}/client.pem"
  defaultNetstreamDriverKeyFile="{folder}/client.key"
)
input(type="imfile" file="{folder}/app.log" tag="app:" facility="local0")
action(
  type="omfwd" target="127.0.0.1" port="{port}" protocol="tcp" template="RSYSLOG_SyslogProtocol23Format"
  TCP_Framing="{framing}" streamDriver="gtls" streamDriverMode="1" streamDriverAuthMode="x509/name"
  streamDriverPermittedPeers="localhost" action.resumeRetryCount="-1" queue.type="LinkedList"
)
"""


@pytest.mark.debian("rsyslog", "rsyslogd")
@pytest.mark.debian("rsyslog-gnutls", "/usr/lib/x86_64-linux-gnu/rsyslog/lmnsd_gtls.so")
@pytest.mark.parametrize("framing", ["octet-counted", "traditional"])
def test_rsyslogs_lines_carry_its_certificates_tenant(run_ingest: Callable[..., Any], tmp_path: Path, framing: str) -> None:
    authority = trustme.CA()
    issued = authority.issue_cert("srv01.aarhus.example.dk", common_name="srv01.aarhus.example.dk")
    issued.private_key_pem.write_to_path(tmp_path / "client.key")
    (tmp_path / "client.pem").write_bytes(b"".join(blob.bytes() for blob in issued.cert_chain_pems))
    listener = {
        "protocol": "tls",
        "port": 0,
        "tls": server_files(authority, tmp_path),
        "clients": [{"common_name": "srv01.aarhus.example.dk", "tenant": "751"}],
    }
    (tmp_path / "app.log").write_text("".join(f"entry {number} blåbær\n" for number in range(200)), encoding="utf-8")
    with run_ingest(syslog=[listener]) as ingest:
        config = tmp_path / "rsyslog.conf"
        config.write_text(CONFIG.format(folder=tmp_path, port=ingest.ports["syslog.0"], framing=framing))
        command = ["/usr/sbin/rsyslogd", "-n", "-f", str(config), "-i", str(tmp_path / "rsyslog.pid")]
        with (tmp_path / "rsyslog.out").open("wb") as output:
            rsyslog = subprocess.Popen(command, stdout=output, stderr=output)
        try:
            wait_until(lambda: len(ours(ingest)) >= 200 or rsyslog.poll() is not None, "rsyslog's lines")
            assert rsyslog.poll() is None, (tmp_path / "rsyslog.out").read_text()
        finally:
            rsyslog.terminate()
            rsyslog.wait(timeout=10)
        found = ours(ingest)
    assert len({one.body for one in found}) == 200
    assert {(one.tenant, one.protocol) for one in found} == {("751", "syslog+tls")}
    assert all("CN=srv01.aarhus.example.dk" in one.subject for one in found)
    assert all(one.body.startswith(b"<133>1 ") and not one.body.endswith(b"\n") for one in found)
    assert "blåbær".encode() in found[0].body


def ours(ingest: Any) -> list[Any]:
    time.sleep(0.05)
    return [one for one in ingest.logs() if b" entry " in one.body]
