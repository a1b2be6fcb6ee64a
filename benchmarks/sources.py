"""The sources against the corpus: how much of what others expect they give, whether they are recognised, how fast they are.

python -m benchmarks.sources CORPUS [--write] [--untimed]

CORPUS is the folder with `corpus/` and `tools/ecs_score.py`. `--write` keeps the figures in benchmarks/sources.json, which
docs/sources.md is written from. Lines per second are of one core, parse to JSON, with the compiled modules (`make compiled`
before) and interpreted, by turns, the best of twelve; they hold for this machine and moment. `--untimed` keeps what was
timed before, as for a new source: it has no speed until all are measured again.
"""

import argparse
import fnmatch
import json
import platform
import re
import shlex
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks.lines import samples
from benchmarks.sides import COMPILED, ROOT, Side, by_turns
from normalise.registry import source_for, sources

KEPT = ROOT / "benchmarks" / "sources.json"
HINTS = ROOT / "benchmarks" / "corpus_sources.json"
DEPARTURES = ROOT / "docs" / "corpus_departures.md"
DEVICES = ROOT / "benchmarks" / "corpus_devices.json"
FAMILIES = ("auditbeat", "beats", "elastic_package", "elastic_integrations", "winlogbeat")
NORMALISE = [sys.executable, "-m", "vagt", "normalise", "--ndjson"]
_SPEED_ROUNDS, _SPEED_LINES = 3, 4_000
# Lines that the corpus has under one product and that name another themselves: the line is right.
_SAYS_ITSELF = {"%ASA-": "cisco.asa", "%FTD-": "cisco.ftd"}
Figures = dict[str, Any]


def hints() -> dict[str, str]:
    """Product of the corpus -> the source that reads it, of sources that there are."""
    named: dict[str, str] = json.loads(HINTS.read_text())
    return {product: source for product, source in named.items() if source in sources()}


def tools(folder: Path) -> Any:
    """The ruler's module."""
    sys.path.insert(0, str(folder / "tools"))
    import ecs_score  # type: ignore[import-not-found]

    return ecs_score


def answers(requests: Iterable[Figures]) -> Iterator[Figures]:
    """What `vagt normalise --ndjson` answers, in order."""
    lines = "".join(json.dumps(one) + "\n" for one in requests)
    done = subprocess.run(NORMALISE, input=lines, capture_output=True, text=True, check=True, cwd=ROOT)
    yield from map(json.loads, done.stdout.splitlines())


OURS = ("event.id", "organization.*")  # of every event: vagt's own


def departures() -> dict[str, list[str]]:
    """Product (also `family/product`) -> fields not judged there, as docs/corpus_departures.md names them with the reason."""
    found: dict[str, list[str]] = {}
    for line in DEPARTURES.read_text(encoding="utf-8").splitlines():
        cells = [cell.strip() for cell in line.split(" | ")]
        if len(cells) == 4 and "`" in cells[1]:
            fields = [name for name in re.findall(r"`([^`]+)`", cells[1]) if re.fullmatch(r"[@a-z_.*]+", name)]
            for product in cells[0].removeprefix("| ").split(", "):
                found.setdefault(product, []).extend(fields)
    return found


def judged(folder: Path) -> tuple[dict[str, Figures], list[str]]:
    """By product that a source reads: source, cases, expected values, recall and precision, and with the prefix `judged_` the
    same less the fields of `departures`. And what breaks ECS in any event."""
    ruler, known = tools(folder), hints()
    cases = [case for case in corpus_cases(folder, FAMILIES) if case.hint in known]
    given, _ = ruler.normalise(shlex.join(NORMALISE), cases, known.get, 600)
    schema = ruler.load_schema(folder / "reference" / "ecs" / "ecs_flat.yml")
    tallies, faults = ruler.score(cases, given, schema, _ignoring(ruler, []))
    named = departures()
    found: dict[str, Figures] = {}
    for name, tally in sorted(tallies.items()):
        if tally.count["expected"]:
            its = [case for case in cases if case.product == name]
            ignored = _ignoring(ruler, [*OURS, *named.get(its[0].hint, []), *named.get(name, [])])
            less = ruler.score(its, given, schema, ignored)[0][name]
            found[name] = {
                "source": known[its[0].hint],
                "cases": tally.count["cases"],
                **_figures(tally),
                **_figures(less, "judged_"),
            }
    return found, [f"{name}: {fault} ({count})" for (name, fault), count in faults.most_common()]


def _ignoring(ruler: Any, more: list[str]) -> re.Pattern[str]:
    return re.compile("|".join(fnmatch.translate(glob) for glob in [*ruler.IGNORED, *more]))


def _figures(tally: Any, prefix: str = "") -> Figures:
    counts = {prefix + key: tally.count[key] for key in ("expected", "equal", "different")}
    rates = {
        prefix + key: value and round(value, 3) for key, value in (("recall", tally.recall), ("precision", tally.precision))
    }
    return counts | rates


def totals(found: dict[str, Figures], prefix: str = "") -> Figures:
    """Micro and macro recall, and micro precision, over `judged`; with the prefix `judged_` less the departures."""
    count = Counter[str]()
    for one in found.values():
        count.update({key: one[prefix + key] for key in ("expected", "equal", "different")})
    recalls = [one[f"{prefix}recall"] for one in found.values() if one[f"{prefix}recall"] is not None]
    return {
        "products": len(found),
        "micro_recall": round(count["equal"] / count["expected"], 3),
        "macro_recall": round(sum(recalls) / len(recalls), 3),
        "precision": round(count["equal"] / (count["equal"] + count["different"]), 3),
    }


def corpus_cases(folder: Path, families: tuple[str, ...]) -> Iterator[Any]:
    """Cases as the ruler reads them."""
    yield from tools(folder).load_cases(folder / "corpus", list(families), "*", False)


def recognised(folder: Path) -> dict[str, tuple[int, int]]:
    """By source: of how many lines, sent without a hint, every event is of it, and how many lines there are."""
    known = hints()
    cases = [case for case in corpus_cases(folder, FAMILIES) if case.hint in known]
    found: dict[str, list[int]] = {}
    asked = ({"id": case.id, "source": None, "raw": case.raw} for case in cases)
    for case, answer in zip(cases, answers(asked), strict=True):
        source = next((one for sign, one in _SAYS_ITSELF.items() if sign in case.raw), known[case.hint])
        counts = found.setdefault(source, [0, 0])
        counts[0] += {event["event"]["dataset"] for event in answer["events"]} == {source}
        counts[1] += 1
    return {source: (right, lines) for source, (right, lines) in sorted(found.items())}


def devices(folder: Path) -> dict[str, tuple[int, int]]:
    """By source: how many of the SC4S lines of its devices are recognised as it, of how many. Where SC4S has one name for what
    are several sources here, any of them is right."""
    named: dict[str, list[str]] = {prefix: names.split() for prefix, names in json.loads(DEVICES.read_text()).items()}
    named = {prefix: names for prefix, names in named.items() if names[0] in sources()}
    expected: dict[str, list[str]] = {}
    for line in (folder / "corpus/sc4s/cases.jsonl").open(encoding="utf-8"):
        case = json.loads(line)
        for kind in (case["expected"] or {}).get("sourcetype", []):
            if names := next((names for prefix, names in named.items() if kind.startswith(prefix)), None):
                expected[case["id"]] = names
    cases = [case for case in corpus_cases(folder, ("sc4s",)) if case.id.partition("#")[0] in expected]
    found: dict[str, list[int]] = {}
    # a template has a Z behind the stamp, which the ruler fills in with an offset
    asked = ({"id": case.id, "source": None, "raw": case.raw.replace("+00:00Z", "Z")} for case in cases)
    for case, answer in zip(cases, answers(asked), strict=True):
        names = expected[case.id.partition("#")[0]]
        datasets = {event["event"]["dataset"] for event in answer["events"]}
        counts = found.setdefault(names[0], [0, 0])
        counts[0] += bool(datasets) and datasets <= set(names)
        counts[1] += 1
    return {source: (right, lines) for source, (right, lines) in sorted(found.items())}


def events_of(folder: Path, family: str) -> tuple[int, int]:
    """How many records of a family give an event without a hint, of how many. A case of CrowdSec is a file: its lines count."""
    cases = corpus_cases(folder, (family,))
    records = [
        line for case in cases for line in (case.raw.splitlines() if family == "crowdsec" else [case.raw]) if line.strip()
    ]
    given = answers({"id": str(number), "source": None, "raw": record} for number, record in enumerate(records))
    return sum(bool(answer["events"]) for answer in given), len(records)


def recognising() -> tuple[float, float]:
    """CPU time of finding the source of one line that names none, in microseconds: mean over all sources, and the slowest's."""
    times = []
    for source in sources():
        records = [line.encode() for line in samples(source)] * 10
        started = time.process_time()
        for record in records:
            source_for(None, record)
        times.append((time.process_time() - started) / len(records) * 1e6)
    return round(sum(times) / len(times), 1), round(max(times), 1)


def speeds() -> dict[str, dict[str, float]]:
    """Lines per second of every source, by how the modules of the hot path run."""
    if not COMPILED.is_dir():
        raise SystemExit("build/compiled is missing: make compiled")
    sides = {"compiled": Side(ROOT, COMPILED), "interpreted": Side(ROOT)}
    found: dict[str, dict[str, float]] = {how: {} for how in sides}
    for source, rates in by_turns(list(sides.values()), sources(), _SPEED_ROUNDS, _SPEED_LINES):
        for how, rate in zip(sides, rates, strict=True):
            found[how][source] = round(rate, -2)
    return found


def timed() -> Figures:
    """What the machine and its load decide."""
    return {
        "measured": datetime.now(UTC).date().isoformat(),
        "python": platform.python_version(),
        "recognising_us": recognising(),
        "lines_per_second": speeds(),
    }


def main() -> None:
    """Print the figures as JSON, and keep them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("corpus", type=Path)
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--untimed", action="store_true")
    args = parser.parse_args()
    found, faults = judged(args.corpus)
    figures = {
        "totals": totals(found),
        "judged_totals": totals(found, "judged_"),
        "faults": faults,
        "products": found,
        "recognised": recognised(args.corpus),
        "devices": devices(args.corpus),
        "events": {family: events_of(args.corpus, family) for family in ("wazuh", "crowdsec", "sc4s", "fail2ban")},
        "timed": json.loads(KEPT.read_text())["timed"] if args.untimed else timed(),
    }
    text = json.dumps(figures, indent=1) + "\n"
    if args.write:
        KEPT.write_text(text)
    print(text)


if __name__ == "__main__":
    main()
