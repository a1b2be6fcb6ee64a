"""Every way in at once: syslog over TCP, UDP and TLS, HTTP and followed files; and good lines that trickle in by all."""

import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import trustme

from tests.servers.ports import free_port

TOKEN = "token-of-aarhus-only-for-this-test"
LIMITED = "token-of-firewalls-only-for-this-test"
CLIENT = "log.aarhus.example.dk"
WAYS = ("tcp", "udp", "tls", "http", "file")


class Doors:
    """Settings of an ingest with all inputs on free ports, and how to send by each. All logs are tenant 751's."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "logs"
        self.folder.mkdir()
        self.authority = trustme.CA()
        self.ports = {way: free_port() for way in ("tcp", "udp", "tls", "http")}
        server = self.authority.issue_cert("localhost", "127.0.0.1")
        server.private_key_pem.write_to_path(folder / "server.key")
        (folder / "server.pem").write_bytes(b"".join(blob.bytes() for blob in server.cert_chain_pems))
        self.authority.cert_pem.write_to_path(folder / "authority.pem")
        self._tls_files = {
            "certificate": str(folder / "server.pem"),
            "key": str(folder / "server.key"),
            "client_ca": str(folder / "authority.pem"),
        }

    def settings(self, **more: Any) -> dict[str, Any]:
        """The section `ingest`. Slow senders are cut off after three seconds."""
        tls = {"tls": self._tls_files, "clients": [{"common_name": CLIENT, "tenant": "751"}], "handshake_seconds": 3}
        slow = {"frame_seconds": 3, "tenant": "751"}
        tokens = [
            {"name": "aarhus", "tenant": "751", "token": TOKEN},
            {"name": "firewalls", "tenant": "751", "token": LIMITED, "sources": ["fortinet.fortigate"]},
        ]
        return {
            "syslog": [
                {"protocol": "tcp", "port": self.ports["tcp"], **slow},
                {"protocol": "udp", "port": self.ports["udp"], "tenant": "751"},
                {"protocol": "tls", "port": self.ports["tls"], "frame_seconds": 3, **tls},
            ],
            "http": {"port": self.ports["http"], "tokens": tokens, "header_seconds": 3, "body_seconds": 3},
            "files": [{"patterns": [str(self.folder / "*.log")], "tenant": "751"}],
            "journal": {"enabled": False},
            "own_logs": False,
            **more,
        }

    def connect(self, way: str) -> socket.socket:
        """A plain connection to a listener."""
        return socket.create_connection(("127.0.0.1", self.ports[way]), timeout=20)

    def tls_context(self, name: str | None) -> ssl.SSLContext:
        """A client's TLS context; `name` is its certificate's (None: it shows none)."""
        context = ssl.create_default_context()
        self.authority.configure_trust(context)
        if name is not None:
            self.authority.issue_cert(name, common_name=name).configure_cert(context)
        return context

    @contextmanager
    def session(self, way: str) -> Iterator[socket.socket]:
        """A connection ready for syslog frames, over `tcp` or `tls` (with the good certificate)."""
        with self.connect(way) as plain:
            if way != "tls":
                yield plain
                return
            with self.tls_context(CLIENT).wrap_socket(plain, server_hostname="127.0.0.1") as wrapped:
                yield wrapped
                with suppress(OSError):  # what the peer sent must be read before the end, or the end is a reset
                    wrapped.unwrap()

    def datagram(self, data: bytes) -> None:
        """One syslog datagram."""
        with socket.socket(type=socket.SOCK_DGRAM) as sock:
            sock.sendto(data, ("127.0.0.1", self.ports["udp"]))

    def post(self, path: str, content: bytes, token: str | None = TOKEN, **headers: str) -> httpx.Response:
        """One HTTP request."""
        if token is not None:
            headers["Authorization"] = f"Bearer {token}"
        return httpx.post(f"http://127.0.0.1:{self.ports['http']}{path}", content=content, headers=headers, timeout=30)

    def write(self, name: str, content: bytes) -> None:
        """Append to a followed file."""
        with (self.folder / name).open("ab") as file:
            file.write(content)


class Trickle:
    """A good line by every way about five times a second, from `start` to `stop`; `sent` says how many by each."""

    def __init__(self, doors: Doors) -> None:
        self.sent = dict.fromkeys(WAYS, 0)
        self.failure: BaseException | None = None
        self._doors = doors
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End; raises what went wrong on the way."""
        self._end.set()
        self._thread.join()
        if self.failure is not None:
            raise self.failure

    def _run(self) -> None:
        doors = self._doors
        try:
            with doors.session("tcp") as tcp, doors.session("tls") as tls:
                while not self._end.wait(0.2):
                    tcp.sendall(self._next("tcp") + b"\n")
                    doors.datagram(self._next("udp"))
                    line = self._next("tls")
                    tls.sendall(b"%d %s" % (len(line), line))
                    doors.write("good.log", self._next("file") + b"\n")
                    answer = doors.post("/ingest/v1/linux.auth", self._next("http"))
                    assert answer.json() == {"accepted": 1}, answer.text
        except BaseException as error:  # noqa: BLE001 - `stop` raises it in the test
            self.failure = error

    def _next(self, way: str) -> bytes:
        self.sent[way] += 1
        return good_line(way, self.sent[way])


def good_line(way: str, number: int, body: str = "Connection closed by 192.0.2.7 port 40000 [preauth]") -> bytes:
    """A line of sshd on the host `good-<way>`; its process id is `number`."""
    stamp = datetime.now(UTC).isoformat(timespec="milliseconds")
    head = "" if way == "file" else "<86>"
    return f"{head}{stamp} good-{way} sshd[{number}]: {body}".encode()
