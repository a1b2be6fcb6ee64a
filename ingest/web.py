"""HTTP: NDJSON or text lines on `/ingest/v1/{source}`, Elasticsearch's `_bulk`, and the answers that shippers want first.

200 and 201 are sent once the logs are durable. 401: wrong token, 403: not allowed, 413: too large, 429 with Retry-After:
send again.
"""

import asyncio
import math
import ssl
import time
from collections.abc import Callable
from dataclasses import replace
from socket import socket
from typing import Any, TypeVar

import orjson
import structlog
from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route
from uvicorn.config import Config
from uvicorn.server import ServerState

from ingest import metrics
from ingest.bodies import read_body
from ingest.bulk import BulkItem, Outcome, bulk_answer, parse_bulk
from ingest.connection import TLS_EXTENSION, Connection
from ingest.documents import Shaping, log_of
from ingest.identity import Identity, Tokens, certificate_identity, subject_text
from ingest.letters import Log
from ingest.limits import Budget, TokenBucket
from ingest.shippers import PRODUCT, answer
from ingest.syslog import Door
from vagt.contracts.raw import RawLog
from vagt.errors import RejectedError, SettingsError
from vagt.ids import uuid7
from vagt.settings.ingest import HttpSettings
from vagt.topics import raw_topic

T = TypeVar("T")
_STATUS = {
    "no_token": 401,
    "token": 401,
    "no_certificate": 401,
    "unknown_certificate": 401,
    "security_exception": 403,
    "source": 404,
    "path": 404,
    "body_timeout": 408,
    "too_large": 413,
    "gzip_bomb": 413,
    "encoding": 415,
    "busy": 429,
    "rate": 429,
    "spool_full": 429,
    "closing": 503,
}
_MAX_KEY = 200
log = structlog.get_logger()


class HttpListener:
    """The HTTP listener's application, and `serve` for one connection."""

    def __init__(self, door: Door, settings: HttpSettings, known_sources: frozenset[str]) -> None:
        self._door = door
        self._settings = settings
        self._tokens = Tokens(settings.tokens, "ingest.http.tokens")
        self._buckets: dict[str, TokenBucket] = {}
        self._budget = Budget(settings.max_inflight_bytes)
        self._shaping = Shaping(settings.index_sources, settings.dataset_sources, known_sources, settings.unwrap)
        self._state = ServerState()
        self._config = Config(
            self._application(), log_config=None, lifespan="off", http=Connection, ws="none", access_log=False
        )
        self._config.load()

    def _application(self) -> Starlette:
        anything = ["GET", "HEAD", "PUT", "POST"]
        return Starlette(
            routes=[
                Route("/ingest/v1/{source}", self._guarded(self._lines), methods=["POST"]),
                Route("/_bulk", self._guarded(self._bulk), methods=["POST", "PUT"]),
                Route("/{index}/_bulk", self._guarded(self._bulk), methods=["POST", "PUT"]),
                Route("/{path:path}", self._guarded(self._question), methods=anything),
            ]
        )

    async def serve(self, sock: socket, peer: str, context: ssl.SSLContext | None) -> None:
        """Serve one connection to its end."""
        loop = asyncio.get_running_loop()
        connection = Connection(self._config, self._state, self._settings.header_seconds)
        handshake = self._settings.header_seconds if context else None
        transport, _ = await loop.connect_accepted_socket(
            lambda: connection, sock, ssl=context, ssl_handshake_timeout=handshake
        )
        try:
            await connection.closed.wait()
        except asyncio.CancelledError:
            connection.shutdown()
            if self._state.tasks:
                await asyncio.wait(self._state.tasks, timeout=3)
            raise
        finally:
            transport.abort()

    def _guarded(self, serve: Callable[[Request, Identity], Any]) -> Callable[[Request], Any]:
        async def endpoint(request: Request) -> Response:
            try:
                response: Response = await serve(request, self._sender(request))
            except RejectedError as error:
                response = self._refusal(error)
            except ClientDisconnect:
                response = Response(status_code=400)
            response.headers.update(PRODUCT)
            return response

        return endpoint

    def _sender(self, request: Request) -> Identity:
        tls: ssl.SSLObject | None = request.scope["extensions"][TLS_EXTENSION]["ssl_object"]
        certificate = tls.getpeercert() if tls is not None else None
        authorization = request.headers.get("authorization")
        if authorization is None and tls is not None and certificate:
            return certificate_identity(tls, self._settings.clients)
        sender = self._tokens.identity(authorization or "")
        return replace(sender, subject=subject_text(dict(certificate))) if certificate else sender

    def _refusal(self, error: RejectedError) -> Response:
        status = _STATUS.get(error.reason, 400)
        metrics.REFUSED.labels(self._door.name, error.reason).inc()
        headers: dict[str, str] = {}
        if status in (429, 503):
            headers["Retry-After"] = str(math.ceil(self._door.settings.retry_seconds))
        if status == 401:
            headers["WWW-Authenticate"] = 'ApiKey, Bearer realm="vagt", Basic realm="vagt"'
        if status not in (404, 429):
            headers["Connection"] = "close"  # what is left of the body is not read
        cause = {"type": error.reason, "reason": str(error)}
        body = orjson.dumps({"error": {"root_cause": [cause], **cause}, "status": status})
        return Response(body, status, headers, "application/json")

    async def _question(self, request: Request, sender: Identity) -> Response:
        found = answer(request.method, request.url.path, self._settings.elasticsearch_version)
        if found is None:
            raise RejectedError("path", f"{request.method} {request.url.path} is not served here; see ingest/README.md")
        return Response(b"" if request.method == "HEAD" else orjson.dumps(found), media_type="application/json")

    async def _received(self, request: Request, work: Callable[[bytes], T]) -> T:
        """`work` on the body, in a thread: a large batch holds up nobody else."""
        length = request.headers.get("content-length", "")
        encoding = request.headers.get("content-encoding", "").lower()
        known = int(length) if length.isdigit() else None
        body = await read_body(request.stream(), encoding, known, self._settings, self._budget)
        try:
            return await asyncio.to_thread(work, body)
        finally:
            self._budget.release(len(body))

    async def _accept(self, sender: Identity, logs: list[Log]) -> None:
        bucket = self._buckets.setdefault(sender.tenant, TokenBucket(self._settings.rate))
        if not bucket.take(len(logs)):
            raise RejectedError("rate", f"over {self._settings.rate.logs_per_second:.0f} logs a second; send again later")
        await asyncio.wrap_future(self._door.accept(logs))

    async def _lines(self, request: Request, sender: Identity) -> Response:
        wanted = self._wanted(request.path_params["source"], sender)
        key = request.headers.get("idempotency-key", "")[:_MAX_KEY]
        peer = request.client.host if request.client else ""

        def work(body: bytes) -> list[Log]:
            now = self._door.clock()
            split = enumerate(body.split(b"\n"))
            lines = [(number, line) for number, whole in split if (line := whole.removesuffix(b"\r"))]
            places = [f"{sender.name}/{key}/{number}" if key else uuid7() for number, _ in lines]
            return [
                RawLog(sender.tenant, wanted, line, now, "http", peer, place, sender.subject)
                for (_, line), place in zip(lines, places, strict=True)
            ]

        logs = await self._received(request, work)
        if logs:
            await self._accept(sender, logs)
        return Response(orjson.dumps({"accepted": len(logs)}), media_type="application/json")

    def _wanted(self, name: str, sender: Identity) -> str | None:
        """The source that the path names. Only known ones: each has a topic, and a topic costs."""
        wanted = None if name == "unknown" else name
        try:
            raw_topic(sender.tenant, wanted)
        except SettingsError as error:
            raise RejectedError("source", str(error)) from None
        if not sender.may_send(wanted):
            raise RejectedError("security_exception", f"this token may not send {name}")
        known = self._shaping.known
        if wanted is not None and known and wanted not in known | sender.sources:
            raise RejectedError("source", f"no source {name}; there are {', '.join(sorted(known))}, and unknown")
        return wanted

    async def _bulk(self, request: Request, sender: Identity) -> Response:
        start = time.monotonic()
        peer = request.client.host if request.client else ""
        default_index = request.path_params.get("index", "")

        def work(body: bytes) -> tuple[list[BulkItem], list[Outcome], list[Log]]:
            items = parse_bulk(body, default_index)
            outcomes, logs = self._shape(items, sender, peer)
            return items, outcomes, logs

        items, outcomes, logs = await self._received(request, work)
        if logs:
            await self._accept(sender, logs)
        for outcome in outcomes:
            if outcome.status != 201:
                metrics.REFUSED.labels(self._door.name, outcome.type).inc()
        took = int((time.monotonic() - start) * 1000)
        return Response(bulk_answer(items, outcomes, took), media_type="application/json")

    def _shape(self, items: list[BulkItem], sender: Identity, peer: str) -> tuple[list[Outcome], list[Log]]:
        now = self._door.clock()
        outcomes: list[Outcome] = []
        logs: list[Log] = []
        for item in items:
            if item.action in ("update", "delete"):
                reason = f"logs are only added: {item.action} is not served"
                outcomes.append(Outcome(item.id or "", 400, "illegal_argument_exception", reason))
                continue
            try:
                raw = log_of(item, sender, self._shaping, now, peer)
            except RejectedError as error:
                status = 403 if error.reason == "security_exception" else 400
                outcomes.append(Outcome(item.id or "", status, error.reason, str(error)))
                continue
            logs.append(raw)
            outcomes.append(Outcome(item.id or raw.position))
        return outcomes, logs
