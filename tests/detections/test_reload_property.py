"""Random reloads at random points of a stream of batches: every event is matched once, by one whole rule set, and a set that
breaks a rule in use is never that one."""

import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from detections.loading import load_rules
from tests.detections.reload_scene import Folder, rule, rule_id
from tests.detections.scene import documents, event, records

OUTCOMES = ("failure", "success", "unknown")
NAMES = (1, 2, 3)
TAKEN = rule(0)
BROKEN = {"no YAML": "title: [", "no rule": "title: nothing", "id taken": TAKEN}

actions = st.one_of(
    st.tuples(st.just("batch"), st.lists(st.sampled_from(OUTCOMES), min_size=1, max_size=5)),
    st.tuples(st.just("write"), st.tuples(st.sampled_from(NAMES), st.sampled_from(OUTCOMES))),
    st.tuples(st.just("break"), st.tuples(st.sampled_from(NAMES), st.sampled_from(sorted(BROKEN)))),
    st.tuples(st.just("remove"), st.sampled_from(NAMES)),
    st.tuples(st.just("look"), st.integers(1, 3)),
    st.tuples(st.just("settle"), st.none()),
)


class Model:
    """What lies in the folder, by rule: the outcome that it wants, None for a broken file; and every set that ever lay there
    with its version."""

    def __init__(self, folder: Folder) -> None:
        self.folder = folder
        self.disk: dict[int, str | None] = {}
        self.sets: dict[str, dict[int, str]] = {}
        self.taken: set[int] = set()  # files whose rule has the id of the one that is always there
        self.number = 0
        folder.write("always", rule(0, "dataset: linux.auth"))
        self.write(1, "failure")
        folder.matcher()

    def write(self, number: int, outcome: str | None, text: str | None = None) -> None:
        self.disk[number] = outcome
        self.taken.discard(number)
        if text == TAKEN:
            self.taken.add(number)
        self.folder.write(str(number), text or rule(number, f"outcome: {outcome}"))
        self._remember()

    def remove(self, number: int) -> None:
        if self.disk.pop(number, "none") != "none":
            self.taken.discard(number)
            self.folder.remove(str(number))
        self._remember()

    def usable(self) -> dict[int, str]:
        return {number: outcome for number, outcome in self.disk.items() if outcome is not None}

    def _remember(self) -> None:
        self.sets[load_rules([self.folder.rules], builtin=False).version] = self.usable()

    def batch(self, outcomes: list[str]) -> Mapping[int, str]:
        """Feed a batch, hold it against the set that it says it was matched with, and give that set."""
        events = []
        for outcome in outcomes:
            self.number += 1
            one = event(f"e{self.number}")
            events.append(one | {"event": one["event"] | {"outcome": outcome}})
        found: list[Any] = documents(self.folder.stage.step(records(events)).messages)
        (version,) = {one["vagt"]["finding"]["ruleset_version"] for one in found}
        current = self.sets[version]
        expected = [
            (rule_id(number), one["event"]["id"])
            for one in events
            for number, outcome in {0: one["event"]["outcome"], **current}.items()
            if one["event"]["outcome"] == outcome
        ]
        told = [(one["rule"]["id"], event_id) for one in found for event_id in one["vagt"]["finding"]["events"]]
        assert sorted(told) == sorted(expected)
        return current

    def settle(self) -> None:
        """What is taken over in the end: the folder's set, unless it breaks something of the one before."""
        self.folder.look()  # a set that was read before the last change is good: it is taken first
        before = self.batch(["unknown"])
        self.folder.settle()
        breaks = bool(self.taken) or any(number in before and outcome is None for number, outcome in self.disk.items())
        assert self.batch(["unknown"]) == (before if breaks else self.usable())


@settings(max_examples=25, deadline=None)
@given(st.lists(actions, min_size=1, max_size=25))
def test_no_reload_loses_an_event_or_mixes_two_sets(steps: list[tuple[str, Any]]) -> None:
    with tempfile.TemporaryDirectory() as path:
        model = Model(Folder(Path(path)))
        for name, what in steps:
            match name:
                case "batch":
                    model.batch(what)
                case "write":
                    model.write(*what)
                case "break":
                    model.write(what[0], None, BROKEN[what[1]])
                case "remove":
                    model.remove(what)
                case "look":
                    model.folder.look(what)
                case _:
                    model.settle()
        model.batch(["failure", "success"])
        model.settle()
