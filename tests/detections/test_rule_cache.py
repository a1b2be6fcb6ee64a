"""What was kept of rule files gives the same set as reading them, and nothing about it can stop a load."""

import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import orjson
import pytest
from structlog.testing import capture_logs

from benchmarks.recordings import rule_folders
from detections.loading import load_rules
from detections.placeholders import COMMON, Placeholders
from detections.rule import RuleSet
from detections.rule_cache import RuleCache
from tests.detections.rule_texts import BASE, correlated
from tests.detections.semantic_cases import semantic_cases


def load(folders: Sequence[Path], cache: RuleCache | None, **options: Any) -> RuleSet:
    return replace(load_rules(folders, options.pop("builtin", False), cache=cache, **options), load_seconds=0)


def kept_in(folder: Path, schema: str = "ecs", placeholders: Placeholders = COMMON) -> RuleCache:
    return RuleCache(folder, schema, placeholders)


def is_read(cache: RuleCache, path: Path) -> bool:
    """Whether the file would be read again."""
    return cache.of(path.read_bytes()) is None


@pytest.mark.corpus
@pytest.mark.parametrize("schema", ["ecs", "sigma"])
def test_all_public_rules_and_the_pack_come_back_as_they_were(corpus: Path, tmp_path: Path, schema: str) -> None:
    folders = rule_folders(corpus)
    fresh = load(folders, kept_in(tmp_path, schema), builtin=True, schema=schema)
    again = load(folders, kept_in(tmp_path, schema), builtin=True, schema=schema)
    assert again == fresh
    assert repr(again.rules) == repr(fresh.rules), "1, 1.0 and True are equal"
    assert len(fresh.rules) > 3000 and len(fresh.correlations) > 40


def test_every_clause_of_the_language_comes_back_as_it_was(tmp_path: Path) -> None:
    used = 0
    for number, case in enumerate(semantic_cases()):
        file = tmp_path / f"{number}.yml"
        file.write_text(case.text, encoding="utf-8")
        lists = {**COMMON, **{name: tuple(map(str, values)) for name, values in case.lists.items()}}
        fresh = load([file], kept_in(tmp_path / "kept", placeholders=lists), placeholders=lists)
        warm = kept_in(tmp_path / "kept", placeholders=lists)
        used += not is_read(warm, file)
        again = load([file], warm, placeholders=lists)
        assert again == fresh and repr(again) == repr(fresh), case.text
    assert used > number * 0.9


def test_a_rule_that_a_correlation_silenced_speaks_again_without_it(tmp_path: Path) -> None:
    file, cache = tmp_path / "own.yml", RuleCache(None, "ecs", COMMON)
    file.write_text(correlated("gte: 3", "1m").replace("Failed login", "Failed"), encoding="utf-8")
    other = tmp_path / "other.yml"
    silent = load([file], cache)
    text = file.read_text(encoding="utf-8")
    file.write_text(text + "\n# a comment", encoding="utf-8")
    assert load([file], cache) == silent
    file.write_text(text.split("\n---")[0], encoding="utf-8")
    other.write_text(BASE, encoding="utf-8")
    assert [rule.alerts for rule in silent.rules] == [False]
    assert [rule.alerts for rule in load([other], cache).rules] == [True]


def test_only_what_has_changed_is_read(tmp_path: Path) -> None:
    one, other, cache = tmp_path / "one.yml", tmp_path / "other.yml", RuleCache(None, "ecs", COMMON)
    one.write_text(BASE, encoding="utf-8")
    other.write_text(re.sub("id: .", "id: 0", BASE), encoding="utf-8")
    first = load([one, other], cache)
    other.write_text(other.read_text(encoding="utf-8").replace("Failed login", "Changed"), encoding="utf-8")
    assert [is_read(cache, path) for path in (one, other)] == [False, True]
    second = load([one, other], cache)
    assert second.rules[0].variants is first.rules[0].variants
    assert [rule.info.title for rule in second.rules] == ["Failed login", "Changed"]
    assert second == load([one, other], None)


def test_the_same_id_twice_is_refused_from_the_cache_too(tmp_path: Path) -> None:
    one, other, cache = tmp_path / "one.yml", tmp_path / "other.yml", RuleCache(None, "ecs", COMMON)
    one.write_text(BASE, encoding="utf-8")
    other.write_text(BASE + "\n", encoding="utf-8")
    fresh = load([one, other], cache)
    assert [refused.path for refused in fresh.refused] == [other]
    assert load([one, other], cache) == fresh


def test_what_json_says_otherwise_is_read_each_time(tmp_path: Path) -> None:
    file = tmp_path / "own.yml"
    file.write_text(correlated("gte: 3", "1m") + "\nnumber: 1.0e999", encoding="utf-8")
    fresh = load([file], kept_in(tmp_path / "kept"))
    assert len(fresh.correlations) == 1
    warm = kept_in(tmp_path / "kept")
    assert is_read(warm, file)
    assert load([file], warm) == fresh


def test_another_schema_other_lists_or_another_version_of_the_code_begin_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file, kept = tmp_path / "own.yml", tmp_path / "kept"
    file.write_text(BASE, encoding="utf-8")
    load([file], kept_in(kept))
    assert not is_read(kept_in(kept), file)
    assert is_read(kept_in(kept, "sigma"), file)
    assert is_read(kept_in(kept, placeholders={**COMMON, "a": ("b",)}), file)
    monkeypatch.setattr("detections.rule_cache.code_version", lambda: "newer")
    assert is_read(kept_in(kept), file)


def test_a_cache_of_other_lists_is_no_cache_of_these(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="other placeholders"):
        load([tmp_path], RuleCache(None, "ecs", {"a": ("b",)}))


@pytest.mark.parametrize("damage", [b"", b"{", b"[]", b'{"predicates": [[1]], "files": {}}', b'{"predicates": [], "files": 1}'])
def test_a_damaged_file_is_told_and_written_anew(tmp_path: Path, damage: bytes) -> None:
    file, kept = tmp_path / "own.yml", tmp_path / "kept"
    file.write_text(BASE, encoding="utf-8")
    fresh = load([file], kept_in(kept))
    (written,) = kept.iterdir()
    whole = written.read_bytes()
    assert orjson.loads(whole)["files"] and written.stat().st_mode & 0o077 == 0
    written.write_bytes(damage)
    with capture_logs() as logs:
        assert load([file], kept_in(kept)) == fresh
    assert [entry["event"] for entry in logs] == ["rule_cache_not_read"]
    assert written.read_bytes() == whole


def test_a_folder_that_cannot_be_written_stops_no_load(tmp_path: Path) -> None:
    file, blocked = tmp_path / "own.yml", tmp_path / "kept"
    file.write_text(BASE, encoding="utf-8")
    blocked.write_text("a file where the folder should be", encoding="utf-8")
    with capture_logs() as logs:
        assert len(load([file], kept_in(blocked / "below")).rules) == 1
    assert "rule_cache_not_written" in [entry["event"] for entry in logs]


def test_files_of_earlier_versions_are_cleared_away(tmp_path: Path) -> None:
    file, kept = tmp_path / "own.yml", tmp_path / "kept"
    file.write_text(BASE, encoding="utf-8")
    for number in range(12):
        load([file], kept_in(kept, placeholders={"a": (str(number),)}), placeholders={"a": (str(number),)})
    assert len(list(kept.iterdir())) == 8
