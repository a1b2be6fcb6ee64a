"""Generated rules over the whole of Sigma's detections, events made from their own literals, and the comparison of engine and
oracle on them: without and with the event's bytes, first and again, with few rules and many, hurried so that all that the
engine learns after thousands of events is learnt after a few.
"""

import json
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

import orjson
import yaml

from benchmarks.generated_values import FIELDS, PLACEHOLDERS, WORDS, Asked, Hint, item, pattern, text
from detections import speakers
from detections.engine import Engine
from detections.fields import number_of
from detections.loading import load_rules
from detections.oracle import Oracle
from detections.pipelines.security import data_field
from detections.pipelines.windows import FRAME
from detections.rule import RuleSet
from detections.spelling import plainly_spelled
from vagt.contracts.event import Event

EVENTS_PER_RULE = 3
_NAMES = ("sel_a", "sel_b", "_sel_c", "notes", "and-x")
_LOGSOURCES = (
    *({"category": "process_creation", "product": "windows"}, {"product": "windows"}),
    *({"service": "security"}, {"category": "x"}),
)
_PLACES: tuple[dict[str, Any], ...] = (
    {"_logsource": {"product": "windows", "category": ["x", "process_creation"], "service": "security"}},
    {"Channel": "Security", "EventID": 4688},
    {"Channel": "Microsoft-Windows-Sysmon/Operational", "EventID": "1"},
    {},
)
_CHANNELS = (("Security", "4688"), ("Security", 4625), ("Microsoft-Windows-Sysmon/Operational", "1"), ("System", "7045"))
_HURRIED: tuple[tuple[Any, str, int], ...] = (
    (speakers, "_FEW", 0),
    (speakers, "_ASKED_AT_LEAST", 1),
    (speakers, "_ASKED_FOR_A_LITERAL", 0),
)


@dataclass
class Outcome:
    """What a comparison gave. `pairs`: an event and the rule it was made for; `unequal` holds readable reports."""

    rules: int = 0
    refused: int = 0
    pairs: int = 0
    matching: int = 0
    unequal: list[str] = field(default_factory=list)

    def add(self, other: "Outcome") -> None:
        """Count another outcome in."""
        self.rules += other.rules
        self.refused += other.refused
        self.pairs += other.pairs
        self.matching += other.matching
        self.unequal += other.unequal


def rule(random: Random, schema: str = "sigma") -> tuple[dict[str, Any], list[Hint]]:
    """A rule without title and id, and hints for events on which it may match."""
    names = random.sample(_NAMES, random.randint(1, 4))
    hints: list[Hint] = []
    detection: dict[str, Any] = {name: _selection(random, hints) for name in names}
    detection["condition"] = _condition(random, names, 2)
    if random.random() < 0.1:
        detection["condition"] = [detection["condition"], _condition(random, names, 1)]
    logsource = random.choice(_LOGSOURCES if schema == "sigma" else _LOGSOURCES[:2])
    return {"logsource": logsource, "detection": detection}, hints


def _selection(random: Random, hints: list[Hint]) -> Any:
    shape = random.random()
    if shape < 0.12:
        several = [pattern(random) for _ in range(random.randint(1, 3))]
        hints += [(None, value) for _, value in several]
        return [one or "x" for one, _ in several]
    if shape < 0.2:
        one = item(random, None)
        hints += one.hints
        return {one.key if "|" in one.key else f"|contains{one.key}": one.values}
    if shape < 0.3:
        return [random.choice((_map(random, hints), random.choice(WORDS) or "x")) for _ in range(2)]
    return _map(random, hints)


def _map(random: Random, hints: list[Hint]) -> dict[str, Any]:
    items: list[Asked] = [item(random, random.choice(FIELDS)) for _ in range(random.choice((1, 1, 2, 3)))]
    for one in items:
        hints += one.hints
    return {one.key: one.values for one in items}


def _condition(random: Random, names: list[str], depth: int) -> str:
    shape = random.random()
    if depth == 0 or shape < 0.3:
        return random.choice(names)
    if shape < 0.45:
        seen = [name for name in names if not name.startswith("_")]
        patterns = (["them"] if seen else []) + [f"{name[:4]}*" for name in names if "-" not in name[:4]]
        return f"{random.choice(('1', 'all', 'any'))} of {random.choice(patterns)}" if patterns else names[0]
    if shape < 0.6:
        return f"not {_bracketed(random, names, depth)}"
    word = random.choice((" and ", " or "))
    return word.join(_bracketed(random, names, depth) for _ in range(random.choice((2, 2, 3))))


def _bracketed(random: Random, names: list[str], depth: int) -> str:
    inner = _condition(random, names, depth - 1)
    return inner if " " not in inner or random.random() < 0.3 else f"({inner})"


def event(random: Random, hints: list[Hint], schema: str = "sigma") -> Event:
    """An event with most of the hinted values, some of them changed, and some that nobody asked for."""
    made: Event = {}
    for name, value in hints:
        if random.random() < 0.85:
            _put(random, made, _named(random, name or random.choice((*FIELDS, "m", "n.o")), schema), _changed(random, value))
    for _ in range(random.randrange(3)):
        _put(random, made, _named(random, random.choice(FIELDS), schema), _changed(random, text(random, 2)))
    if schema == "sigma":
        for name, value in random.choice(_PLACES).items():
            made.setdefault(name, value)
        return made
    channel, code = random.choice(_CHANNELS)
    for path, value in (("event.dataset", "windows.eventlog"), ("winlog.channel", channel), ("event.code", code)):
        _put_down(made, path, value)
    return made


def _named(random: Random, field: str, schema: str) -> str:
    """Where an event of the schema has a rule's field: one of several places in our own."""
    return field if schema == "sigma" else random.choice(str(FRAME.get(field) or data_field(field)).split("|"))


def _put_down(made: Event, path: str, value: Any) -> None:
    """The value nested, whatever was in the way: what places an event stands where our normaliser puts it."""
    first, last = path.split(".")
    made[first] = below if isinstance(below := made.get(first), dict) else {}
    made[first][last] = value


def _changed(random: Random, value: Any) -> Any:
    match random.randrange(16):
        case 0 if isinstance(value, str):
            return value.swapcase()
        case 1 if isinstance(value, str):
            return value + random.choice(WORDS)
        case 2 if isinstance(value, str):
            return random.choice(WORDS) + value
        case 3 if isinstance(value, str) and value:
            at = random.randrange(len(value))
            return value[:at] + random.choice("x\n*-A") + value[at + 1 :]
        case 4:
            return [random.choice((text(random, 1), None, 7)), value]
        case 5:
            return [[value], random.choice(([], {}, {"x": value}))]
        case 6:
            return random.choice((None, "", 0, 1, True, False, 1.0, [], {}, {"b": value}))
        case 7:
            return str(value)
        case 8 | 9 if isinstance(value, str):
            return _spelt_otherwise(value)
    return value


def _spelt_otherwise(value: str) -> Any:
    """What is the same to Sigma and looks otherwise in JSON: a number, a truth value, letters that fold to ASCII's."""
    number = number_of(value)
    if number is not None or value.lower() in ("true", "false"):
        return value.lower() == "true" if number is None else number
    return value.translate({ord("k"): "\u212a", ord("s"): "\u017f"})


def _put(random: Random, made: Event, name: str, value: Any) -> None:
    """The value under the name: nested, flat or mixed, sometimes in an object in a list."""
    here = made
    rest = name
    while "." in rest and random.random() < 0.75:
        first, _, after = rest.partition(".")
        below = here.setdefault(first, {})
        if isinstance(below, list):
            below.append(below := {})
        if not isinstance(below, dict):
            break
        if not below and random.random() < 0.2:
            here[first] = random.choice(([below], [[below], {"z": 1}]))
        here, rest = below, after
    here[rest] = value


@contextmanager
def hurried() -> Iterator[None]:
    """What the engine does after thousands of events it does after a few. Raises AttributeError where it is no longer so."""
    before = [getattr(module, name) for module, name, _ in _HURRIED]
    try:
        for module, name, value in _HURRIED:
            setattr(module, name, value)
        yield
    finally:
        for (module, name, _), value in zip(_HURRIED, before, strict=True):
            setattr(module, name, value)


def load(rules: list[dict[str, Any]], folder: Path, schema: str = "sigma") -> RuleSet:
    """The rules as a set, through a file of YAML; the nth has the id that ends in n."""
    titled = [{"title": f"rule {n}", "id": f"6f7d5d6e-1d53-4c5f-9d22-{n:012}", **one} for n, one in enumerate(rules)]
    path = folder / "rules.yml"
    path.write_text(yaml.safe_dump_all(titled, allow_unicode=True), encoding="utf-8")
    return load_rules([path], builtin=False, schema=schema, parsed=True, placeholders=PLACEHOLDERS)


def compare(random: Random, rules: int, per_rule: int = EVENTS_PER_RULE) -> Outcome:
    """One set of generated rules, and `per_rule` events made for each of them."""
    schema = random.choice(("sigma", "sigma", "ecs"))
    made = [rule(random, schema) for _ in range(rules)]
    events = [(index, event(random, hints, schema)) for index, (_, hints) in enumerate(made) for _ in range(per_rule)]
    random.shuffle(events)
    with tempfile.TemporaryDirectory() as folder:
        ruleset = load([one for one, _ in made], Path(folder), schema)
    usable = {int(one.info.id[-12:]) for one in ruleset.rules}
    oracle = Oracle(ruleset)
    right = [[hit.rule.info.id for hit in oracle.match(one)] for _, one in events]
    outcome = Outcome(rules, len(ruleset.refused))
    for (index, _), ids in zip(events, right, strict=True):
        outcome.pairs += index in usable
        outcome.matching += any(int(one[-12:]) == index for one in ids)
    for mode, found in _answers(ruleset, [one for _, one in events]):
        for (_, one), ids, ours in zip(events, right, found, strict=True):
            if ids != ours:
                outcome.unequal.append(_report(mode, one, ids, ours, [rule for rule, _ in made]))
    return outcome


def _answers(ruleset: RuleSet, events: list[Event]) -> Iterator[tuple[str, list[list[str]]]]:
    """By way of asking: the ids of the rules for each event."""
    spellings = {"orjson's": list(map(orjson.dumps, events)), "escaped": [_escaped(one) for one in events]}
    engine = Engine(ruleset)
    for mode in ("first", "again"):
        yield mode, [[hit.rule.info.id for hit in engine.match(one)] for one in events]
    with hurried():
        for spelling, documents in spellings.items():
            engine = Engine(ruleset)
            for mode in ("first", "again", "a third time"):
                found = [engine.match(orjson.loads(document), plainly_spelled(document)) for document in documents]
                yield f"with {spelling} bytes, hurried, {mode}", [[hit.rule.info.id for hit in one] for one in found]


def _escaped(one: Event) -> bytes:
    """The event as JSON that escapes all that it may."""
    return json.dumps(one, ensure_ascii=True).replace("/", r"\/").encode()


def _report(mode: str, one: Event, right: list[str], ours: list[str], rules: list[dict[str, Any]]) -> str:
    wrong = sorted(set(right) ^ set(ours))
    shown = "\n".join(yaml.safe_dump(rules[int(each[-12:])], allow_unicode=True) for each in wrong)
    return f"{mode}: oracle {right}, engine {ours}\nevent: {orjson.dumps(one).decode()}\n{shown}"


def run(pairs: int, seed: int = 0) -> Outcome:
    """At least `pairs` pairs: sets of one rule, of a few and of many."""
    random = Random(seed)  # the same seed gives the same pairs
    total = Outcome()
    while total.pairs < pairs:
        total.add(compare(random, random.choice((1, 3, 3, 10, 10, 60))))
    return total
