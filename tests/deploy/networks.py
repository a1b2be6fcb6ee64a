"""Networks of the compose file out of Linux alone: a bridge for each, in a network namespace that has nothing of this machine.
They end with this process."""

import ctypes
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.deploy.compose_file import Compose

_NEW_NETWORK = 0x40000000  # CLONE_NEWNET
_C = ctypes.CDLL(None, use_errno=True)


class Networks:
    """`address(service, number)` is the same on every network but for the network's own part."""

    def __init__(self, compose: Compose) -> None:
        self.compose = compose
        self._names = list(compose.networks)
        self._links = 0
        # the namespace lives as long as this process of it, and that as long as we
        self._holder = subprocess.Popen(["unshare", "--net", "setpriv", "--pdeathsig", "KILL", "sleep", "infinity"])
        _wait_for_namespace(self._holder.pid)
        self._ip("link", "set", "lo", "up")
        for network, settings in compose.networks.items():
            self._ip("link", "add", f"br-{network}", "type", "bridge")
            self._ip("link", "set", f"br-{network}", "up")
            if settings is None or not settings.internal:  # the machine that the containers run on is on it too
                self._ip("addr", "add", f"{self._prefix(network)}.1.1/16", "dev", f"br-{network}")

    def close(self) -> None:
        """All gone."""
        self._holder.kill()
        self._holder.wait()

    def address(self, service: str, network: str, number: int = 1) -> str:
        """Of the service's container `number`."""
        place = list(self.compose.services).index(service) + 10
        return f"{self._prefix(network)}.{number}.{place}"

    def hosts(self, service: str) -> str:
        """/etc/hosts for a container of the service: all services that share a network with it, by their names."""
        lines = ["127.0.0.1 localhost", "::1 localhost"]
        for network in self.compose.services[service].networks:
            others = [name for name, one in self.compose.services.items() if network in one.networks]
            lines += [f"{self.address(name, network)} {name}" for name in others]
        return "".join(f"{line}\n" for line in lines)

    def connect(self, pid: int, service: str, number: int) -> None:
        """Put the process' network namespace on the service's networks."""
        _wait_for_namespace(pid)
        inside = ["nsenter", f"--net=/proc/{pid}/ns/net"]
        for place, network in enumerate(self.compose.services[service].networks):
            self._links += 1
            link, port = f"v{self._links}", f"eth{place}"
            self._ip("link", "add", link, "type", "veth", "peer", "name", port, "netns", str(pid))
            self._ip("link", "set", link, "master", f"br-{network}", "up")
            _run(*inside, "ip", "addr", "add", f"{self.address(service, network, number)}/16", "dev", port)
            _run(*inside, "ip", "link", "set", port, "up")
        _run(*inside, "ip", "link", "set", "lo", "up")

    @contextmanager
    def machine(self) -> Iterator[None]:
        """Connections that are opened inside come from the machine: whoever reaches published ports."""
        with Path("/proc/thread-self/ns/net").open() as own, Path(f"/proc/{self._holder.pid}/ns/net").open() as there:
            _enter(there.fileno())
            try:
                yield
            finally:
                _enter(own.fileno())

    def _prefix(self, network: str) -> str:
        return f"10.{77 + self._names.index(network)}"

    def _ip(self, *words: str) -> None:
        _run("nsenter", f"--net=/proc/{self._holder.pid}/ns/net", "ip", *words)


def _run(*words: str) -> None:
    done = subprocess.run(words, capture_output=True, text=True, check=False, timeout=30)
    assert done.returncode == 0, f"{' '.join(words)}: {done.stderr}"


def _enter(namespace: int) -> None:
    if _C.setns(namespace, _NEW_NETWORK):
        raise OSError(ctypes.get_errno(), "setns")


def _wait_for_namespace(pid: int) -> None:
    """Until the process is in a network namespace of its own."""
    own = Path("/proc/self/ns/net").readlink()
    deadline = time.monotonic() + 10
    while Path(f"/proc/{pid}/ns/net").readlink() == own:
        assert time.monotonic() < deadline, "no namespace"
        time.sleep(0.005)
