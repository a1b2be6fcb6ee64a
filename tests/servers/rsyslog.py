"""Debian's rsyslog, forwarding a file over TCP and TLS with a client certificate that a test authority signed."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import trustme

RSYSLOGD = "/usr/sbin/rsyslogd"
GTLS = "/usr/lib/x86_64-linux-gnu/rsyslog/lmnsd_gtls.so"
_CONFIG = """
module(load="imfile")
global(
  workDirectory="{folder}"
  defaultNetstreamDriver="gtls"
  defaultNetstreamDriverCAFile="{folder}/ca.pem"
  defaultNetstreamDriverCertFile="{folder}/client.pem"
  defaultNetstreamDriverKeyFile="{folder}/client.key"
)
input(type="imfile" file="{log}" tag="{tag}" facility="local0")
action(
  type="omfwd" target="127.0.0.1" port="{port}" protocol="tcp" template="RSYSLOG_SyslogProtocol23Format"
  TCP_Framing="{framing}" streamDriver="gtls" streamDriverMode="1" streamDriverAuthMode="x509/name"
  streamDriverPermittedPeers="localhost" action.resumeRetryCount="-1" queue.type="LinkedList"
)
"""


@contextmanager
def rsyslog(
    folder: Path, log: Path, port: int, authority: trustme.CA, name: str, framing: str = "octet-counted", tag: str = "app:"
) -> "Iterator[subprocess.Popen[bytes]]":
    """A running rsyslog that sends `log` to `port` on loopback; its certificate's common name is `name`.

    Its configuration, certificate and output (`rsyslog.out`) lie in `folder`.
    """
    issued = authority.issue_cert(name, common_name=name)
    issued.private_key_pem.write_to_path(folder / "client.key")
    (folder / "client.pem").write_bytes(b"".join(blob.bytes() for blob in issued.cert_chain_pems))
    authority.cert_pem.write_to_path(folder / "ca.pem")
    config = folder / "rsyslog.conf"
    config.write_text(_CONFIG.format(folder=folder, log=log, port=port, framing=framing, tag=tag))
    command = [RSYSLOGD, "-n", "-f", str(config), "-i", str(folder / "rsyslog.pid")]
    with (folder / "rsyslog.out").open("wb") as output:
        process = subprocess.Popen(command, stdout=output, stderr=output)
    try:
        yield process
    finally:
        process.terminate()
        process.wait(timeout=10)
