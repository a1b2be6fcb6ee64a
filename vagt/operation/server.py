"""`/metrics`, `/health` and `/ready` of one worker: a small HTTP server in threads of its own.

It answers GET and HEAD, reads no body, and lets nobody hold it up: few connections at once, each for some seconds at most.
"""

import socket
import ssl
import threading
import time
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import orjson
import structlog
from prometheus_client import CONTENT_TYPE_LATEST

from vagt.errors import SettingsError
from vagt.operation.exposition import exposition
from vagt.operation.pulse import Pulse
from vagt.settings.operation import OperationSettings

_MOST_CONNECTIONS = 16
_SECONDS = 10.0
_JSON = "application/json"


class OperationServer(ThreadingHTTPServer):
    """Listens from the moment it is made; `start` answers, `close` ends. Raises SettingsError where it cannot listen."""

    daemon_threads = True
    block_on_close = False
    request_queue_size = 32

    def __init__(self, settings: OperationSettings, pulse: Pulse) -> None:
        self.settings, self.pulse = settings, pulse
        self._tls = tls_context(settings) is not None
        self._open: dict[Any, float] = {}  # connection -> when it is ended
        self._lock = threading.Lock()
        self.address_family = socket.AF_INET6 if ":" in settings.metrics_host else socket.AF_INET
        try:
            super().__init__((settings.metrics_host, settings.metrics_port), _Handler)
        except OSError as error:
            where = f"operation.metrics_host {settings.metrics_host}, operation.metrics_port {settings.metrics_port}"
            raise SettingsError(f"{where}: {error.strerror}; set another with VAGT_OPERATION__METRICS_PORT") from None
        self._thread = threading.Thread(target=self.serve_forever, args=(0.25,), name="operation", daemon=True)

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self.server_address[1])

    def start(self) -> None:
        """Answer from now on."""
        self._thread.start()
        structlog.get_logger().info("metrics_served", host=self.settings.metrics_host, port=self.port, tls=self._tls)

    def close(self) -> None:
        """Listen no more."""
        if self._thread.is_alive():
            self.shutdown()
        self.server_close()

    def server_bind(self) -> None:
        """As TCPServer's: HTTPServer's asks the resolver for this host's name, which may take seconds."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.socket.bind(self.server_address)
        self.server_address = self.socket.getsockname()
        self.server_name, self.server_port = str(self.server_address[0]), int(self.server_address[1])

    def verify_request(self, request: Any, _client_address: Any) -> bool:
        """Refuse a connection beyond the most, note the others' end."""
        with self._lock:
            if len(self._open) >= _MOST_CONNECTIONS:
                return False
            self._open[request] = time.monotonic() + _SECONDS
            return True

    def service_actions(self) -> None:
        """End what has been open for too long, however slowly it sends."""
        now = time.monotonic()
        with self._lock:
            late = [request for request, end in self._open.items() if now > end]
        for request in late:
            try:
                request.shutdown(socket.SHUT_RDWR)
            except OSError:  # it has ended by itself
                continue

    def finish_request(self, request: Any, client_address: Any) -> None:
        """TLS is agreed on here, in the connection's own thread."""
        request.settimeout(_SECONDS)
        context = tls_context(self.settings) if self._tls else None  # read anew: a certificate is replaced while we run
        if context is None:
            super().finish_request(request, client_address)
            return
        try:
            with context.wrap_socket(request.dup(), server_side=True) as secured:
                secured.settimeout(_SECONDS)
                super().finish_request(secured, client_address)
        except (OSError, ssl.SSLError):  # no TLS, no certificate of ours, or gone
            return

    def shutdown_request(self, request: Any) -> None:
        """The connection is over."""
        with self._lock:
            self._open.pop(request, None)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A peer that goes away is nothing; anything else is told, and ends this connection alone."""
        structlog.get_logger().warning("metrics_request_failed", exc_info=True)


class _Handler(BaseHTTPRequestHandler):
    server: OperationServer
    server_version, sys_version = "vagt", ""
    error_message_format = "%(code)d %(message)s\n"
    error_content_type = "text/plain"

    def do_GET(self) -> None:
        path = self.path.partition("?")[0]
        pulse, settings = self.server.pulse, self.server.settings
        if path == "/metrics" and not self._may_read():
            self._answer(HTTPStatus.FORBIDDEN, b"a client certificate of operation.client_ca_file is needed\n", "text/plain")
        elif path == "/metrics":
            self._answer(HTTPStatus.OK, exposition(), CONTENT_TYPE_LATEST)
        elif path == "/health":
            self._state(pulse.why_dead(settings.stalled_seconds))
        elif path == "/ready":
            self._state(pulse.why_dead(settings.stalled_seconds) or pulse.why_not_ready(settings.away_seconds))
        else:
            self._answer(HTTPStatus.NOT_FOUND, b"not found\n", "text/plain")

    do_HEAD = do_GET  # noqa: N815 - http.server's name

    def _may_read(self) -> bool:
        """Health needs no certificate: a container's own check has none."""
        if self.server.settings.client_ca_file is None:
            return True
        return isinstance(self.connection, ssl.SSLSocket) and bool(self.connection.getpeercert())

    def _state(self, reason: str | None) -> None:
        status = HTTPStatus.OK if reason is None else HTTPStatus.SERVICE_UNAVAILABLE
        body = {"status": "ok"} if reason is None else {"status": "unwell", "reason": reason}
        self._answer(status, orjson.dumps(body), _JSON)

    def _answer(self, status: HTTPStatus, body: bytes, kind: str) -> None:
        try:
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            if self.command == "GET":
                self.wfile.write(body)
        except OSError:  # the asker has gone, or was ended
            self.close_connection = True

    def log_message(self, format: str, *args: object) -> None:
        """Who asks for metrics stands in no log: it is every few seconds."""


def tls_context(settings: OperationSettings) -> ssl.SSLContext | None:
    """The server's TLS; None where it has no certificate. Raises SettingsError."""
    if settings.certificate_file is None:
        return None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    try:
        context.load_cert_chain(settings.certificate_file, settings.key_file)
        if settings.client_ca_file is not None:
            context.verify_mode = ssl.CERT_OPTIONAL
            context.load_verify_locations(settings.client_ca_file)
    except (OSError, ssl.SSLError) as error:
        raise SettingsError(f"operation.certificate_file, key_file and client_ca_file cannot be used: {error}") from None
    return context
