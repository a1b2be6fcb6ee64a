"""docs/rules.md: what of the public Sigma rules can be used, through which families, and which fields these expect."""

from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

from benchmarks.recordings import rule_folders
from detections.checking import RuleCheck, check, datasets_of
from detections.loading import load_rules
from detections.pipelines import hosts
from detections.pipelines.family import BY_CONTENT, Family
from detections.pipelines.security import SECURITY_FEEDS, SecurityFeed
from detections.pipelines.sources import FAMILIES
from detections.pipelines.windows import TO_4688
from normalise.registry import sources

_NO_PRODUCT = "(any)"


def rules_page(corpus: Path) -> str:
    """The whole page."""
    ruleset = load_rules(rule_folders(corpus), builtin=False)
    checks = check(ruleset)
    refused = [one for one in checks if not one.usable]
    usable = len(checks) - len(refused)
    now = sum(1 for one in checks if one.usable and datasets_of(one.sources, sources()))
    products = {rule.info.id: rule.logsource.get("product", _NO_PRODUCT) for rule in ruleset.rules}
    fed = Counter(family for one in checks for family in set(one.families))
    return f"""# Public rules

Written by the tests from the rules of SigmaHQ (Detection Rule License 1.1) and the tables in `detections/pipelines/`; write
it anew with `pytest tests/docs --update-expected`. `vagt rules check --rules DIR --all` says the same of any folder, rule by
rule, and with `--live` which of the sources that report can feed each.

{usable:,} of {len(checks):,} rules can be used ({usable / len(checks):.1%}). {now:,} of them are fed by what this version
normalises: {_code(sorted(sources()))}.
The others wait for a source of their family, or for events that come in ECS already.

{_counts(checks, products)}

## Not usable

{_refused(refused)}

## Windows

All events of `windows.eventlog`, by channel and event id; fields are `winlog.event_data.<Field>`. The Security log feeds these
categories too, where a rule's fields are among those of the event:

{_security(fed)}

## Other sources

A family is one kind of source. *Datasets* are those all of whose events belong to it; *also in* are those of which some do, by
what the event holds (`{BY_CONTENT}`: any dataset that is not named here, too). A source that is added fills the fields of its
family; where several spellings stand, any of them counts.

{_families(fed)}

### auditd

{_AUDITD}

## Fields

{_fields()}
"""


def _table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    lines += ["| " + " | ".join(str(cell) for cell in row) + " |" for row in rows]
    return "\n".join(lines)


def _counts(checks: Sequence[RuleCheck], products: dict[str, str]) -> str:
    used = Counter(products[one.id] for one in checks if one.usable)
    return _table(("Product", "Usable rules"), used.most_common())


def _refused(refused: Sequence[RuleCheck]) -> str:
    rows = [(f"{one.title} (`{Path(one.path).name}`)", one.problem) for one in sorted(refused, key=lambda one: one.path)]
    return _table(("Rule", "Why"), rows)


def _security(fed: Counter[str]) -> str:
    rows = [("4688", "`process_creation`", fed["ecs windows 4688"], _pairs({str(key): f"{TO_4688[key]}" for key in TO_4688}))]
    rows += [(feed.code, _code(feed.categories), fed[feed.family], _security_fields(feed)) for feed in SECURITY_FEEDS]
    return _table(("Event", "Categories", "Rules", "Fields"), rows)


def _security_fields(feed: SecurityFeed) -> str:
    return _pairs({name: path.partition("|")[0] for name, path in feed.fields.items()})


def _pairs(fields: dict[str, str]) -> str:
    return ", ".join(f"`{name}` → `{path}`" for name, path in fields.items())


def _code(words: Iterable[str]) -> str:
    return ", ".join(f"`{word}`" for word in words)


def _families(fed: Counter[str]) -> str:
    head = ("Family", "Logsources", "Datasets", "Also in", "Rules")
    rows = [(one.name, _logsource(one), _code(one.datasets), _code(one.seen_in), fed[one.name]) for one in FAMILIES]
    return _table(head, rows)


def _logsource(family: Family) -> str:
    parts = []
    for name, words in (("product", family.products), ("category", family.categories), ("service", family.services)):
        if said := sorted(word for word in words if word):
            parts.append(f"{name}: {', '.join(said)}")
    return "; ".join(parts)


def _fields() -> str:
    shown = []
    for family in FAMILIES:
        rows = [(f"`{name}`", _path(path)) for name, path in family.fields.items()]
        rows += [(f"`{name}*`" if name else "any other", f"`{path}*`") for name, path in family.under.items()]
        if rows:
            shown.append(f"### {family.name.capitalize()}\n\n{_table(('Sigma', 'ECS'), rows)}")
    return "\n\n".join(shown)


def _path(path: str) -> str:
    spellings = path.split("|")
    return _code(spellings[:4]) + (f" and {len(spellings) - 4} more" if len(spellings) > 4 else "")


_AUDITD = "\n".join((hosts.__doc__ or "").strip().splitlines()[2:])
