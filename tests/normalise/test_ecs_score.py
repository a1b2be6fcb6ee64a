"""The sources against the corpus: documents that others made of the same lines, and records whose sender names no source.

The figures are kept in benchmarks/sources.json, from which docs/sources.md is written: here they are measured anew.
"""

import json
from pathlib import Path
from typing import Any

import pytest

from benchmarks.sources import KEPT, departures, devices, events_of, judged, recognised, totals
from normalise.registry import sources

FRESH = 0.005  # how far the kept figures may be from today's
MOST_UNTIMED = 5  # sources merged since all were last timed in one run


@pytest.fixture(scope="module")
def measured(corpus: Path) -> tuple[dict[str, Any], list[str]]:
    """What the ruler says of every product that a source reads."""
    return judged(corpus)


@pytest.mark.corpus
def test_sources_say_what_the_corpus_expects(measured: tuple[dict[str, Any], list[str]]) -> None:
    found, faults = measured
    assert faults == []
    whole, less = totals(found), totals(found, "judged_")
    assert whole["micro_recall"] >= 0.90 and whole["macro_recall"] >= 0.85, whole
    assert less["precision"] >= 0.97, less
    weak = {name: one["judged_recall"] for name, one in found.items() if one["expected"] > 20 and one["judged_recall"] < 0.90}
    assert weak == {}
    unlike = {name: one["judged_precision"] for name, one in found.items() if (one["judged_precision"] or 1) < 0.93}
    assert unlike == {}


@pytest.mark.corpus
def test_the_kept_figures_are_todays(measured: tuple[dict[str, Any], list[str]]) -> None:
    kept = json.loads(KEPT.read_text())["products"]
    assert kept.keys() == measured[0].keys(), "measure again: python -m benchmarks.sources CORPUS --write"
    for name, one in measured[0].items():
        for rate in ("recall", "judged_recall", "precision", "judged_precision"):
            assert abs((one[rate] or 0) - (kept[name][rate] or 0)) <= FRESH, (name, rate, one[rate], kept[name][rate])


def test_the_kept_figures_are_of_the_sources_that_there_are() -> None:
    kept = json.loads(KEPT.read_text())
    timed = kept["timed"]["lines_per_second"]["compiled"].keys()
    assert timed <= sources().keys() and len(sources().keys() - timed) <= MOST_UNTIMED, (
        "measure again: make compiled, python -m benchmarks.sources CORPUS --write"
    )


def test_what_is_not_followed_names_products_and_fields() -> None:
    named = departures()
    assert len(named) > 10
    assert "event.code" in named["squid_log"]


@pytest.mark.corpus
def test_lines_that_name_no_source_are_recognised(corpus: Path) -> None:
    found = recognised(corpus)
    right, lines = (sum(counts) for counts in zip(*found.values(), strict=True))
    assert right / lines >= 0.97, found
    of_devices = devices(corpus)
    right, lines = (sum(counts) for counts in zip(*of_devices.values(), strict=True))
    assert right / lines >= 0.97, of_devices


@pytest.mark.corpus
@pytest.mark.parametrize("family", ["wazuh", "crowdsec"])
def test_records_of_other_collections_give_an_event(corpus: Path, family: str) -> None:
    given, records = events_of(corpus, family)
    assert given == records
