"""Which rules there are, which cannot match, and why."""

from datetime import date
from typing import Any

import pytest

from detections.checking import check
from detections.queries import list_rules
from tests.detections.rule_texts import correlated
from vagt.contracts.scope import system_scope

WINDOWS = """
title: whoami
id: 6f7d5d6e-1d53-4c5f-9d22-0d7d8c3b1a11
logsource: {product: windows, category: process_creation}
detection:
    s: {Image|endswith: '\\whoami.exe'}
    condition: s
"""
NOWHERE = """
title: mainframe
id: 6f7d5d6e-1d53-4c5f-9d22-0d7d8c3b1a12
logsource: {product: mainframe, service: racf}
detection:
    s: {a: b}
    condition: s
"""


def test_the_list_has_rules_correlations_and_what_was_refused(rules_of: Any) -> None:
    ruleset = rules_of(f"{correlated('gte: 3', '1m')}\n---{NOWHERE}", schema="ecs")
    rows = list_rules(system_scope("test"), ruleset, date(2026, 11, 22))
    assert [(row.kind, row.status) for row in rows] == [("rule", "feeds"), ("correlation", "active"), ("refused", "refused")]
    assert rows[2].note == "no mapping for product: mainframe, service: racf"


def test_a_rule_says_which_sources_feed_it(rules_of: Any) -> None:
    checks = {one.title: one for one in check(rules_of(f"{WINDOWS}---{NOWHERE}", schema="ecs"))}
    assert checks["whoami"].usable
    assert checks["whoami"].families == ("ecs windows", "ecs windows 4688")
    assert checks["whoami"].sources == ("windows.eventlog",)
    assert not checks["mainframe"].usable


def test_a_rule_without_a_live_source_cannot_match(rules_of: Any) -> None:
    ruleset = rules_of(f"{WINDOWS}---{correlated('gte: 3', '1m')}", schema="ecs")
    checks = {one.title: one for one in check(ruleset, live_sources={"cisco.asa"})}
    assert checks["whoami"].problem == "no live source: windows.eventlog would feed it"
    assert checks["Many failed logins"].problem == "none of its rules can match"
    assert all(one.usable for one in check(ruleset, live_sources={"windows.eventlog", "linux.auth"}))
    (whoami, *_) = check(ruleset, live_sources={"windows.eventlog", "linux.auth"})
    assert whoami.alive == ("windows.eventlog",)


def test_fields_that_no_event_carries_are_named(rules_of: Any) -> None:
    (found,) = check(rules_of(WINDOWS, schema="ecs"), known_fields={"winlog.event_data.Image"})
    assert found.usable
    assert found.missing_fields == ("winlog.event_data.NewProcessName|winlog.user_data.NewProcessName",)
    (blind,) = check(rules_of(WINDOWS, schema="ecs"), known_fields={"message"})
    assert not blind.usable
    assert blind.problem.startswith("no event carries winlog.event_data.Image")


@pytest.mark.parametrize(("live", "alive"), [({"declared.database"}, ("declared.database",)), ({"windows.eventlog"}, ())])
def test_a_rule_that_is_fed_by_content_is_fed_by_datasets_without_a_place_of_their_own(
    live: set[str], alive: tuple[str, ...], rules_of: Any
) -> None:
    text = WINDOWS.replace("product: windows, category: process_creation", "category: database").replace(
        "s: {Image|endswith: '\\whoami.exe'}", "s: [drop table]"
    )
    (found,) = check(rules_of(text, schema="ecs"), live_sources=live)
    assert found.sources == ("(by content)",)
    assert (found.alive, found.usable) == (alive, bool(alive))
