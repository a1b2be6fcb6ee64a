"""Exceptions: Sigma filters by municipality and day."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from detections.engine import Engine
from detections.exceptions import Exceptions, is_expired
from detections.matcher import match_batch
from detections.queries import list_rules
from detections.rule import ExceptionRule
from tests.detections.rule_texts import BASE
from tests.detections.scene import NOW, detector, documents, event, records
from vagt.contracts.scope import Scope, system_scope


def excepted(rules: str = "[failed_login]", attributes: str = "", condition: str = "not scanner") -> str:
    return f"""{BASE}
---
title: The unit's scanner
id: 6f7d5d6e-1d53-4c5f-9d22-0d7d8c3b1a09
taxonomy: ecs
vagt.owner: soc@example.dk
vagt.reason: weekly scan
{attributes}
logsource: {{product: linux, service: linux.auth}}
filter:
    rules: {rules}
    scanner: {{source.ip: 203.0.113.7}}
    condition: {condition}
"""


def findings(ruleset: Any, **more: Any) -> int:
    assert ruleset.refused == ()
    return len(documents(match_batch(records([event("e1", **more)]), detector(ruleset)).messages))


@pytest.mark.parametrize("rules", ["[failed_login]", "6f7d5d6e-1d53-4c5f-9d22-0d7d8c3b1a01", "any"])
def test_an_exception_takes_a_match_away(rules: str, rules_of: Any) -> None:
    ruleset = rules_of(excepted(rules), schema="ecs")
    assert findings(ruleset) == 0
    assert findings(ruleset, source_ip="203.0.113.8") == 1


def test_it_can_be_for_one_municipality(rules_of: Any) -> None:
    ruleset = rules_of(excepted(attributes="vagt.tenant: '730'"), schema="ecs")
    assert findings(ruleset, tenant="730") == 0
    assert findings(ruleset, tenant="751") == 1


def test_it_can_be_for_several(rules_of: Any) -> None:
    ruleset = rules_of(excepted(attributes="vagt: {tenants: ['730', '751']}"), schema="ecs")
    assert findings(ruleset, tenant="751") == 0


@pytest.mark.parametrize(("last_day", "expected"), [("2026-11-21", 1), ("2026-11-22", 0), ("2027-01-01", 0)])
def test_an_expired_one_does_nothing_and_is_listed(last_day: str, expected: int, rules_of: Any) -> None:
    ruleset = rules_of(excepted(attributes=f"vagt.expires: {last_day}"), schema="ecs")
    assert findings(ruleset) == expected
    (row,) = [one for one in list_rules(system_scope("test"), ruleset, NOW.date()) if one.kind == "exception"]
    assert row.status == ("expired" if expected else "active")
    assert row.note == f"soc@example.dk: weekly scan (until {last_day})"


def test_its_last_day_counts() -> None:
    assert not is_expired(_exception(date(2026, 11, 22)), date(2026, 11, 22))
    assert is_expired(_exception(date(2026, 11, 22)), date(2026, 11, 23))


def _exception(expires: date) -> Any:
    return ExceptionRule("id", "title", Path("x"), "", None, {}, "", "", None, expires)


def test_an_exception_for_another_logsource_does_not_apply(rules_of: Any) -> None:
    text = excepted("any").replace(
        "logsource: {product: linux, service: linux.auth}\nfilter", "logsource: {product: cisco}\nfilter"
    )
    assert findings(rules_of(text, schema="ecs")) == 1


def test_an_exception_that_names_no_known_rule_is_refused(rules_of: Any) -> None:
    ruleset = rules_of(excepted("[no_such_rule]"), schema="ecs")
    assert [one.reason for one in ruleset.refused] == [
        "the exception names no_such_rule, and no usable rule has this id or name"
    ]


def test_an_exception_of_one_municipality_is_not_told_to_another(rules_of: Any) -> None:
    ruleset = rules_of(excepted(attributes="vagt.tenant: '730'"), schema="ecs")
    reader = Scope("reader", frozenset(("municipality",)), frozenset(("751",)))
    assert [one.kind for one in list_rules(reader, ruleset, NOW.date())] == ["rule"]


def test_an_exception_in_sigma_names_meets_every_spelling_of_the_rule(rules_of: Any) -> None:
    text = """
title: whoami
id: 6f7d5d6e-1d53-4c5f-9d22-0d7d8c3b1a11
logsource: {product: windows, category: process_creation}
detection:
    s: {Image|endswith: '\\whoami.exe'}
    condition: s
---
title: helpdesk
id: 6f7d5d6e-1d53-4c5f-9d22-0d7d8c3b1a12
logsource: {product: windows, category: process_creation}
filter:
    rules: [6f7d5d6e-1d53-4c5f-9d22-0d7d8c3b1a11]
    helpdesk: {ParentImage|endswith: '\\helpdesk.exe'}
    condition: not helpdesk
"""
    ruleset = rules_of(text, schema="ecs")

    def process(code: str, channel: str, image: str, parent: str, of: str) -> Any:
        data = {image: r"C:\Windows\whoami.exe", parent: of}
        return {
            "event": {"id": code, "dataset": "windows.eventlog", "module": "windows", "code": code},
            "winlog": {"channel": channel, "event_data": data},
            "organization": {"id": "751"},
        }

    sysmon = ("1", "Microsoft-Windows-Sysmon/Operational", "Image", "ParentImage")
    security = ("4688", "Security", "NewProcessName", "ParentProcessName")
    for names in (sysmon, security):
        for parent, expected in ((r"C:\helpdesk.exe", 0), (r"C:\cmd.exe", 1)):
            batch = match_batch(records([process(*names, parent)]), detector(ruleset))
            assert len(documents(batch.messages)) == expected


def test_it_may_ask_what_only_some_of_the_sources_of_a_rule_have(rules_of: Any) -> None:
    text = """
title: a connection
id: 6f7d5d6e-1d53-4c5f-9d22-0d7d8c3b1a31
name: a_connection
logsource: {product: windows, category: network_connection}
detection:
    s: {DestinationPort: 4444}
    condition: s
---
title: but one user's
id: 6f7d5d6e-1d53-4c5f-9d22-0d7d8c3b1a32
logsource: {product: windows, category: network_connection}
filter:
    rules: [a_connection]
    own: {User: 'KOMMUNE\\kim'}
    condition: not own
"""
    ruleset = rules_of(text, schema="ecs")
    assert ruleset.refused == ()
    (exception,) = ruleset.exceptions
    assert set(exception.trees) == {"ecs windows"}
    assert {variant.family for variant in ruleset.rules[0].variants} == {"ecs windows", "ecs windows 5156"}


def test_one_for_all_of_a_product_is_for_every_kind_of_its_sources(rules_of: Any) -> None:
    text = """
title: whoami
id: 6f7d5d6e-1d53-4c5f-9d22-0d7d8c3b1a33
logsource: {product: windows, category: process_creation}
detection:
    s: {Image|endswith: '\\whoami.exe'}
    condition: s
---
title: but one user's
id: 6f7d5d6e-1d53-4c5f-9d22-0d7d8c3b1a34
logsource: {product: windows}
filter:
    rules: any
    own: {User: kim}
    condition: not own
"""
    ruleset = rules_of(text, schema="ecs")
    assert ruleset.refused == ()
    frame = {"dataset": "windows.eventlog", "module": "windows", "code": "4688"}
    data = {"NewProcessName": r"C:\Windows\whoami.exe", "SubjectUserName": "kim"}
    made = {"event": frame, "winlog": {"channel": "Security", "event_data": data}}
    hits = Engine(ruleset).match(made)
    exceptions = Exceptions(ruleset, NOW.date)
    assert exceptions.standing(hits, made) == []
    made["winlog"] = {"channel": "Security", "event_data": {**data, "SubjectUserName": "bo"}}
    assert len(exceptions.standing(Engine(ruleset).match(made), made)) == 1
