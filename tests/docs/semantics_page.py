"""docs/sigma_semantics.md, from the cases that the engine and the oracle are tested with."""

from collections.abc import Iterable
from itertools import groupby
from typing import Any

import orjson

from tests.detections.semantic_cases import SemanticCase, semantic_cases

_TOP = """# What a Sigma rule means

<!-- Written by `pytest tests/docs --update-expected`; change `tests/detections/semantic_cases.yml` instead. -->

Sigma specification 2.1.0, clause by clause: `rules` is the rules specification, `modifiers` its appendix of modifiers,
`filters` the filters specification. Every row is run through the engine (with and without the event's bytes, first and again)
and the oracle. `-` is an event without any field. Where the specification leaves something open, the row says what holds here.
"""


def semantics_page() -> str:
    """The page."""
    pieces = [_TOP]
    for (clause, says), cases in groupby(semantic_cases(), key=lambda case: (case.clause, case.says)):
        pieces.append(f"\n## {clause}\n\n{says}\n")
        pieces += _tables(list(cases))
    return "".join(pieces)


def _tables(cases: list[SemanticCase]) -> Iterable[str]:
    usable = [case for case in cases if not case.refused]
    refused = [case for case in cases if case.refused]
    if usable:
        yield "\n| rule | matches | does not match | |\n|---|---|---|---|\n"
        yield from (_row(_asked(case), _events(case.holds), _events(case.fails), case.note) for case in usable)
    if refused:
        yield "\n| refused | reason | |\n|---|---|---|\n"
        yield from (_row(_asked(case), f"… {case.refused} …", case.note) for case in refused)


def _asked(case: SemanticCase) -> str:
    asked = [_code(case.asks or case.detection)]
    asked += [f"{_code(f'%{name}%')} = {_code(_json(values))}" for name, values in case.lists.items()]
    asked += [f"filter: {_code(case.filter)}"] if case.filter else []
    asked += [f"status: {_code(case.status)}"] if case.status != "test" else []
    return "<br>".join(asked)


def _events(events: Iterable[Any]) -> str:
    return "<br>".join(_code(_json(event)) if event else "-" for event in events)


def _json(value: Any) -> str:
    return orjson.dumps(value).decode()


def _code(text: str) -> str:
    """A code span; `|` is the only character that a table cell needs escaped."""
    marks = "``" if "`" in text else "`"
    space = " " if "`" in text else ""
    return f"{marks}{space}{text}{space}{marks}".replace("|", "\\|")


def _row(*cells: str) -> str:
    return f"| {' | '.join(cells)} |\n"
