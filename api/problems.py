"""Every error as `application/problem+json` (RFC 9457), without internals: an unforeseen one says no more than its number."""

import traceback
from collections.abc import Mapping
from typing import Any

import orjson
import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException
from starlette.responses import Response

from vagt.errors import ConflictError, DependencyError, ForbiddenError, NotFoundError, UsageError, VagtError
from vagt.ids import uuid7

MEDIA_TYPE = "application/problem+json"
_TITLES = {
    400: "Bad request",
    401: "Who asks is not known",
    403: "Not allowed",
    404: "Not found",
    405: "Method not allowed",
    406: "Not acceptable",
    409: "Conflict",
    413: "Too large",
    415: "Unsupported media type",
    422: "The request cannot be served as asked",
    429: "Too many requests",
    500: "Internal error",
    503: "Not available now",
}
_CLASSES: tuple[tuple[type[VagtError], int], ...] = (
    (NotFoundError, 404),
    (ConflictError, 409),
    (ForbiddenError, 403),
    (UsageError, 422),
    (DependencyError, 503),
)
RETRY_SECONDS = 5


class Problem(BaseModel):
    """RFC 9457. `errors`: which parts of the request are wrong."""

    type: str = "about:blank"
    title: str
    status: int
    detail: str | None = None
    instance: str | None = Field(default=None, description="the number of this occurrence, as in the log")
    errors: list[dict[str, str]] | None = None


def problem(status: int, detail: str | None = None, headers: Mapping[str, str] | None = None, **more: Any) -> Response:
    """A problem as a response."""
    title = _TITLES.get(status, "Error")
    body = {"type": "about:blank", "title": title, "status": status, "detail": detail, **more}
    content = orjson.dumps({name: value for name, value in body.items() if value is not None})
    return Response(content, status, headers, MEDIA_TYPE)


def described(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """For OpenAPI: that these statuses answer with a problem."""
    content = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    return {status: {"description": _TITLES[status], "content": content} for status in statuses}


def install(app: FastAPI) -> None:
    """Turn every error that is foreseen into a problem; `Unforeseen` of the middleware does it for the others."""
    app.add_exception_handler(HTTPException, _http_error)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(VagtError, _known)


def _http_error(_request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101 - registered for this class
    detail = error.detail if error.status_code not in (404, 405) else None
    return problem(error.status_code, detail, error.headers)


def _invalid(_request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)  # noqa: S101 - registered for this class
    faults = [{"where": ".".join(str(part) for part in fault["loc"]), "what": str(fault["msg"])} for fault in error.errors()]
    return problem(422, "; ".join(f"{fault['where']}: {fault['what']}" for fault in faults)[:1000], errors=faults[:20])


def _known(_request: Request, error: Exception) -> Response:
    status = next((status for kind, status in _CLASSES if isinstance(error, kind)), 500)
    if status == 503:
        structlog.get_logger().warning("dependency_away", reason=str(error))
        return problem(503, "something that this answer needs is away for now", {"Retry-After": str(RETRY_SECONDS)})
    if status == 500:
        raise error
    return problem(status, str(error))


def unforeseen(error: Exception, route: str) -> Response:
    """A bug as an answer: its number, under which the log has the place in our code, and nothing that the error says (a
    database error quotes the values that it met)."""
    number = uuid7()
    places = [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in traceback.extract_tb(error.__traceback__)[-8:]]
    structlog.get_logger().error("request_failed", number=number, route=route, error=type(error).__name__, places=places)
    return problem(500, instance=f"urn:uuid:{number}")
