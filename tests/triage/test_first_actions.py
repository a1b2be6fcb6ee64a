"""First actions: complete in Danish and English, short, and every technique's and tactic's one exists."""

import pytest

from triage.first_action import FOLDER, first_actions
from vagt.attack import TACTICS
from vagt.errors import SettingsError

ACTIONS = first_actions()


@pytest.mark.parametrize("action_id", sorted(ACTIONS.by_id))
def test_an_action_is_short_and_in_both_languages(action_id: str) -> None:
    action = ACTIONS.by_id[action_id]
    danish, english = action.in_language("da"), action.in_language("en")
    assert 2 <= len(danish["steps"]) == len(english["steps"]) <= 5
    assert danish["title"] != english["title"]
    assert all(20 <= len(step) <= 260 for step in (*danish["steps"], *english["steps"]))
    assert danish["call"]


def test_there_are_enough_of_them() -> None:
    assert len(ACTIONS.by_id) >= 30


def test_every_tactic_has_one() -> None:
    assert {tactic for tactic, _ in TACTICS.values()} <= set(ACTIONS.by_tactic)


def test_the_rule_s_own_comes_first_then_sub_technique_technique_tactic_and_default() -> None:
    assert ACTIONS.choose("disk_full", ["T1110"], []) == "disk_full"
    assert ACTIONS.choose(None, ["T1562", "T1562.002"], []) == "logging_stopped"
    assert ACTIONS.choose(None, ["T1021.001"], []) == "lateral_movement"
    assert ACTIONS.choose("no_such", ["T9999"], ["TA0010"]) == "data_exfiltration"
    assert ACTIONS.choose(None, [], []) == "default"


def test_an_incomplete_file_is_named(tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("actions")
    for path in FOLDER.glob("*.yml"):
        (folder / path.name).write_bytes(path.read_bytes())
    (folder / "broken.yml").write_text("title: {da: Kun dansk}\ncall: [duty_manager]\nsteps: [{da: a, en: b}]\n")
    with pytest.raises(SettingsError, match=r"broken\.yml lacks 'en'"):
        first_actions(folder)
