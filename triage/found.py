"""`Found`: what triage needs of one finding (an ECS alert document, `vagt.contracts.finding`)."""

from dataclasses import dataclass

import orjson

from triage.instants import ms_of_iso
from vagt.contracts.finding import LEVELS


@dataclass(frozen=True, slots=True)
class Found:
    """`at` is the finding's own time in milliseconds; `parents` are its ATT&CK techniques without sub-techniques.
    `shadow`: its rule is on trial."""

    id: str
    tenant: str
    rule_id: str
    rule_name: str
    level: str
    kind: str
    entity: str
    scope: str
    at: int
    techniques: tuple[str, ...]
    parents: frozenset[str]
    tactics: tuple[str, ...]
    dataset: str | None
    controls: tuple[str, ...]
    mapping_version: str
    first_action: str | None
    shadow: bool
    events: tuple[str, ...]
    document: bytes


def read_finding(value: bytes) -> Found:
    """The finding in a record of the topic `findings`. Raises KeyError or ValueError for a document that is none."""
    document = orjson.loads(value)
    about = document["vagt"]["finding"]
    rule = document["rule"]
    level = about["level"]
    if level not in LEVELS:
        raise ValueError(f"finding {document['event']['id']} has the level {level!r}; levels are {', '.join(LEVELS)}")
    threat = document.get("threat") or {}
    technique = threat.get("technique") or {}
    parents = [*_listed(technique.get("id"))]
    subs = _listed((technique.get("subtechnique") or {}).get("id"))
    return Found(
        id=document["event"]["id"],
        tenant=document["organization"]["id"],
        rule_id=rule["id"],
        rule_name=rule.get("name") or rule["id"],
        level=level,
        kind=about.get("kind", "rule"),
        entity=about.get("entity") or "unknown",
        scope=document["vagt"].get("scope", "tenant"),
        at=ms_of_iso(document["@timestamp"]),
        techniques=tuple(dict.fromkeys([*parents, *subs])),
        parents=frozenset(one.partition(".")[0] for one in [*parents, *subs]),
        tactics=tuple(_listed((threat.get("tactic") or {}).get("id"))),
        dataset=about.get("dataset"),
        controls=tuple(about.get("controls") or ()),
        mapping_version=about.get("mapping_version") or "",
        first_action=about.get("first_action"),
        shadow=about.get("shadow") is True,
        events=tuple(dict.fromkeys(about.get("events") or ())),
        document=value,
    )


def _listed(value: object) -> list[str]:
    """ECS lets a keyword be one value or a list."""
    if value is None:
        return []
    return [str(one) for one in value] if isinstance(value, list) else [str(value)]
