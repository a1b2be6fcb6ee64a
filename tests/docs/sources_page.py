"""docs/sources.md: every source with what it reads, how it comes, and the figures kept in benchmarks/sources.json."""

import json
import statistics
from typing import Any

from benchmarks.sources import KEPT
from normalise.registry import sources

_HEAD = """# Sources

<!-- Written by `pytest tests/docs --update-expected`; measure again with `python -m benchmarks.sources CORPUS --write`. -->

Each source is a folder of `normalise/sources/`; its page has versions, shipper settings, fields and known gaps.
How to add one: [adding_a_source.md](adding_a_source.md).
"""
_FIGURES = """## Figures

Measured with real lines and the ECS documents that others make of them (most of them Elastic's, of 2020 to 2023). Two
versions of Elastic's own documents agree at 0.92 to 0.97. Where such a document is wrong or outdated it is not followed:
[every such field with its reason](corpus_departures.md).
"""
_ALONE = """Sent without the name of their source, {right:,} of {lines:,} lines ({share:.1%}) are recognised as what they are;
that costs {mean} us a line, {most} us where it costs most.
Records of other collections that give an event, and no dead letter: {events}.

Lines a second, parse to JSON on one core, with the hot path
[compiled](decisions/0019-the-hot-path-is-compiled.md) as in the image: median of {sources} sources {median:,.0f},
slowest {slowest:,.0f} (`{slow}`). Interpreted, by turns in the same run: median {plain:,.0f},
slowest {plainest:,.0f}. Measured on {measured} with CPython {python}.
"""


def sources_page() -> str:
    """The page."""
    kept: dict[str, Any] = json.loads(KEPT.read_text())
    return "\n".join([_HEAD, *_list(kept), *_totals(kept), *_products(kept)]) + "\n"


def _list(kept: dict[str, Any]) -> list[str]:
    rows = [
        "| source | reads | comes by | recognised alone | lines/s | interpreted |",
        "|---|---|---|---|---|---|",
    ]
    speeds = [kept["timed"]["lines_per_second"][how] for how in ("compiled", "interpreted")]
    for source in sorted(sources().values(), key=lambda one: one.id):
        folder = source.id.replace(".", "_")
        right, lines = (
            sum(counts)
            for counts in zip((0, 0), *(kept[part].get(source.id, (0, 0)) for part in ("recognised", "devices")), strict=True)
        )
        alone = f"{right:,} of {lines:,}" if lines else "–"
        rates = [f"{one[source.id]:,.0f}" if source.id in one else "–" for one in speeds]
        link = f"[`{source.id}`](../normalise/sources/{folder}/README.md)"
        rows.append(f"| {link} | {source.title} | {', '.join(source.framings)} | {alone} | {' | '.join(rates)} |")
    return [*rows, ""]


def _totals(kept: dict[str, Any]) -> list[str]:
    raw, judged = kept["totals"], kept["judged_totals"]
    right, lines = (sum(counts) for counts in zip(*kept["recognised"].values(), strict=True))
    speeds: dict[str, float] = kept["timed"]["lines_per_second"]["compiled"]
    interpreted: dict[str, float] = kept["timed"]["lines_per_second"]["interpreted"]
    slow = min(speeds, key=speeds.__getitem__)
    events = ", ".join(f"{name} {given:,} of {of:,}" for name, (given, of) in kept["events"].items())
    return [
        _FIGURES,
        "| | as the ruler counts | less the fields not followed |",
        "|---|---|---|",
        f"| recall, of all values | {raw['micro_recall']:.3f} | {judged['micro_recall']:.3f} |",
        f"| recall, mean of {raw['products']} products | {raw['macro_recall']:.3f} | {judged['macro_recall']:.3f} |",
        f"| precision | {raw['precision']:.3f} | {judged['precision']:.3f} |",
        f"| values of a wrong type | {len(kept['faults'])} | {len(kept['faults'])} |",
        "",
        _ALONE.format(
            right=right,
            lines=lines,
            share=right / lines,
            measured=kept["timed"]["measured"],
            events=events,
            median=statistics.median(speeds.values()),
            slowest=speeds[slow],
            slow=slow,
            sources=len(speeds),
            plain=statistics.median(interpreted.values()),
            plainest=min(interpreted.values()),
            python=kept["timed"]["python"],
            mean=kept["timed"]["recognising_us"][0],
            most=kept["timed"]["recognising_us"][1],
        ),
    ]


def _products(kept: dict[str, Any]) -> list[str]:
    rows = [
        "## By product of the corpus",
        "",
        "Recall and precision as the ruler counts; behind them less the fields not followed.",
        "",
        "| product | source | cases | values | recall | precision |",
        "|---|---|---|---|---|---|",
    ]
    for name, one in sorted(kept["products"].items()):
        recall = f"{one['recall']:.3f} ({_rate(one['judged_recall'])})"
        precision = f"{_rate(one['precision'])} ({_rate(one['judged_precision'])})"
        rows.append(f"| {name} | `{one['source']}` | {one['cases']:,} | {one['expected']:,} | {recall} | {precision} |")
    return rows


def _rate(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"
