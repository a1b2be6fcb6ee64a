"""What Elasticsearch must know before the first document, put there; and how it stands compared with that.

Nothing that somebody else made or changed is replaced without consent (`overwrite`); what is ours and no longer wanted (a
tenant that left, a retention that nobody has) is removed in the same way; templates of a tenant that left stay while it has
streams.
"""

from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from typing import Any

from elasticsearch import ApiError, NotFoundError

from store.elastic.connection import Connection, secret
from store.elastic.lifecycle import days_by_tenant, ilm_policy, policy_name
from store.elastic.roles import roles
from store.elastic.setup_parts import COMPONENT, INDEX, OWNER, POLICY, ROLE, USER, Body, Kind, Part, Standing, compare, mark_of
from store.elastic.streams import events_of, findings_of
from store.elastic.templates import component_templates, index_templates
from vagt.errors import SettingsError
from vagt.settings import Settings
from vagt.settings.elasticsearch import ElasticsearchUser

_ORDER = (POLICY, COMPONENT, INDEX, ROLE, USER)  # each is made of those before it


def wanted_parts(connection: Connection, settings: Settings, tenants: Sequence[str], *, with_roles: bool = True) -> list[Part]:
    """All parts for these settings and tenants, in the order in which they are put. Raises SettingsError where the lifecycle
    of the settings is not to be had there."""
    tenants = sorted(tenants)
    served = sorted({*tenants, *_left_behind(connection)})
    parts: list[Part] = []
    if settings.elasticsearch.lifecycle == "ilm":
        _require_ilm(connection)
        retention = settings.store.retention
        kept = {days for kind in ("events", "findings") for days in days_by_tenant(retention, kind, served)}
        policies = {policy_name(days): {"policy": ilm_policy(days, settings.elasticsearch)} for days in sorted(kept)}
        parts += [Part(POLICY, name, body) for name, body in policies.items()]
    components = component_templates(settings, with_names=has_sub_fields(connection))
    parts += [Part(COMPONENT, name, body) for name, body in components.items()]
    parts += [Part(INDEX, name, body) for name, body in index_templates(settings, served).items()]
    if with_roles:
        wanted = roles(tenants)
        parts += [Part(ROLE, name, body) for name, body in wanted.items()]
        parts += [_user(user, wanted.keys()) for user in settings.elasticsearch.users]
    return parts


def _user(user: ElasticsearchUser, known: Collection[str]) -> Part:
    if user.role not in known:
        raise SettingsError(f"elasticsearch.users: {user.name} has the role {user.role}; there are {', '.join(sorted(known))}")
    return Part(USER, user.name, {"roles": [user.role], "enabled": True}, user.password_file)


def compare_all(connection: Connection, parts: Sequence[Part]) -> list[Standing]:
    """How each part stands, and what of ours there is beside them."""
    standings: list[Standing] = []
    for kind in _ORDER:
        wanted = {part.name: part for part in parts if part.kind is kind}
        if not wanted:
            continue
        found = _present(connection, kind)
        standings += [_standing(connection, part, found.get(name)) for name, part in wanted.items()]
        beside = sorted(name for name in found.keys() - wanted.keys() if name.startswith(OWNER))
        stale = [Part(kind, name, found[name]) for name in beside if mark_of(kind, found[name]).get("managed_by") == OWNER]
        standings += [Standing(part, "stale") for part in stale]
    return standings


def _standing(connection: Connection, part: Part, found: Body | None) -> Standing:
    """A user is also asked for by its password: the file may hold a new one."""
    standing = compare(part, found)
    if standing.state != "same" or part.password_file is None or connection.knows(part.name, _password(part.password_file)):
        return standing
    return Standing(part, "older", ("+ password: that of its file",))


def _password(file: Path) -> str:
    return secret(file, "users[].password_file")


def apply(connection: Connection, standings: Sequence[Standing], *, overwrite: bool = False) -> list[Standing]:
    """Put what is missing or older, remove what is stale; with `overwrite` also replace what others changed. Gives what was
    done. Raises SettingsError with Elasticsearch's own words where it refuses a part."""
    done = [one for one in standings if one.state in ("missing", "older") or (overwrite and one.needs_consent)]
    for one in done:
        password = {} if one.part.password_file is None else {"password": _password(one.part.password_file)}
        _request(connection, "PUT", one.part, one.part.marked() | password)
    stale = [one for one in standings if one.state == "stale"]
    for one in reversed(stale):
        _request(connection, "DELETE", one.part, None)
    if done:  # the first role makes an index, which cannot be read at once
        connection.ask("GET", "/_cluster/health", params={"wait_for_status": "yellow", "timeout": "20s"})
    return done + stale


def has_sub_fields(connection: Connection) -> bool:
    """Whether `flattened` can have mapped sub-fields there: asked by a template that is only tried."""
    field = {"type": "flattened", "properties": {"known": {"type": "keyword"}}}
    body = {"index_patterns": ["vagt-tried-*"], "priority": 1, "template": {"mappings": {"properties": {"vendor": field}}}}
    try:
        connection.ask("POST", "/_index_template/_simulate", body)
    except ApiError:
        return False
    return True


def _left_behind(connection: Connection) -> Iterator[str]:
    """Tenants of our present templates that have streams: a stream without its template is not allowed by Elasticsearch."""
    ours = [body for body in _present(connection, INDEX).values() if mark_of(INDEX, body).get("managed_by") == OWNER]
    patterns = {pattern for body in ours if "data_stream" in body for pattern in body["index_patterns"]}
    if patterns:
        found = connection.ask("GET", f"/_resolve/index/{events_of(None)},{findings_of(None)}")
        for tenant in sorted({pattern.rpartition("-")[2] for pattern in patterns}):
            if any(stream["name"].endswith(f"-{tenant}") for stream in found["data_streams"]):
                yield tenant


def _require_ilm(connection: Connection) -> None:
    try:
        connection.ask("GET", "/_ilm/status")
    except ApiError as error:
        raise SettingsError(
            f"elasticsearch.lifecycle is ilm, which {connection.place} has not ({error.message[:100]}); set data_stream"
        ) from None


def _request(connection: Connection, method: str, part: Part, body: Body | None) -> None:
    try:
        connection.ask(method, part.path, body)
    except ApiError as error:
        raise SettingsError(f"Elasticsearch refuses the {part.kind.name} {part.name}: {_innermost(error)}") from None


def _innermost(error: ApiError) -> str:
    cause: Any = error.body.get("error") if isinstance(error.body, dict) else None
    while isinstance(cause, dict) and isinstance(cause.get("caused_by"), dict):
        cause = cause["caused_by"]
    return str(cause.get("reason") if isinstance(cause, dict) else error.message)[:500]


def _present(connection: Connection, kind: Kind) -> dict[str, Body]:
    """Name -> body of all that Elasticsearch has of a kind."""
    try:
        answer = connection.ask("GET", kind.path)
    except NotFoundError:
        return {}
    if kind in (COMPONENT, INDEX):
        return {one["name"]: one[kind.holder] for one in answer[f"{kind.holder}s"]}
    if kind is POLICY:
        return {name: {"policy": one["policy"]} for name, one in answer.items()}
    return dict(answer)
