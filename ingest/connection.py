"""uvicorn's HTTP/1.1 connection with what it lacks: the client certificate in the scope, and a limit of time for headers.

The certificate stands in `scope["extensions"]["vagt.tls"]["ssl_object"]`; ASGI's own TLS extension is only a proposal.
"""

import asyncio
from asyncio import TimerHandle
from typing import Any

from uvicorn.config import Config
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.server import ServerState

from ingest import metrics

TLS_EXTENSION = "vagt.tls"


class Connection(H11Protocol):
    """One connection; `closed` is set when it has ended."""

    def __init__(self, config: Config, server_state: ServerState, header_seconds: float) -> None:
        super().__init__(config=config, server_state=server_state, app_state={})
        self.closed = asyncio.Event()
        self._header_seconds = header_seconds
        self._header_timer: TimerHandle | None = None
        self._asgi = self.app
        self.app = self._with_certificate

    async def _with_certificate(self, scope: Any, receive: Any, send: Any) -> None:
        scope.setdefault("extensions", {})[TLS_EXTENSION] = {"ssl_object": self.transport.get_extra_info("ssl_object")}
        await self._asgi(scope, receive, send)

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Headers are due from now on."""
        super().connection_made(transport)
        self._watch_headers()

    def data_received(self, data: bytes) -> None:
        """Begin or end the wait for headers, as the request's state says."""
        super().data_received(data)
        if self.cycle is None or self.cycle.response_complete:
            self._watch_headers()
        else:
            self._end_watch()

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection is over."""
        self._end_watch()
        super().connection_lost(exc)
        self.closed.set()

    def _watch_headers(self) -> None:
        if self._header_timer is None:
            self._header_timer = self.loop.call_later(self._header_seconds, self._headers_late)

    def _end_watch(self) -> None:
        if self._header_timer is not None:
            self._header_timer.cancel()
            self._header_timer = None

    def _headers_late(self) -> None:
        metrics.REFUSED.labels("http", "header_timeout").inc()
        self.transport.abort()
