"""Debian's sshd on a loopback port with a log file, and an ssh client that answers with wrong passwords."""

import os
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.servers.ports import free_port

SSHD = "/usr/sbin/sshd"


@contextmanager
def sshd(folder: Path) -> Iterator[tuple[int, Path]]:
    """(port, log file) of a running sshd that asks for passwords."""
    port, log = free_port(), folder / "sshd.log"
    Path("/run/sshd").mkdir(exist_ok=True)
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(folder / "host_key")], check=True)
    (folder / "sshd_config").write_text(
        f"Port {port}\nListenAddress 127.0.0.1\nHostKey {folder / 'host_key'}\nPidFile none\n"
        "PasswordAuthentication yes\nKbdInteractiveAuthentication no\nUsePAM no\nMaxAuthTries 6\nLogLevel INFO\n"
    )
    log.touch()
    process = subprocess.Popen([SSHD, "-D", "-f", str(folder / "sshd_config"), "-E", str(log)])
    try:
        deadline = time.monotonic() + 10
        while "Server listening" not in log.read_text() and time.monotonic() < deadline:
            time.sleep(0.05)
        yield port, log
    finally:
        process.terminate()
        process.wait()


def guess_passwords(folder: Path, port: int, user: str, tries: int) -> None:
    """`tries` logins, each with three wrong passwords."""
    ask = folder / "askpass"
    ask.write_text("#!/bin/sh\necho wrong-password\n")
    ask.chmod(0o700)
    options = ["-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null", "-o", "PubkeyAuthentication=no"]
    command = ["ssh", *options, "-o", "NumberOfPasswordPrompts=3", "-p", str(port), f"{user}@127.0.0.1", "true"]
    environment = os.environ | {"SSH_ASKPASS": str(ask), "SSH_ASKPASS_REQUIRE": "force", "DISPLAY": ":0"}
    for _ in range(tries):
        subprocess.run(command, env=environment, stdin=subprocess.DEVNULL, capture_output=True, timeout=60, check=False)
