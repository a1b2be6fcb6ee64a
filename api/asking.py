"""Who asks, and for what purpose: the dependencies that every route takes its scope from."""

import math
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Annotated
from urllib.parse import urlsplit

from fastapi import Depends, Header, HTTPException, Query, Request

from api.commands import note_use
from api.limits import Buckets
from api.queries import Asker, asker_of_key, asker_of_session
from api.secrets import digest
from vagt.context import Context
from vagt.contracts.scope import Scope
from vagt.errors import ForbiddenError

SESSION_COOKIE = "vagt_session"
CSRF_HEADER = "X-CSRF-Token"
_CHANGES = frozenset({"POST", "PUT", "PATCH", "DELETE"})


@dataclass(frozen=True, slots=True)
class Shared:
    """What the app's routes share: the context, and the buckets of keys and of wrong attempts."""

    context: Context
    keys: Buckets = field(init=False)
    attempts: Buckets = field(init=False)

    def __post_init__(self) -> None:
        settings = self.context.settings.api
        object.__setattr__(self, "keys", Buckets(settings.rate_per_minute, settings.rate_burst))
        object.__setattr__(self, "attempts", Buckets(settings.attempts_per_minute, settings.attempts_per_minute))


def shared(request: Request) -> Shared:
    """What this app's routes share."""
    found: Shared = request.app.state.shared
    return found


def context_of(request: Request) -> Context:
    """The context."""
    return shared(request).context


def peer_of(request: Request) -> str:
    """The address that the request came from."""
    return request.client.host if request.client else "unknown"


def too_many(seconds: float) -> HTTPException:
    """The answer to one request too many."""
    return HTTPException(429, "wait before the next request", {"Retry-After": str(max(1, math.ceil(seconds)))})


def session_of(request: Request) -> Asker | None:
    """Who is logged in with the request's cookie, if anyone."""
    token = request.cookies.get(SESSION_COOKIE)
    return asker_of_session(context_of(request), token) if token else None


def check_key(request: Request, key: str) -> Asker | None:
    """Who holds `key`. Raises 429 where too many wrong ones came from the same address; a right one is never held up."""
    found = asker_of_key(context_of(request), key)
    if found is None and (wait := shared(request).attempts.take(peer_of(request))):
        raise too_many(wait)
    return found


def is_same_origin(request: Request) -> bool:
    """Whether a browser says that the request comes from a page of ours; other clients say nothing of the kind."""
    site = request.headers.get("sec-fetch-site")
    origin = request.headers.get("origin")
    if site is not None and site not in ("same-origin", "none"):
        return False
    if origin == "null":  # a browser that hides the page's address; what it says of the site no page can set
        return site is not None
    return origin is None or urlsplit(origin).netloc == request.headers.get("host", "")


def asker(request: Request) -> Asker:
    """Who asks: `Authorization: Bearer vagt_…`, or a login's cookie, which for a change needs the form token too."""
    scheme, _, key = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        found = check_key(request, key.strip())
    else:
        found = session_of(request)
        if found is not None and request.method in _CHANGES:
            _check_form_token(request, found)
    if found is None:
        raise HTTPException(401, "give a key: Authorization: Bearer vagt_…", {"WWW-Authenticate": "Bearer"})
    wait = shared(request).keys.take(found.key_id)
    if wait:
        raise too_many(wait)
    note_use(context_of(request), found.key_id, found.last_used)
    return found


def _check_form_token(request: Request, found: Asker) -> None:
    given = request.headers.get(CSRF_HEADER, "")
    if not is_same_origin(request) or digest(given) != digest(found.csrf or ""):
        raise ForbiddenError(f"a change from a login needs the page's token in {CSRF_HEADER}")


def scope_for(*roles: str) -> Callable[[Asker], Scope]:
    """A dependency: the asker's scope, if it has one of `roles` or is admin. Raises ForbiddenError."""

    def scope(found: Annotated[Asker, Depends(asker)]) -> Scope:
        found.scope.require_role(*roles)
        return found.scope

    return scope


def reading_scope(*roles: str) -> Callable[..., Scope]:
    """As `scope_for`, for reads of log content: they name a purpose that the settings list."""

    def scope(
        request: Request,
        found: Annotated[Asker, Depends(asker)],
        purpose: Annotated[
            str | None, Query(max_length=64, description="why this is read; or the header X-Vagt-Purpose")
        ] = None,
        x_vagt_purpose: Annotated[str | None, Header(max_length=64, include_in_schema=False)] = None,
    ) -> Scope:
        found.scope.require_role(*roles)
        named = purpose or x_vagt_purpose
        known = context_of(request).settings.api.purposes
        if named not in known:
            raise ForbiddenError(
                f"reading logs needs a purpose: {', '.join(known)} (parameter purpose or header X-Vagt-Purpose)"
            )
        return replace(found.scope, purpose=named)

    return scope
