"""The shapes of answers, for OpenAPI. Answers are not built of these: they are what the rooms' queries give."""

from typing import Any, Generic, TypeVar, get_type_hints

from pydantic import BaseModel, Field, create_model

from vagt.contracts.incident import Incident, IncidentRule

Item = TypeVar("Item")


class Page(BaseModel, Generic[Item]):
    """One page of a list. `next`: the cursor of the following page. `incomplete`: a part of the store could not be read."""

    items: list[Item]
    next: str | None = None
    incomplete: bool = Field(default=False)


class RuleName(BaseModel):
    """A rule as a finding's line names it."""

    id: str
    name: str


class FindingLine(BaseModel):
    """One finding in a list. `count`: how often it was found."""

    id: str
    time: str
    tenant: str
    rule: RuleName
    level: str
    kind: str
    entity: str
    techniques: list[str]
    count: int
    incident_id: str | None


class FindingDocument(FindingLine):
    """A finding with its whole ECS alert."""

    document: dict[str, Any]


class LedgerEntry(BaseModel):
    """One entry of the ledger. `hash` is SHA-256(0x02, previous, leaf), `digest` that of the record."""

    seq: int
    at: str
    occurred: str
    kind: str
    record: str
    subject: str
    action: str
    tenant: str
    controls: list[str]
    digest: str
    previous: str
    hash: str


class Shown(BaseModel):
    """A measure that would show a control. `records`: the parts of the answer that hold it; none: not collected yet."""

    id: str
    title: dict[str, str]
    definition: str
    records: list[str]


class ControlShape(BaseModel):
    """A control of the catalogue. `coverage`: direct, partial, indirect or none."""

    id: str
    framework: str
    title: dict[str, str]
    coverage: str
    meaning: dict[str, str]
    limit: str | None
    shown_by: list[Shown]


class Counted(BaseModel):
    """How many things, their ids (at most 1,000), and how many records tell of them."""

    count: int
    records: int
    ids: list[str]
    truncated: bool


class ControlEvidence(BaseModel):
    """What there is for one control in a period, and what cannot be shown."""

    control: ControlShape
    tenant: str | None
    first: str = Field(alias="from")
    last: str = Field(alias="to")
    mapping_version: str
    findings: Counted
    incidents: Counted
    deliveries: Counted
    audit: Counted
    sources: dict[str, list[str]]
    cannot_be_shown: list[dict[str, str]]


class Figures(BaseModel):
    """Incidents and findings in figures."""

    open: int
    by_priority: dict[str, int]
    by_state: dict[str, int]
    breached: int
    next_response_due: str | None
    findings_24h: dict[str, int]


class Overview(BaseModel):
    """What is happening now. `lag`: records that each group has not finished; null for a key of some municipalities."""

    at: str
    incidents: Figures
    dead_today: int
    lag: dict[str, int] | None


class SourceShape(BaseModel):
    """One sender, or a registration that no sender has met. `rate`: logs a second, lately."""

    tenant: str
    source: str
    host: str
    first_seen: str | None
    last_seen: str | None
    last_event: str | None
    events: int
    dead: int
    bytes: int
    skew_seconds: float | None
    rate: float
    registered: bool
    cadence_seconds: float | None
    owner: str
    first_action: str
    silent_since: str | None


class DeliveryShape(BaseModel):
    """One delivery to one target. `withheld`: what was left out of it, and why."""

    id: str
    target: str
    tenant: str
    incident_id: str
    incident_number: str
    version: int
    content_hash: str
    tlp: str
    objects: Any
    withheld: Any
    state: str
    attempts: int
    receipt: Any
    error: str | None
    released_by: str | None
    created: str
    finished: str | None


class DeliveryWithBundle(DeliveryShape):
    """A delivery with its STIX bundle."""

    document: dict[str, Any]


class DeadLetter(BaseModel):
    """A record that could not become an event."""

    id: str
    tenant: str
    source: str
    stage: str
    reason: str
    body_base64: str


def model_of(contract: type, **replaced: Any) -> type[BaseModel]:
    """A pydantic model with the fields of a TypedDict (which pydantic itself reads from Python 3.12 on only)."""
    fields: dict[str, Any] = {name: (replaced.get(name, hint), ...) for name, hint in get_type_hints(contract).items()}
    return create_model(contract.__name__, __doc__=contract.__doc__, **fields)


IncidentShape = model_of(Incident, rules=list[model_of(IncidentRule)])  # type: ignore[misc]
IncidentPage = Page[IncidentShape]  # type: ignore[valid-type]
