"""Hot reload of the matcher: what is taken over, what is refused, and what that is told by."""

import os
import threading
from pathlib import Path
from typing import Any

import pytest
import yaml
from prometheus_client import REGISTRY
from structlog.testing import capture_logs

from detections.app import build_matcher
from detections.loaded import Loaded, load
from detections.queries import reload_failures
from detections.reloading import Reloader, Reloading
from detections.watching import Watch
from tests.detections.reload_scene import AT_ONCE, LOOKS, Folder, correlation, rule, rule_id
from tests.detections.scene import NOW, documents, event, no_controls, records
from vagt.context import Context
from vagt.contracts.scope import system_scope
from vagt.errors import DependencyError
from vagt.settings import Settings, load_settings
from vagt.state.database import open_state
from vagt.state.migrate import upgrade
from vagt.tenants import load_tenants


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    """Two rules, a matcher running on them."""
    made = Folder(tmp_path)
    made.write("one", rule(1))
    made.write("two", rule(2, "action: ssh_login"))
    made.matcher()
    return made


def found(folder: Folder) -> set[str]:
    """Titles of the findings of one failed login."""
    return {one["rule"]["name"] for one in documents(folder.stage.step(records([event("e1")])).messages)}


def version(folder: Folder) -> tuple[int, str]:
    (first, *_) = documents(folder.stage.step(records([event("e1")])).messages)
    return first["vagt"]["finding"]["ruleset_number"], first["vagt"]["finding"]["ruleset_version"]


def failed_since(stage: str = "detections") -> float:
    value = REGISTRY.get_sample_value("vagt_rules_reload_failed_timestamp_seconds", {"stage": stage})
    assert value is not None
    return value


def test_a_new_rule_a_changed_one_and_a_removed_one_are_taken_over(folder: Folder) -> None:
    folder.write("three", rule(3))
    folder.settle()
    assert found(folder) == {"Rule 1", "Rule 2", "Rule 3"}
    folder.write("one", rule(1, "outcome: success"))
    folder.settle()
    assert found(folder) == {"Rule 2", "Rule 3"}
    folder.remove("two")
    folder.settle()
    assert found(folder) == {"Rule 3"}


def test_a_change_is_read_only_once_it_has_stood_still(folder: Folder) -> None:
    folder.write("three", rule(3))
    folder.look()
    folder.write("four", rule(4))
    folder.look(2)
    assert "Rule 3" not in found(folder)
    folder.look(LOOKS)
    assert found(folder) >= {"Rule 3", "Rule 4"}


BROKEN = {
    "no YAML": "title: [",
    "invalid": rule(1).replace("condition: s", "condition: nothing"),
    "its id taken": rule(1) + "---" + rule(1, "action: ssh_login"),
    "another's id taken": rule(1) + "---" + rule(2, "outcome: success"),
    "no mapping for it": rule(1).replace("taxonomy: ecs", "").replace("product: linux", "product: nonesuch"),
    "no id and no rule": "title: Rule 1",
}


@pytest.mark.parametrize("text", BROKEN.values(), ids=BROKEN)
def test_a_set_that_breaks_a_rule_in_use_leaves_the_old_one_until_it_is_mended(text: str, folder: Folder) -> None:
    before = version(folder)
    folder.write("one", text)
    folder.write("three", rule(3))
    with capture_logs() as logs:
        folder.settle()
    assert found(folder) == {"Rule 1", "Rule 2"}
    assert version(folder) == before
    (told,) = [one for one in logs if one["event"] == "rules_not_reloaded"]
    assert told["reason"].startswith("rules in use cannot be used any more: ")
    assert failed_since() == NOW.timestamp()
    (failure,) = reload_failures(system_scope("test"), folder.context)
    assert (failure.stage, failure.reason) == ("detections", told["reason"])
    folder.write("one", rule(1))
    folder.settle()
    assert found(folder) == {"Rule 1", "Rule 2", "Rule 3"}
    assert failed_since() == 0
    assert reload_failures(system_scope("test"), folder.context) == []


def test_mended_to_what_is_in_use_the_failure_is_over_without_a_new_version(folder: Folder) -> None:
    before = version(folder)
    for _ in range(2):
        folder.write("one", "title: [")
        folder.settle()
        assert failed_since() > 0
        folder.write("one", rule(1))
        folder.settle()
        assert failed_since() == 0
    assert version(folder) == before


def test_nothing_that_can_be_used_is_no_set(folder: Folder) -> None:
    folder.remove("one")
    folder.remove("two")
    folder.settle()
    assert found(folder) == {"Rule 1", "Rule 2"}
    (failure,) = reload_failures(system_scope("test"), folder.context)
    assert failure.reason == "no rule can be used"


def test_a_folder_that_is_gone_leaves_the_old_set(folder: Folder) -> None:
    folder.rules.rename(folder.path / "elsewhere")
    folder.settle()
    assert found(folder) == {"Rule 1", "Rule 2"}
    (failure,) = reload_failures(system_scope("test"), folder.context)
    assert "the folder does not exist" in failure.reason


def test_a_document_that_was_never_usable_breaks_nothing(folder: Folder) -> None:
    folder.write("odd", "title: [")
    folder.write("three", rule(3))
    folder.settle()
    assert found(folder) == {"Rule 1", "Rule 2", "Rule 3"}
    assert failed_since() == 0


def test_a_rule_that_a_correlation_needs_is_not_taken_out_alone(folder: Folder) -> None:
    folder.write("many", correlation(9, of=1, threshold=3))
    folder.settle()
    folder.remove("one")
    folder.settle()
    assert found(folder) == {"Rule 1", "Rule 2"}
    (failure,) = reload_failures(system_scope("test"), folder.context)
    assert "many.yml: no usable rule has the id or name rule_1" in failure.reason
    folder.remove("many")
    folder.settle()
    assert found(folder) == {"Rule 2"}


def test_other_stamps_on_the_same_content_change_nothing(folder: Folder) -> None:
    before = version(folder)
    with capture_logs() as logs:
        for second in (1, 2):
            for path in folder.rules.iterdir():
                os.utime(path, (second, second))
            folder.settle()
        (folder.rules / "one.yml").rename(folder.rules / "renamed.yml")
        folder.settle()
    assert [one["event"] for one in logs] == []
    assert version(folder) == before


def test_a_renamed_file_that_then_breaks_is_still_known(folder: Folder) -> None:
    (folder.rules / "one.yml").rename(folder.rules / "renamed.yml")
    folder.settle()
    folder.write("renamed", "title: [")
    folder.settle()
    assert found(folder) == {"Rule 1", "Rule 2"}
    assert failed_since() > 0


def test_the_same_content_has_the_same_number_again(folder: Folder) -> None:
    first = version(folder)
    folder.write("three", rule(3))
    folder.settle()
    second = version(folder)
    folder.remove("three")
    folder.settle()
    assert (first[0], second[0]) == (1, 2)
    assert version(folder) == first


def test_it_is_told_what_runs(folder: Folder) -> None:
    folder.write("three", rule(3))
    with capture_logs() as logs:
        folder.settle()
    (told,) = [one for one in logs if one["event"] == "rules_reloaded"]
    assert (told["number"], told["version"]) == version(folder)
    assert (told["rules"], told["refused"], told["stage"]) == (3, 0, "detections")
    assert REGISTRY.get_sample_value("vagt_rules_version", {"stage": "detections"}) == 2


def test_reading_goes_on_beside_the_batches(tmp_path: Path) -> None:
    folder = Folder(tmp_path)
    folder.write("one", rule(1))
    works: list[Any] = []
    folder.matcher(Reloading(start=works.append, seconds=0.0))
    folder.write("two", rule(2))
    folder.settle()
    assert len(works) == 1
    assert found(folder) == {"Rule 1"}
    thread = threading.Thread(target=works[0])
    thread.start()
    thread.join()
    assert found(folder) == {"Rule 1"}
    folder.look()
    assert found(folder) == {"Rule 1", "Rule 2"}


def test_what_changes_while_it_is_read_is_read_again(tmp_path: Path) -> None:
    path = tmp_path / "rules.yml"
    path.write_text(rule(1), encoding="utf-8")
    settings = Settings.model_validate({"detections": {"builtin": False, "rules": [str(path)]}})
    tenants = load_tenants(settings.unit)
    later = iter([rule(1) + "---" + rule(2), rule(1) + "---" + rule(3)])

    def read() -> Loaded:
        got = load(settings.detections, tenants, NOW.date)
        if (text := next(later, None)) is not None:
            path.write_text(text, encoding="utf-8")
        return got

    watch = Watch((path,))
    stamps = watch.stamps()
    reloader = Reloader(read(), watch, stamps, read, lambda loaded: len(loaded.ruleset.rules), AT_ONCE)
    looks = [reloader.look() for _ in range(8)]
    handed = [(loaded.ruleset.rules[-1].info.id, made) for one in looks if one is not None for loaded, made in [one]]
    assert set(handed) == {(rule_id(3), 2)}
    assert looks[:5] == [None] * 5


def configured(folder: Path, switches: dict[str, Any]) -> Context:
    """A context whose settings come from a file with these lists."""
    section = {"builtin": False, "rules": [str(folder / "rules.yml")], **switches}
    document = {"data_dir": str(folder), "unit": {"municipalities": ["751", "730"]}, "detections": section}
    file = folder / "vagt.yaml"
    file.write_text(yaml.safe_dump(document), encoding="utf-8")
    settings = load_settings(file, {})
    state = open_state(settings)
    upgrade(state)
    return Context(settings, state, load_tenants(settings.unit), lambda: NOW)


def test_switches_in_the_settings_file_are_taken_over_with_a_number_of_their_own(tmp_path: Path) -> None:
    (tmp_path / "rules.yml").write_text(rule(1), encoding="utf-8")
    stage = build_matcher(configured(tmp_path, {}), no_controls, AT_ONCE)

    def outcome(switches: dict[str, Any] | None) -> list[tuple[int, bool]]:
        if switches is not None:
            configured(tmp_path, switches)
        assert stage.tick is not None
        for _ in range(LOOKS):
            stage.tick(NOW)
        told = [one["vagt"]["finding"] for one in documents(stage.step(records([event("e1")])).messages)]
        return [(one["ruleset_number"], one.get("shadow", False)) for one in told]

    assert outcome(None) == [(1, False)]
    assert outcome({"shadow": [{"rules": [rule_id(1)]}]}) == [(2, True)]
    assert outcome({"disabled": [{"rules": [rule_id(1)]}]}) == []
    assert outcome({"disabled": [{"rules": [rule_id(1)], "tenants": ["730"]}]}) == [(4, False)]
    assert outcome({"disabled": [{"rules": [rule_id(1)], "tenants": ["101"]}]}) == [(4, False)]
    assert failed_since() > 0
    assert outcome({}) == [(1, False)]
    assert failed_since() == 0


def test_a_changed_file_of_placeholder_values_is_taken_over(tmp_path: Path) -> None:
    values = tmp_path / "admins.txt"
    values.write_text("mette\n", encoding="utf-8")
    folder = Folder(tmp_path, {"placeholders": {"admins": str(values)}})
    folder.write("one", rule(1).replace("event.outcome: failure", "user.name|expand: '%admins%'"))
    folder.matcher()
    assert found(folder) == set()
    values.write_text("mette\nadmin\n", encoding="utf-8")
    folder.settle()
    assert found(folder) == {"Rule 1"}


def test_while_no_number_can_be_had_the_old_set_goes_on(folder: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*_: object) -> None:
        raise DependencyError("the state database is away")

    with monkeypatch.context() as patched:
        patched.setattr("detections.current.version_of", away)
        folder.write("three", rule(3))
        folder.settle()
        assert found(folder) == {"Rule 1", "Rule 2"}
    folder.look()
    assert found(folder) == {"Rule 1", "Rule 2", "Rule 3"}


def test_a_failure_that_cannot_be_stored_yet_is_told_once_and_stored_later(
    folder: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: object) -> None:
        raise DependencyError("the state database is away")

    with monkeypatch.context() as patched, capture_logs() as logs:
        patched.setattr("detections.current.remember_failure", away)
        folder.write("one", "title: [")
        folder.look(8)
    assert [one["event"] for one in logs].count("rules_not_reloaded") == 1
    assert failed_since() > 0
    assert reload_failures(system_scope("test"), folder.context) == []
    folder.look()
    assert [one.stage for one in reload_failures(system_scope("test"), folder.context)] == ["detections"]
