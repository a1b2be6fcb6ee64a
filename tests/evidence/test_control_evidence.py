"""The evidence of one control: what is counted, for whom, and what is said of what cannot be shown."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any

import pytest

from evidence.app import build_evidence
from evidence.catalogue import controls
from evidence.queries import control_evidence, evidence_rows, list_controls
from tests.evidence.records import change_record, finding_record
from vagt.context import Context
from vagt.contracts.scope import Scope, system_scope
from vagt.errors import NotFoundError, UsageError

ALL = system_scope("test")
FIRST, LAST = datetime(2026, 11, 1, tzinfo=UTC), datetime(2026, 12, 1, tzinfo=UTC)


def _days(_scope: Scope, _tenant: str | None, first: date, last: date, /) -> Mapping[str, Sequence[str]]:
    assert (first, last) == (date(2026, 11, 1), date(2026, 11, 30))
    return {"linux.auth": ["2026-11-20", "2026-11-21"]}


def _no_days(_scope: Scope, _tenant: str | None, _first: date, _last: date, /) -> Mapping[str, Sequence[str]]:
    return {}


@pytest.fixture
def filled(context: Context) -> Context:
    """Findings of two municipalities, an incident with two changes, a delivery and an access."""
    build_evidence(context).step(
        [
            finding_record(1, "751", ("ir2690:11.7", "iso27001:A.8.5")),
            finding_record(2, "730", ("ir2690:11.7",)),
            finding_record(3, "751", ("ir2690:3.2.3.k", "iso27001:A.8.15")),
            change_record("incidents", 1, "i1"),
            change_record("incidents", 2, "i1", action="acknowledged"),
            change_record("incidents", 3, "i2", tenant="730"),
            change_record("deliveries", 1, "d1"),
            change_record("audit", 1, "access1"),
        ]
    )
    return context


def _ask(context: Context, control: str, tenant: str | None = "751", scope: Scope = ALL) -> dict[str, Any]:
    return control_evidence(scope, context, control, tenant, FIRST, LAST, _days)


def test_findings_tagged_with_the_control_are_counted_and_listed_for_the_municipality_asked_for(filled: Context) -> None:
    answer = _ask(filled, "ir2690:11.7")
    assert answer["findings"] == {"count": 1, "records": 1, "ids": ["finding1"], "truncated": False}
    assert _ask(filled, "ir2690:11.7", None)["findings"]["ids"] == ["finding1", "finding2"]


def test_a_control_has_what_its_points_have(filled: Context) -> None:
    assert _ask(filled, "ir2690:3.2")["findings"]["ids"] == ["finding3"]


def test_incident_handling_counts_every_incident_once_with_all_its_changes(filled: Context) -> None:
    incidents = _ask(filled, "ir2690:3.4")["incidents"]
    assert (incidents["count"], incidents["records"], incidents["ids"]) == (1, 2, ["i1"])
    assert _ask(filled, "iso27001:A.5.6")["deliveries"]["ids"] == ["d1"]
    assert _ask(filled, "iso27001:A.5.28")["audit"]["ids"] == ["access1"]
    assert _ask(filled, "iso27001:A.8.5")["incidents"]["count"] == 0


def test_what_happened_outside_the_period_is_not_counted(filled: Context) -> None:
    early = control_evidence(ALL, filled, "ir2690:11.7", "751", FIRST, datetime(2026, 11, 20, tzinfo=UTC), _no_days)
    assert early["findings"]["count"] == 0


def test_where_the_platform_cannot_show_a_control_the_answer_says_so(context: Context) -> None:
    for control in controls().values():
        answer = control_evidence(ALL, context, control.id, "751", FIRST, LAST, _no_days)
        reasons = [reason["en"] for reason in answer["cannot_be_shown"]]
        assert any("no proof that the control works" in reason for reason in reasons), control.id
        if control.coverage in {"indirect", "none", "partial"}:
            assert answer["control"]["meaning"]["en"] in reasons, control.id


def test_absence_of_findings_is_said_to_prove_nothing_in_both_languages(filled: Context) -> None:
    reasons = _ask(filled, "iso27001:A.8.7")["cannot_be_shown"]
    assert any("intet bevis" in reason.get("da", "") and "no proof" in reason["en"] for reason in reasons)


def test_the_answer_says_which_sources_reported_on_which_days_and_by_which_mapping(filled: Context) -> None:
    answer = _ask(filled, "iso27001:A.8.15")
    assert answer["sources"] == {"linux.auth": ["2026-11-20", "2026-11-21"]}
    assert answer["mapping_version"]
    assert answer["control"]["coverage"] == "direct"


def test_another_municipality_is_not_found_and_never_counted(filled: Context) -> None:
    mine = Scope("key", frozenset({"municipality"}), frozenset({"751"}))
    with pytest.raises(NotFoundError):
        _ask(filled, "ir2690:11.7", "730", mine)
    assert _ask(filled, "ir2690:11.7", None, mine)["findings"]["ids"] == ["finding1"]


def test_an_unknown_control_and_a_wrong_period_are_refused(filled: Context) -> None:
    with pytest.raises(NotFoundError, match="no control"):
        _ask(filled, "iso27001:A.99")
    with pytest.raises(UsageError, match="period"):
        control_evidence(ALL, filled, "nis2:21.2.b", None, LAST, FIRST, _no_days)


def test_rows_have_one_shape_and_hold_every_part(filled: Context) -> None:
    rows = evidence_rows(_ask(filled, "iso27001:A.8.15"))
    assert len({tuple(row) for row in rows}) == 1
    assert {"findings", "incidents", "deliveries", "audit", "sources", "cannot_be_shown"} == {row["part"] for row in rows}
    assert [row["day"] for row in rows if row["part"] == "sources"] == ["2026-11-20", "2026-11-21"]


def test_the_list_says_of_every_control_what_its_coverage_means() -> None:
    listed = list_controls(ALL)
    assert len(listed) == len(controls())
    assert all(entry["meaning"]["da"] and entry["coverage"] in {"direct", "partial", "indirect", "none"} for entry in listed)
