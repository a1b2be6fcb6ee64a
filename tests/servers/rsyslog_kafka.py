"""Debian's rsyslog with the settings of `deploy/shippers/rsyslog.conf`, following a file into a topic of a test broker."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.servers.authority import Pem
from tests.servers.kafka_brokers import Brokers
from tests.servers.rsyslog import RSYSLOGD

OMKAFKA = "/usr/lib/x86_64-linux-gnu/rsyslog/omkafka.so"
SETTINGS = Path(__file__).resolve().parents[2] / "deploy" / "shippers" / "rsyslog.conf"


@contextmanager
def rsyslog_to_kafka(
    folder: Path, log: Path, brokers: Brokers, certificate: Pem, topic: str
) -> "Iterator[subprocess.Popen[bytes]]":
    """A running rsyslog that writes each line of `log` to `topic` with `certificate`; its output is `folder`/rsyslog.out."""
    text = SETTINGS.read_text()
    for example, ours in {
        "kafka1.example.org:9093": brokers.tls[0],
        "/etc/vagt-shipper/ca.pem": brokers.authority.ca,
        "/etc/vagt-shipper/shipper.pem": certificate.certificate,
        "/etc/vagt-shipper/shipper.key": certificate.key,
        '"vagt_auth.failed"': f'"{folder}/vagt_auth.failed"',
        "/var/log/auth.log": log,
        "raw.751.linux.auth": topic,
    }.items():
        assert example in text, f"{SETTINGS} names no {example} any more"
        text = text.replace(example, str(ours))
    config = folder / "rsyslog.conf"
    config.write_text(f'global(workDirectory="{folder}")\n{text}')
    command = [RSYSLOGD, "-n", "-f", str(config), "-i", str(folder / "rsyslog.pid")]
    with (folder / "rsyslog.out").open("wb") as output:
        process = subprocess.Popen(command, stdout=output, stderr=output)
    try:
        yield process
    finally:
        process.terminate()
        process.wait(timeout=60)
