"""The console page and its login. The page itself holds no log content: its script fetches that from the API."""

from functools import cache
from importlib.resources import files
from urllib.parse import parse_qs

from fastapi import APIRouter, Depends, HTTPException, Request
from jinja2 import DictLoader, Environment, StrictUndefined
from starlette.concurrency import run_in_threadpool
from starlette.responses import RedirectResponse, Response

from api.asking import SESSION_COOKIE, check_key, context_of, is_same_origin, session_of
from api.commands import close_session, open_session
from api.secrets import digest
from api.texts import TEXTS, language_of
from vagt.errors import ForbiddenError

_TEMPLATES = ("page.html", "login.html", "console.html")
_STATIC = {"console.css": "text/css; charset=utf-8", "console.js": "text/javascript; charset=utf-8"}


def _form_type(request: Request) -> None:
    if request.headers.get("content-type", "").partition(";")[0].strip() != "application/x-www-form-urlencoded":
        raise HTTPException(415, "a form is sent as application/x-www-form-urlencoded")


router = APIRouter(include_in_schema=False)
form_only = Depends(_form_type)


@router.get("/")
def page(request: Request) -> Response:
    """What is happening now; the login form for those who are not logged in."""
    asker = session_of(request)
    if asker is None:
        return _login_form(request, 200, "")
    return _html(request, "console.html", 200, csrf=asker.csrf or "", actor=asker.scope.actor)


@router.post("/login", dependencies=[form_only])
async def login(request: Request) -> Response:
    """A key for a cookie."""
    key = _field(await request.body(), "key")
    return await run_in_threadpool(_login, request, key)


@router.post("/logout", dependencies=[form_only])
async def logout(request: Request) -> Response:
    """End the login."""
    token = _field(await request.body(), "csrf")
    return await run_in_threadpool(_logout, request, token)


@router.get("/static/{name}")
def static(name: str) -> Response:
    """The page's own style and script."""
    if name not in _STATIC:
        raise HTTPException(404)
    return Response(_read(f"static/{name}"), media_type=_STATIC[name], headers={"Cache-Control": "public, max-age=300"})


def _login(request: Request, key: str) -> Response:
    if not is_same_origin(request):
        raise ForbiddenError("a login comes from this page's own form")
    try:
        asker = check_key(request, key.strip())
    except HTTPException as error:
        return _login_form(request, error.status_code, "too_many")
    if asker is None:
        return _login_form(request, 401, "wrong_key")
    settings = context_of(request).settings.api
    token, _csrf = open_session(context_of(request), asker.key_id)
    answer = RedirectResponse("/", 303)
    age = int(settings.session_hours * 3600)
    secure = settings.tls_certificate is not None
    answer.set_cookie(SESSION_COOKIE, token, max_age=age, path="/", secure=secure, httponly=True, samesite="strict")
    return answer


def _logout(request: Request, token: str) -> Response:
    asker = session_of(request)
    if asker is not None:
        if not is_same_origin(request) or digest(token) != digest(asker.csrf or ""):
            raise ForbiddenError("a logout comes from the page's own form")
        close_session(context_of(request), request.cookies[SESSION_COOKIE])
    answer = RedirectResponse("/", 303)
    answer.delete_cookie(SESSION_COOKIE, path="/", httponly=True, samesite="strict")
    return answer


def _login_form(request: Request, status: int, fault: str) -> Response:
    return _html(request, "login.html", status, fault=fault)


def _html(request: Request, name: str, status: int, **values: str) -> Response:
    language = language_of(request.headers.get("accept-language", ""), context_of(request).settings.language)
    text = _templates().get_template(name).render(language=language, t=TEXTS[language], **values)
    return Response(text, status, media_type="text/html; charset=utf-8", headers={"Vary": "Accept-Language, Cookie"})


def _field(body: bytes, name: str) -> str:
    try:
        fields = parse_qs(body.decode("utf-8"), max_num_fields=10)
    except (UnicodeDecodeError, ValueError):
        return ""
    return fields.get(name, [""])[0]


@cache
def _templates() -> Environment:
    sources = {name: _read(f"templates/{name}").decode() for name in _TEMPLATES}
    return Environment(loader=DictLoader(sources), autoescape=True, undefined=StrictUndefined)


@cache
def _read(path: str) -> bytes:
    return files("api").joinpath(path).read_bytes()
