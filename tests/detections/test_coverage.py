"""Coverage: which usable rules look for what, what feeds them, and a layer that the ATT&CK Navigator takes."""

import re
from dataclasses import replace
from datetime import date
from typing import Any

from detections.coverage import FED, PARTLY, UNFED, Covering, by_technique, coverage, navigator_layer, unwatched
from detections.enablement import Enablement, Mode, Switch
from detections.loading import load_rules
from detections.rule import RuleSet
from tests.detections.conftest import LoadText
from tests.detections.rule_texts import correlated

KNOWN = ("cisco.asa", "fortinet.fortigate", "linux.auth", "syslog.generic", "windows.eventlog")
FIREWALL = """
---
title: Firewall
id: 6f7d5d6e-1d53-4c5f-9d22-0d7d8c3b1e01
tags: [attack.t1110, attack.t1133]
taxonomy: ecs
logsource: {product: fortinet}
detection:
    s: {event.action: x}
    condition: s
---
title: Anything
id: 6f7d5d6e-1d53-4c5f-9d22-0d7d8c3b1e02
tags: [attack.t1078]
taxonomy: ecs
logsource: {category: authentication}
detection:
    s: {event.action: x}
    condition: s
---
title: Refused
id: 6f7d5d6e-1d53-4c5f-9d22-0d7d8c3b1e03
tags: [attack.t1003]
logsource: {product: nobody, service: nothing}
detection:
    s: {a: x}
    condition: s
"""


def covered(rules_of: LoadText, live: set[str] | None) -> tuple[RuleSet, dict[str, Covering]]:
    ruleset = rules_of(correlated("gte: 3", "5m") + FIREWALL, schema="ecs")
    return ruleset, {row.title: row for row in coverage(ruleset, KNOWN, live)}


def test_each_usable_rule_has_its_sources_and_those_that_report(rules_of: LoadText) -> None:
    _, rows = covered(rules_of, {"linux.auth", "own.thing"})
    assert set(rows) == {"Failed login", "Many failed logins", "Firewall", "Anything"}
    assert (rows["Failed login"].sources, rows["Failed login"].live) == (("linux.auth",), ("linux.auth",))
    assert (rows["Many failed logins"].kind, rows["Many failed logins"].is_fed) == ("correlation", True)
    assert (rows["Firewall"].sources, rows["Firewall"].live) == (("fortinet.fortigate",), ())
    assert rows["Anything"].sources == tuple(sorted((*KNOWN, "own.thing")))
    assert unwatched([rows["Firewall"]], {"linux.auth", "fortinet.fortigate"}) == ["linux.auth"]


def test_what_is_live_is_not_guessed_where_it_was_not_asked(rules_of: LoadText) -> None:
    _, rows = covered(rules_of, None)
    assert {row.live for row in rows.values()} == {None}
    layer = navigator_layer(list(rows.values()), "x", "1")
    assert layer["legendItems"] == [] and not any("color" in one for one in layer["techniques"])


def test_a_rule_that_only_feeds_a_correlation_is_covered_for_by_it(rules_of: LoadText) -> None:
    _, rows = covered(rules_of, {"linux.auth"})
    titles = {technique: [row.title for row in found] for technique, found in by_technique(rows.values()).items()}
    assert titles == {"T1078": ["Anything"], "T1110": ["Firewall"], "T1110.001": ["Many failed logins"], "T1133": ["Firewall"]}


def test_score_and_colour_of_a_technique(rules_of: LoadText) -> None:
    ruleset, rows = covered(rules_of, {"linux.auth"})
    more = replace(rows["Many failed logins"], id="x", techniques=("T1110",))
    layer = navigator_layer([*rows.values(), more], "unit", ruleset.version)
    shown = {one["techniqueID"]: (one["score"], one["color"]) for one in layer["techniques"]}
    assert shown == {"T1078": (1, FED), "T1110": (2, PARTLY), "T1110.001": (1, FED), "T1133": (1, UNFED)}
    assert layer["gradient"]["maxValue"] == 2
    assert {one["color"] for one in layer["legendItems"]} == {FED, PARTLY, UNFED}


def test_a_rule_that_is_off_for_everybody_covers_nothing(rules_of: LoadText) -> None:
    ruleset, rows = covered(rules_of, set())

    def left(switch: Switch) -> set[str]:
        switches = Enablement(switches={rows["Firewall"].id: (switch,)}, today=lambda: date(2026, 11, 29))
        return {row.title for row in coverage(ruleset, KNOWN, set(), switches)}

    assert "Firewall" not in left(Switch(Mode.OFF, None, None))
    assert "Firewall" in left(Switch(Mode.OFF, frozenset({"751"}), None))
    assert "Firewall" in left(Switch(Mode.SHADOW, None, None))


# What format 4.5 says of each object: the names that it knows, and those that must be there.
OBJECTS: dict[str, tuple[set[str], set[str]]] = {
    "layer": (
        {"versions", "name", "description", "domain", "customDataURL", "filters", "sorting", "layout", "hideDisabled"}
        | {"techniques", "gradient", "legendItems", "showTacticRowBackground", "tacticRowBackground", "metadata", "links"}
        | {"selectTechniquesAcrossTactics", "selectSubtechniquesWithParent", "selectVisibleTechniques"},
        {"name", "domain"},
    ),
    "versions": ({"attack", "navigator", "layer"}, {"navigator", "layer"}),
    "layout": (
        {"layout", "showID", "showName", "showAggregateScores", "countUnscored", "aggregateFunction", "expandedSubtechniques"},
        set(),
    ),
    "technique": (
        {"techniqueID", "tactic", "comment", "enabled", "score", "color", "metadata", "links", "showSubtechniques"},
        {"techniqueID"},
    ),
    "gradient": ({"colors", "minValue", "maxValue"}, {"colors", "minValue", "maxValue"}),
    "legend": ({"label", "color"}, {"label", "color"}),
    "metadata": ({"name", "value"}, {"name", "value"}),
}


def has_form(kind: str, given: dict[str, Any]) -> bool:
    known, needed = OBJECTS[kind]
    return needed <= given.keys() <= known


def test_the_layer_of_our_own_pack_has_the_form_of_the_navigator() -> None:
    ruleset = load_rules([])
    rows = coverage(ruleset, KNOWN, {"linux.auth"})
    layer = navigator_layer(rows, "unit", ruleset.version)
    assert has_form("layer", layer) and has_form("versions", layer["versions"]) and has_form("layout", layer["layout"])
    assert (layer["domain"], layer["versions"]["layer"]) == ("enterprise-attack", "4.5")
    assert tuple(map(int, layer["versions"]["navigator"].split("."))) >= (4, 9, 0)
    assert layer["layout"]["aggregateFunction"] in ("average", "min", "max", "sum")
    assert layer["layout"]["expandedSubtechniques"] in ("none", "all", "annotated")
    assert has_form("gradient", layer["gradient"]) and layer["gradient"]["maxValue"] > layer["gradient"]["minValue"]
    assert all(has_form("legend", one) for one in layer["legendItems"])
    assert all(has_form("metadata", one) for one in layer["metadata"])
    ids = [one["techniqueID"] for one in layer["techniques"]]
    assert len(ids) == len(set(ids)) > 50
    for one in layer["techniques"]:
        assert has_form("technique", one) and all(has_form("metadata", fact) for fact in one["metadata"])
        assert re.fullmatch(r"T\d{4}(\.\d{3})?", one["techniqueID"])
        assert re.fullmatch(r"#[0-9a-f]{6}", one["color"]) and one["score"] > 0
