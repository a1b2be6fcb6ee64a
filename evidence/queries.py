"""What the room tells: the control catalogue, the evidence of one control in a period, and the ledger's entries.

That there are no findings is never given as proof: the answer says in words what cannot be shown, and why.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, func, or_, select

from evidence.catalogue import Control, controls, coverage_words, measures
from evidence.controls import mapping_version
from evidence.tables import ledger_controls, ledger_entries
from vagt.clock import to_iso
from vagt.context import Context
from vagt.contracts.reported_days import ReportedDays
from vagt.contracts.scope import Scope
from vagt.errors import NotFoundError, UsageError

MAX_IDS = 1000
MAX_PERIOD = timedelta(days=800)
_PARTS = {"findings": "finding", "incidents": "incident", "deliveries": "delivery", "audit": "audit"}
_FIELDS = ("seq", "at", "occurred", "kind", "record", "subject", "action", "tenant", "controls", "digest", "previous", "hash")
_NO_FINDINGS = {
    "en": "There are no findings for this control in the period. That is no proof that the control works.",
    "da": "Der er ingen fund for kontrollen i perioden. Det er intet bevis for, at kontrollen virker.",
}
_NO_SOURCES = {
    "en": "No source reported in the period: nothing can be shown for it.",
    "da": "Ingen kilde rapporterede i perioden: der kan intet vises for den.",
}
_NOT_COLLECTED = {"en": "Not collected yet: {}.", "da": "Indsamles endnu ikke: {}."}


def list_controls(_scope: Scope) -> list[dict[str, Any]]:
    """The whole catalogue: the same for every asker."""
    return [_described(control) for control in controls().values()]


def control_evidence(
    scope: Scope,
    context: Context,
    control_id: str,
    tenant: str | None,
    first: datetime,
    last: datetime,
    reported_days: ReportedDays,
) -> dict[str, Any]:
    """What the ledger and the register hold for one control from `first` until before `last`, for one municipality (None: all
    in scope). Raises NotFoundError for an unknown control or a municipality out of scope, UsageError for a wrong period."""
    control = controls().get(control_id)
    if control is None:
        raise NotFoundError(f"no control {control_id!r} in the catalogue; GET /evidence/controls lists all")
    if not timedelta() < last - first <= MAX_PERIOD:
        raise UsageError(f"the period must be longer than nothing and at most {MAX_PERIOD.days} days")
    asked = scope.narrowed([tenant]) if tenant is not None else scope
    days = reported_days(asked, tenant, first.date(), (last - timedelta(microseconds=1)).date())
    with context.state.read() as connection:
        parts = {name: _part(connection, asked, control, name, to_iso(first), to_iso(last)) for name in _PARTS}
    return {
        "control": _described(control),
        "tenant": tenant,
        "from": to_iso(first),
        "to": to_iso(last),
        "mapping_version": mapping_version(),
        **parts,
        "sources": {source: list(days[source]) for source in sorted(days)},
        "cannot_be_shown": _cannot_be_shown(control, parts["findings"]["count"], bool(days)),
    }


def evidence_rows(answer: dict[str, Any]) -> list[dict[str, Any]]:
    """`control_evidence`'s answer as rows of one shape, for CSV: a row for each id, each source's day and each reason."""
    head = {
        "control": answer["control"]["id"],
        "coverage": answer["control"]["coverage"],
        "tenant": answer["tenant"] or "",
        "from": answer["from"],
        "to": answer["to"],
        "mapping_version": answer["mapping_version"],
    }
    rows = []
    for part in _PARTS:
        rows.append(head | {"part": part, "id": "", "day": "", "count": answer[part]["count"], "note": ""})
        rows += [head | {"part": part, "id": one, "day": "", "count": 1, "note": ""} for one in answer[part]["ids"]]
    for source, days in answer["sources"].items():
        rows += [head | {"part": "sources", "id": source, "day": day, "count": 1, "note": ""} for day in days]
    for reason in answer["cannot_be_shown"]:
        rows.append(head | {"part": "cannot_be_shown", "id": "", "day": "", "count": "", "note": reason["en"]})
    return rows


def ledger(scope: Scope, context: Context, cursor: str | None, limit: int) -> tuple[list[dict[str, Any]], str | None]:
    """Entries in the ledger's order after `cursor`, and the next cursor (None at the end). Records themselves are not in it.

    A scope of some municipalities sees theirs only, so with gaps in `seq`. Raises UsageError for a cursor that is none.
    """
    after = _sequence(cursor)
    table = ledger_entries.c
    query = select(*(table[name] for name in _FIELDS)).where(table.seq > after, *_in_scope(scope)).order_by(table.seq)
    with context.state.read() as connection:
        rows = connection.execute(query.limit(limit + 1)).mappings().all()
    found = [dict(row) | {"controls": row["controls"].split()} for row in rows[:limit]]
    return found, str(found[-1]["seq"]) if len(rows) > limit else None


def _described(control: Control) -> dict[str, Any]:
    shown_by = [measures()[name] for name in control.shown_by]
    return {
        "id": control.id,
        "framework": control.framework,
        "title": control.title,
        "coverage": control.coverage,
        "meaning": coverage_words()[control.coverage],
        "limit": control.limit or None,
        "shown_by": [
            {"id": one.id, "title": one.title, "definition": one.definition, "records": list(one.records)} for one in shown_by
        ],
    }


def _part(connection: Connection, scope: Scope, control: Control, part: str, first: str, last: str) -> dict[str, Any]:
    """How many things of this kind, their ids (at most 1,000) and how many records tell of them."""
    table = ledger_entries.c
    wanted = [table.kind == _PARTS[part], table.occurred >= first, table.occurred < last, *_in_scope(scope)]
    if not any(part in measures()[name].records for name in control.shown_by):
        wanted.append(table.seq.in_(select(ledger_controls.c.seq).where(_tagged(control.id))))
    counts = select(func.count(table.subject.distinct()), func.count()).where(*wanted)
    count, records = connection.execute(counts).one()
    ids = select(table.subject).where(*wanted).group_by(table.subject).order_by(func.min(table.seq)).limit(MAX_IDS)
    found = list(connection.execute(ids).scalars())
    return {"count": count, "records": records, "ids": found, "truncated": count > len(found)}


def _tagged(control_id: str) -> ColumnElement[bool]:
    """The control or a point below it (`ir2690:3.2` has `ir2690:3.2.3`)."""
    control = ledger_controls.c.control
    return or_(control == control_id, control.startswith(control_id + ".", autoescape=True))


def _in_scope(scope: Scope) -> Sequence[ColumnElement[bool]]:
    return () if scope.tenants is None else (and_(ledger_entries.c.tenant.in_(sorted(scope.tenants))),)


def _cannot_be_shown(control: Control, findings: int, any_source: bool) -> list[dict[str, str]]:
    reasons = []
    if control.coverage != "direct":
        reasons.append(coverage_words()[control.coverage])
    if control.limit:
        reasons.append({"en": control.limit})
    if not findings:
        reasons.append(_NO_FINDINGS)
    if not any_source:
        reasons.append(_NO_SOURCES)
    missing = [measures()[name] for name in control.shown_by if not measures()[name].records]
    if missing:
        titles = {language: "; ".join(one.title[language] for one in missing) for language in ("en", "da")}
        reasons.append({language: _NOT_COLLECTED[language].format(titles[language]) for language in ("en", "da")})
    return reasons


def _sequence(cursor: str | None) -> int:
    if cursor is None:
        return 0
    if not cursor.isascii() or not cursor.isdigit() or len(cursor) > 18:
        raise UsageError("the cursor is none that this list has given")
    return int(cursor)
