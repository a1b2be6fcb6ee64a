"""The catalogue and its mapping."""

import pytest

from evidence.catalogue import controls, coverage_words, measures
from evidence.controls import MAX_ANNEX_A, controls_for, load_mapping, mapping_version
from vagt.attack import TACTICS


def _annex(ids: tuple[str, ...]) -> list[str]:
    return [one for one in ids if one.startswith("iso27001:")]


def test_every_annex_a_control_and_every_point_of_article_21_is_there() -> None:
    annex = [one for one in controls() if one.startswith("iso27001:A.")]
    article = [one for one in controls() if one.startswith("nis2:21.2.")]
    assert len(annex) == 93
    assert [one[-1] for one in article] == list("abcdefghij")


@pytest.mark.parametrize("control", controls().values(), ids=lambda control: control.id)
def test_every_control_has_titles_a_known_coverage_word_and_known_measures(control: object) -> None:
    found = controls()[control.id]  # type: ignore[attr-defined]
    assert found.title["en"]
    assert found.coverage in coverage_words()
    assert set(found.shown_by) <= set(measures())
    assert found.framework


def test_every_mapped_id_is_in_the_catalogue() -> None:
    mapping = load_mapping()
    for level in (mapping.techniques, mapping.tactics, mapping.signals, {"default": mapping.default}):
        for key, links in level.items():
            assert all(one in controls() for ids in links for one in ids), key
            assert all(links), f"{key} lacks a framework"


def test_every_tactic_that_a_finding_can_name_is_mapped() -> None:
    assert set(TACTICS) == set(load_mapping().tactics)


@pytest.mark.parametrize(
    ("tags", "expected"),
    [
        (["attack.t1110"], ["iso27001:A.5.17", "iso27001:A.8.5"]),
        (["attack.credential-access", "attack.t1490"], ["iso27001:A.8.13"]),
        (["attack.t1110.001"], ["iso27001:A.5.17", "iso27001:A.8.5"]),
        (["attack.t1059.003", "attack.execution"], ["iso27001:A.8.7", "iso27001:A.8.19"]),
        (["attack.impact", "signal.disk_space"], ["iso27001:A.5.26", "iso27001:A.5.29", "iso27001:A.8.13"]),
        (["signal.backup-failure"], ["iso27001:A.8.13"]),
        (["vagt.signal.certificate_expiry"], ["iso27001:A.8.24"]),
        (["attack.t1685.005"], ["iso27001:A.8.15"]),
        (["attack.t9999"], ["iso27001:A.8.15", "iso27001:A.8.16"]),
        ([], ["iso27001:A.8.15", "iso27001:A.8.16"]),
    ],
)
def test_the_most_specific_tag_decides(tags: list[str], expected: list[str]) -> None:
    assert _annex(controls_for(tags).ids) == expected


def test_dash_underscore_and_case_are_the_same() -> None:
    assert controls_for(["attack.Lateral-Movement"]) == controls_for(["attack.lateral_movement"])
    assert controls_for(["ATTACK.T1110"]) == controls_for(["attack.t1110"])


@pytest.mark.parametrize("successor", ["attack.stealth", "attack.defense-impairment"])
def test_the_successors_of_defense_evasion_are_mapped_as_it_was(successor: str) -> None:
    assert _annex(controls_for([successor]).ids) == _annex(controls_for(["attack.defense_evasion"]).ids)


def test_several_tags_give_their_union_with_at_most_four_annex_a_ids_the_first_of_each() -> None:
    controls_found = controls_for(["attack.t1078", "attack.t1566", "attack.t1486"])
    assert _annex(controls_found.ids) == ["iso27001:A.5.16", "iso27001:A.6.3", "iso27001:A.8.13", "iso27001:A.5.18"]
    assert len(_annex(controls_found.ids)) == MAX_ANNEX_A
    assert {"nis2:21.2.i", "nis2:21.2.g", "nis2:21.2.c"} <= set(controls_found.ids)


@pytest.mark.parametrize("name", ["source_silent", "dead_letter_rate", "source_drift", "clock_skew", "delivery_failing"])
def test_the_pipelines_own_findings_are_mapped(name: str) -> None:
    controls_found = controls_for([f"vagt.{name}"])
    assert "nis2:21.2.b" in controls_found.ids
    assert controls_found.ids != controls_for([]).ids


def test_an_answer_carries_the_mappings_version() -> None:
    assert controls_for(["attack.t1110"]).mapping_version == mapping_version()
