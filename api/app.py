"""Wiring of the API: its routes over the rooms' queries and commands, and the server that carries it."""

import socket
import ssl
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import date
from typing import Any

import anyio.to_thread
import structlog
import uvicorn
from fastapi import FastAPI

from api import problems
from api.asking import Shared
from api.commands import ROOM, first_key
from api.middleware import BodyLimit, Measured, SecurityHeaders, Unforeseen
from api.routes import console, deliveries, events, evidence, findings, incidents, operation, rules, sources
from detections.queries import RuleBook
from ingest import queries as ingest
from vagt import __version__
from vagt.bus.protocol import Bus
from vagt.context import Context
from vagt.contracts.reported_days import ReportedDays
from vagt.contracts.scope import Scope
from vagt.contracts.search import EventSearch
from vagt.errors import DependencyError, SettingsError
from vagt.operation.pulse import PULSE
from vagt.settings.api import ApiSettings, is_loopback
from vagt.state.outbox import relay

_THREADS = 10  # below SQLite's pool of 15; with PostgreSQL some wait for a connection (state.pool_size)
_RELAY_SECONDS = 0.5
_PROBLEMS = problems.described(401, 403, 404, 422, 429, 500, 503)
_ROUTERS = (events.router, findings.router, incidents.router, deliveries.router, sources.router, evidence.router, rules.router)


def create_app(context: Context, bus: Bus, search: EventSearch) -> FastAPI:
    """The whole API over the rooms of `context`; `search` keeps the events."""
    app = FastAPI(
        title="vagt",
        version=__version__,
        summary="Events, findings, incidents and evidence of a joint municipal IT-operations unit",
        openapi_url="/api/v1/openapi.json",
        docs_url=None,  # its pages load scripts from elsewhere
        redoc_url=None,
        lifespan=_lifespan,
    )
    app.state.shared = Shared(context)
    app.state.bus = bus
    app.state.search = search
    app.state.rules = RuleBook(context)
    app.state.reported_days = _reported_days(context)
    for router in _ROUTERS:
        app.include_router(router, responses=_PROBLEMS)
    app.include_router(operation.router)
    app.include_router(console.router)
    problems.install(app)
    app.add_middleware(Unforeseen)
    app.add_middleware(BodyLimit, limit=context.settings.api.max_body_bytes)
    app.add_middleware(Measured)
    app.add_middleware(SecurityHeaders, with_tls=context.settings.api.tls_certificate is not None)
    _describe(app)
    return app


def serve(context: Context, bus: Bus, search: EventSearch, stop: threading.Event) -> None:
    """Serve until `stop` is set; the outbox's relay (keys, logins, accesses) runs beside. Raises SettingsError where the
    address cannot be had or the certificate cannot be read."""
    settings = context.settings.api
    if settings.first_key and is_loopback(settings.host):
        first_key(context)
    app = create_app(context, bus, search)
    server = uvicorn.Server(_server_config(app, settings))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [_listening(settings)]}, name="api-server")
    thread.start()
    try:
        _relay_until(stop, context, bus, thread.is_alive)
    finally:
        server.should_exit = True
        thread.join()


@asynccontextmanager
async def _lifespan(_app: FastAPI) -> AsyncIterator[None]:
    anyio.to_thread.current_default_thread_limiter().total_tokens = _THREADS
    yield


def _relay_until(stop: threading.Event, context: Context, bus: Bus, is_serving: Callable[[], bool]) -> None:
    producer = bus.producer()
    while not stop.wait(_RELAY_SECONDS):
        if not is_serving():
            raise DependencyError("the HTTP server ended by itself")
        PULSE.beat()
        _relay(context, producer)
    _relay(context, producer)
    producer.close()


def _relay(context: Context, producer: Any) -> None:
    try:
        relay(context.state, ROOM, producer)
        PULSE.back()
    except DependencyError as error:
        PULSE.away(str(error))
        structlog.get_logger().warning("dependency_away", reason=str(error))


def _server_config(app: FastAPI, settings: ApiSettings) -> uvicorn.Config:
    _check_certificate(settings)
    return uvicorn.Config(
        app,
        log_config=None,
        access_log=False,  # it would hold what people search for; the access log proper is in the ledger
        server_header=False,
        proxy_headers=False,
        limit_concurrency=200,
        timeout_keep_alive=15,
        timeout_graceful_shutdown=5,
        ssl_certfile=settings.tls_certificate,
        ssl_keyfile=settings.tls_key,
    )


def _check_certificate(settings: ApiSettings) -> None:
    if settings.tls_certificate is None:
        return
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(settings.tls_certificate, settings.tls_key)
    except (OSError, ssl.SSLError) as error:
        raise SettingsError(f"api.tls_certificate and api.tls_key cannot be used: {error}") from None


def _listening(settings: ApiSettings) -> socket.socket:
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    try:
        return socket.create_server((settings.host, settings.port), family=family, backlog=256)
    except OSError as error:
        where = f"api.host {settings.host}, api.port {settings.port}"
        raise SettingsError(f"{where}: {error.strerror}; set another with VAGT_API__PORT") from None


def _describe(app: FastAPI) -> None:
    """Add to OpenAPI what FastAPI does not know: how a key is given, and the problem that errors answer with."""
    made = app.openapi

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            schema = made()
            parts = schema.setdefault("components", {})
            parts.setdefault("schemas", {})["Problem"] = problems.Problem.model_json_schema()
            parts["securitySchemes"] = {"key": {"type": "http", "scheme": "bearer", "bearerFormat": "vagt_<id>_<secret>"}}
            for path, methods in schema["paths"].items():
                if path not in ("/health", "/ready"):
                    for operation_ in methods.values():
                        operation_["security"] = [{"key": []}]
        return app.openapi_schema or schema

    app.openapi = openapi  # type: ignore[method-assign]


def _reported_days(context: Context) -> ReportedDays:
    """Which sources reported when, as the register of sources has it."""

    def reported(scope: Scope, tenant: str | None, first: date, last: date, /) -> dict[str, list[str]]:
        tenants = [tenant] if tenant is not None else sorted(context.tenants.names if scope.tenants is None else scope.tenants)
        days: dict[str, set[str]] = {}
        for one in tenants:
            for row in ingest.reported_days(scope, context, one, first, last):
                days.setdefault(row["source"], set()).add(row["day"])
        return {source: sorted(found) for source, found in sorted(days.items())}

    return reported
