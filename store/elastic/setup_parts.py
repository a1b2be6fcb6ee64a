"""The parts of a setup: each a named body at a path of Elasticsearch's API, and how it compares with what stands there.

Ours carries `managed_by: vagt`, our version and a hash of its content. By these, what we have written and nobody has touched
can be told from what an operator has changed or made: only the former is replaced without asking.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import orjson

from vagt import __version__

Body = dict[str, Any]
OWNER = "vagt"


@dataclass(frozen=True, slots=True)
class Kind:
    """`path` is where one is put; `holder` names what wraps it in an answer; `notes` is where our mark lies in it."""

    name: str
    path: str
    holder: str
    notes: tuple[str, ...]
    ignored: tuple[str, ...] = ()  # what Elasticsearch adds by itself


COMPONENT = Kind("component template", "/_component_template", "component_template", ("_meta",))
INDEX = Kind("index template", "/_index_template", "index_template", ("_meta",))
POLICY = Kind("lifecycle policy", "/_ilm/policy", "policy", ("policy", "_meta"))
ROLE = Kind("role", "/_security/role", "role", ("metadata",), ("run_as", "transient_metadata"))
USER = Kind("user", "/_security/user", "user", ("metadata",), ("username", "full_name", "email", "profile_uid"))
_DATES = ("created_date_millis", "modified_date_millis", "version", "modified_date", "in_use_by")


@dataclass(frozen=True, slots=True)
class Part:
    """One thing to be set up. `password_file`: a user's, whose password no answer ever shows."""

    kind: Kind
    name: str
    body: Body
    password_file: Path | None = None

    @property
    def path(self) -> str:
        """Where it is put."""
        return f"{self.kind.path}/{self.name}"

    def marked(self) -> Body:
        """The body with our mark."""
        body: Body = orjson.loads(orjson.dumps(self.body))
        notes = body
        for key in self.kind.notes:
            notes = notes.setdefault(key, {})
        notes |= {"managed_by": OWNER, "version": __version__, "hash": fingerprint(self.kind, self.body)}
        return body


@dataclass(frozen=True, slots=True)
class Standing:
    """How a part stands. `state`: same, missing, older (ours, untouched), changed (ours, by somebody), foreign, stale (ours,
    no longer wanted). `differences`: fields, as `- what stands there` and `+ what is wanted`."""

    part: Part
    state: str
    differences: tuple[str, ...] = ()

    @property
    def needs_consent(self) -> bool:
        """Whether replacing it would undo what somebody else did."""
        return self.state in ("changed", "foreign")


def compare(part: Part, found: Body | None) -> Standing:
    """How `part` stands where `found` is what Elasticsearch has (None: nothing)."""
    if found is None:
        return Standing(part, "missing")
    wanted, present = _content(part.kind, part.body), _content(part.kind, found)
    differences = tuple(_differences(wanted, present))
    if not differences:
        return Standing(part, "same")
    notes = mark_of(part.kind, found)
    if notes.get("managed_by") != OWNER:
        return Standing(part, "foreign", differences)
    is_untouched = notes.get("hash") == fingerprint(part.kind, found)
    return Standing(part, "older" if is_untouched else "changed", differences)


def mark_of(kind: Kind, body: Body) -> Mapping[str, Any]:
    """Our mark in a body, or nothing."""
    notes: Any = body
    for key in kind.notes:
        notes = notes.get(key) or {}
    return notes if isinstance(notes, Mapping) else {}


def fingerprint(kind: Kind, body: Body) -> str:
    """The same for bodies that mean the same: Elasticsearch gives settings back as texts and adds defaults."""
    content = sorted(_content(kind, body).items())
    return sha256(orjson.dumps(content)).hexdigest()[:16]


def _content(kind: Kind, body: Body) -> dict[str, str]:
    """Dotted path -> value, without marks and what Elasticsearch adds."""
    dropped = {*_DATES, *kind.ignored}
    kept = {key: value for key, value in body.items() if key not in dropped and key != "_meta"}
    if kind in (ROLE, USER):
        kept.pop("metadata", None)
    return {
        key: value
        for key, value in _leaves(kept, "")
        if not key.startswith("policy._meta.") and not key.endswith(".allow_restricted_indices")
    }


def _leaves(value: Any, path: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _leaves(inner, f"{path}.{key}" if path else key)
    elif isinstance(value, list) and any(isinstance(one, dict) for one in value):
        for number, inner in enumerate(value):
            yield from _leaves(inner, f"{path}[{number}]")
    elif isinstance(value, list):
        if value:
            yield path, orjson.dumps(value).decode()
    else:
        yield path, str(value).lower() if isinstance(value, bool) else str(value)


def _differences(wanted: dict[str, str], present: dict[str, str]) -> Iterator[str]:
    for key in sorted(wanted.keys() | present.keys()):
        if wanted.get(key) != present.get(key):
            if key in present:
                yield f"- {key}: {present[key]}"
            if key in wanted:
                yield f"+ {key}: {wanted[key]}"
