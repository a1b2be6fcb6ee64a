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


class DriftShape(BaseModel):
    """A source in one week (its Monday): what was not understood, and fields that came or went against four weeks before."""

    tenant: str
    source: str
    week: str
    events: int
    partly: int
    share: float
    kinds: dict[str, int]
    new: list[str]
    vanished: list[str]


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


class StepShape(BaseModel):
    """One node of a condition. `kind`: all, any, not, or test. `values`: what the event has; null: it has no such field."""

    kind: str
    holds: bool
    selection: str | None
    children: list["StepShape"]
    field: str | None
    sigma_field: str | None
    asked: str
    values: list[Any] | None
    compared: list[Any] | None


class WordShape(BaseModel):
    """A word of a rule's logsource, and what the event is of."""

    name: str
    asked: str
    event: list[str]
    holds: bool


class WayShape(BaseModel):
    """One kind of source that can feed a rule, with the condition in its fields."""

    family: str
    taxonomy: str
    shown: bool
    logsource: list[WordShape]
    condition: StepShape


class HeldBackShape(BaseModel):
    """What keeps a match from becoming a finding."""

    by: str
    id: str
    title: str
    reason: str


class CountedShape(BaseModel):
    """A correlation that counts the match, and the group that it counts in."""

    id: str
    title: str
    group: dict[str, list[Any]]


class ExplanationShape(BaseModel):
    """Why one rule does or does not match one event."""

    event: str
    dataset: str
    tenant: str
    time: str
    rule: str
    title: str
    path: str
    matches: bool
    ways: list[WayShape]
    held_back: list[HeldBackShape]
    counted_by: list[CountedShape]
    notes: list[str]


class CoveringShape(BaseModel):
    """One usable rule. `live`: those of its sources that report. `alerts` false: it only feeds correlations."""

    id: str
    title: str
    kind: str
    level: str
    alerts: bool
    techniques: list[str]
    sources: list[str]
    live: list[str] | None


class ScoreShape(BaseModel):
    """One rule. `false_positive_share`: of the findings with a verdict. `us_per_event`: null where it was not measured."""

    id: str
    title: str
    kind: str
    level: str
    mode: str
    findings: int
    found: int
    true_positive: int
    benign: int
    false_positive: int
    open: int
    false_positive_share: float | None
    shadow_findings: int | None
    us_per_event: float | None


def model_of(contract: type, **replaced: Any) -> type[BaseModel]:
    """A pydantic model with the fields of a TypedDict (which pydantic itself reads from Python 3.12 on only)."""
    fields: dict[str, Any] = {name: (replaced.get(name, hint), ...) for name, hint in get_type_hints(contract).items()}
    return create_model(contract.__name__, __doc__=contract.__doc__, **fields)


IncidentShape = model_of(Incident, rules=list[model_of(IncidentRule)])  # type: ignore[misc]
IncidentPage = Page[IncidentShape]  # type: ignore[valid-type]
