"""Findings from the topic into the tables, in one transaction with the offsets: a record taken twice changes nothing twice."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import islice
from typing import Any, TypeVar

from sqlalchemy import Connection, insert, select, tuple_, update

from triage import notifications
from triage.case import OPEN_STATES, Case, case_of_row, document_of
from triage.changes import insert_cases, update_case, write_change
from triage.first_action import first_actions
from triage.found import Found, read_finding
from triage.grouping import Board
from triage.instants import to_ms
from triage.priority import is_more_urgent
from triage.tables import finding_events, findings, incident_numbers, incidents, taken_offsets
from vagt.context import Context
from vagt.contracts.incident import Incident
from vagt.contracts.stage import Record, TopicPartition

_ACTOR = "triage"
_CHUNK = 400
_T = TypeVar("_T")


def take(context: Context, connection: Connection, records: Sequence[Record]) -> None:
    """Take the findings of `records`; those of rules in shadow make no incident and are not taken. Raises KeyError or
    ValueError for a record that is no finding; then nothing is taken."""
    every = [read_finding(record.value) for record in _fresh(connection, records)]
    founds = [found for found in every if not found.shadow]
    if founds:
        _Batch(context, connection, to_ms(context.clock())).take(founds)


def _fresh(connection: Connection, records: Sequence[Record]) -> list[Record]:
    """The records not taken before; moves the offsets. A lower offset with a later append time is a topic made anew."""
    fresh: list[Record] = []
    by_place: dict[TopicPartition, list[Record]] = {}
    for record in records:
        by_place.setdefault(record.place, []).append(record)
    for place, mine in by_place.items():
        here = (taken_offsets.c.topic == place.topic) & (taken_offsets.c.partition == place.partition)
        query = select(taken_offsets.c.next_offset, taken_offsets.c.appended).where(here)
        row = connection.execute(query).one_or_none()
        known, appended = (0, -1) if row is None else row
        news = [record for record in mine if record.offset >= known or record.timestamp > appended]
        if not news:
            continue
        fresh.extend(news)
        values = {"next_offset": news[-1].offset + 1, "appended": max(appended, news[-1].timestamp)}
        if row is None:
            connection.execute(insert(taken_offsets).values(topic=place.topic, partition=place.partition, **values))
        else:
            connection.execute(update(taken_offsets).where(here).values(**values))
    return fresh


@dataclass(slots=True)
class _Known:
    incident_id: str | None
    count: int
    events: set[str] = field(default_factory=set)
    changed: bool = False


class _Batch:
    """One batch: what is known of it is read once, findings are placed one by one, and all is written at the end."""

    def __init__(self, context: Context, connection: Connection, now: int) -> None:
        self.context = context
        self.connection = connection
        self.now = now
        self.settings = context.settings.triage
        self.board = Board(self.settings, first_actions(), now)
        self.known: dict[str, _Known] = {}
        self.new_rows: dict[str, dict[str, Any]] = {}
        self.new_events: list[dict[str, str]] = []
        self.cases: dict[str, Case] = {}
        self.before: dict[str, Incident] = {}
        self.touched: dict[str, int] = {}  # incident id -> findings added in this batch

    def take(self, founds: Sequence[Found]) -> None:
        self._read_known(founds)
        self._read_cases(founds)
        for found in founds:
            self._take_one(found)
        self._write_findings()
        self._write_cases()

    def _read_known(self, founds: Sequence[Found]) -> None:
        columns = (findings.c.id, findings.c.incident_id, findings.c["count"].label("times"))
        for ids in _chunks({found.id for found in founds}):
            for row in self.connection.execute(select(*columns).where(findings.c.id.in_(ids))):
                self.known[row.id] = _Known(row.incident_id, row.times)
        pairs = {(found.id, event) for found in founds if found.id in self.known for event in found.events}
        key = tuple_(finding_events.c.finding_id, finding_events.c.event_id)
        for chunk in _chunks(pairs):
            for row in self.connection.execute(select(finding_events).where(key.in_(chunk))):
                self.known[row.finding_id].events.add(row.event_id)

    def _read_cases(self, founds: Sequence[Found]) -> None:
        key = tuple_(incidents.c.tenant, incidents.c.entity)
        window = self.settings.window_minutes * 60_000
        in_reach = (incidents.c.last_finding_at >= min(found.at for found in founds) - window) & (
            incidents.c.first_finding_at <= max(found.at for found in founds) + window
        )
        for pairs in _chunks({(found.tenant, found.entity) for found in founds}):
            wanted = (key.in_(pairs), incidents.c.state.in_(OPEN_STATES), in_reach)
            self._remember(self.connection.execute(select(incidents).where(*wanted)).mappings())
        # A repeat may stretch an incident into the reach of the batch's other findings, wherever the incident ended before.
        others = {one.incident_id for one in self.known.values() if one.incident_id} - self.cases.keys()
        for ids in _chunks(others):
            query = select(incidents).where(incidents.c.id.in_(ids))
            self._remember(self.connection.execute(query).mappings())
        self.board.put(case for case in self.cases.values() if case.is_open)

    def _remember(self, rows: Iterable[Any]) -> None:
        for row in rows:
            case = case_of_row(row)
            self.cases[case.id] = case
            self.before[case.id] = self._document(case)

    def _document(self, case: Case) -> Incident:
        return document_of(case, self.context.tenants.name(case.tenant))

    def _take_one(self, found: Found) -> None:
        known = self.known.get(found.id)
        times = self._times(found, known)
        if times == 0:
            return
        if known is None:
            case = self.board.place(found, times)
            known = self.known[found.id] = _Known(case.id if case else None, times)
            self.new_rows[found.id] = _finding_row(found, known.incident_id, self.now)
            if case is not None:
                self.cases[case.id] = case
                self.touched[case.id] = self.touched.get(case.id, 0) + 1
        else:
            known.count += times
            known.changed = True
            if known.incident_id in self.cases:
                self.board.repeat(self.cases[known.incident_id], found, times)
                self.touched.setdefault(known.incident_id, 0)
        self._remember_events(found, known)

    def _times(self, found: Found, known: _Known | None) -> int:
        """How often the rule was met anew: a rule once for each event not yet counted; a correlation once."""
        unseen = len(found.events) if known is None else sum(event not in known.events for event in found.events)
        if not found.events:
            return 1
        if found.kind in ("rule", "indicator"):
            return unseen
        return 1 if unseen else 0

    def _remember_events(self, found: Found, known: _Known) -> None:
        if known.count > self.settings.repeat_memory:
            return
        for event in found.events:
            if event not in known.events:
                known.events.add(event)
                self.new_events.append({"finding_id": found.id, "event_id": event})

    def _write_findings(self) -> None:
        if self.new_rows:
            rows = [row | {"count": self.known[finding_id].count} for finding_id, row in self.new_rows.items()]
            self.connection.execute(insert(findings), rows)
        for finding_id, known in self.known.items():
            if known.changed and finding_id not in self.new_rows:
                self.connection.execute(update(findings).where(findings.c.id == finding_id).values(count=known.count))
        if self.new_events:
            self.connection.execute(insert(finding_events), self.new_events)

    def _write_cases(self) -> None:
        opened = [self.cases[one] for one in self.touched if one not in self.before]
        self._number(opened)
        insert_cases(self.connection, opened)
        for incident_id, added in self.touched.items():
            case = self.cases[incident_id]
            before = self.before.get(incident_id)
            if before is not None:
                update_case(self.connection, case)
            self._tell(before, case, added)

    def _tell(self, before: Incident | None, case: Case, added: int) -> None:
        after = self._document(case)
        if before is None:
            write_change(self.connection, None, after, "opened", _ACTOR, self.now, "; ".join(case.priority_reasons))
            notifications.enqueue(self.context, self.connection, after, "opened", self.now)
        elif is_more_urgent(case.priority, before["priority"]):
            write_change(self.connection, before, after, "priority_raised", _ACTOR, self.now, "; ".join(case.priority_reasons))
            notifications.enqueue(self.context, self.connection, after, "opened", self.now)
        elif added and _is_news(before, after):
            write_change(
                self.connection, before, after, "finding_added", _ACTOR, self.now, f"{after['finding_count']} findings"
            )

    def _number(self, opened: Sequence[Case]) -> None:
        if not opened:
            return
        year = datetime.fromtimestamp(self.now / 1000, UTC).year
        here = incident_numbers.c.year == year
        last = self.connection.execute(select(incident_numbers.c.last).where(here)).scalar()
        if last is None:
            self.connection.execute(insert(incident_numbers).values(year=year, last=len(opened)))
        else:
            self.connection.execute(update(incident_numbers).where(here).values(last=last + len(opened)))
        for place, case in enumerate(opened, start=(last or 0) + 1):
            case.number = f"{year}-{place:06d}"


def _is_news(before: Incident, after: Incident) -> bool:
    """Whether findings that joined are told on the topic: each of the first 16, a new rule or technique, then each doubling."""
    if after["finding_count"] <= 16 or after["rules"] != before["rules"] or after["techniques"] != before["techniques"]:
        return True
    return after["finding_count"].bit_length() > before["finding_count"].bit_length()


def _finding_row(found: Found, incident_id: str | None, now: int) -> dict[str, Any]:
    return {
        "id": found.id,
        "tenant": found.tenant,
        "rule_id": found.rule_id,
        "rule_name": found.rule_name,
        "level": found.level,
        "kind": found.kind,
        "entity": found.entity,
        "techniques": list(found.techniques),
        "found_at": found.at,
        "taken_at": now,
        "incident_id": incident_id,
        "document": found.document,
    }


def _chunks(values: Iterable[_T]) -> Iterator[list[_T]]:
    iterator = iter(values)
    while chunk := list(islice(iterator, _CHUNK)):
        yield chunk
