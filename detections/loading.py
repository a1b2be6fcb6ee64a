"""Documents in, a `RuleSet` out. What cannot be used is refused with its reason; nothing here stops the load."""

import time
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from sigma.exceptions import SigmaError
from sigma.rule import SigmaRule

from detections.condition import FALSE, Or, Tree, fields, tree_of
from detections.correlation_loading import load_correlation
from detections.documents import Document, Unreadable, attribute, content_hash, read_documents, rule_files
from detections.exception_loading import load_exception
from detections.pipelines.mapping import feeds, map_rule
from detections.rule import CorrelationRule, DetectionRule, ExceptionRule, Refused, RuleSet, Variant
from detections.timespans import timespan
from vagt.contracts.finding import LEVELS, RuleInfo
from vagt.errors import RuleError

BUILTIN = Path(__file__).parent / "rules"


def load_rules(folders: Iterable[Path], builtin: bool = True, schema: str = "ecs", parsed: bool = False) -> RuleSet:
    """All rules of the folders, with the built-in pack first. `parsed` keeps pySigma's conditions for the oracle.

    Raises SettingsError for a folder that does not exist, and nothing else.
    """
    started = time.perf_counter()
    loader = _Loader(schema, parsed)
    for path in rule_files([BUILTIN, *folders] if builtin else folders):
        for document in read_documents(path):
            loader.take(path, document)
    return loader.finish(started)


class _Loader:
    def __init__(self, schema: str, parsed: bool) -> None:
        self.schema = schema
        self.parsed = parsed
        self.rules: dict[str, DetectionRule] = {}
        self.names: dict[str, str] = {}
        self.waiting: dict[str, list[tuple[Path, Document]]] = {"correlation": [], "filter": []}
        self.paths: dict[str, Path] = {}
        self.refused: list[Refused] = []

    def take(self, path: Path, document: Document | Unreadable) -> None:
        if isinstance(document, Unreadable):
            self.refused.append(Refused(path, "", path.name, document.reason))
            return
        for kind in self.waiting:
            if kind in document:
                self.waiting[kind].append((path, document))
                return
        self._attempt(path, document, self._take_rule)

    def _attempt(self, path: Path, document: Document, take: Callable[[Path, Document], None]) -> None:
        try:
            take(path, document)
        except (RuleError, SigmaError) as error:
            reason = str(error)
        except (TypeError, ValueError, AttributeError, KeyError, RecursionError) as error:  # pySigma on odd documents
            reason = f"no valid Sigma document: {error}"
        else:
            return
        self.refused.append(Refused(path, str(document.get("id") or ""), str(document.get("title") or path.name), reason))

    def _take_rule(self, path: Path, document: Document) -> None:
        if "detection" not in document:
            raise RuleError("the document has neither detection, correlation nor filter")
        rule_id = self._claim(path, document)
        variants = _variants(document, self.schema, self.parsed)
        period = attribute(document, "period")
        self.rules[rule_id] = DetectionRule(
            info=rule_info(rule_id, document),
            path=path,
            name=str(document.get("name") or ""),
            variants=variants,
            logsource={str(key): str(value) for key, value in document["logsource"].items()},
            period=None if period is None else timespan(period),
        )
        if name := document.get("name"):
            self.names[str(name)] = rule_id

    def _claim(self, path: Path, document: Document) -> str:
        rule_id = str(document.get("id") or uuid5(NAMESPACE_URL, content_hash(document)))
        if rule_id in self.paths:
            raise RuleError(f"the id {rule_id} is taken by {self.paths[rule_id].name}")
        self.paths[rule_id] = path
        return rule_id

    def finish(self, started: float) -> RuleSet:
        correlations: list[CorrelationRule] = []
        exceptions: list[ExceptionRule] = []

        def take_correlation(path: Path, document: Document) -> None:
            rule_id = self._claim(path, document)
            loaded, silenced = load_correlation(
                rule_id, rule_info(rule_id, document, "correlation"), path, document, self._find
            )
            correlations.append(loaded)
            for silent in silenced:
                self.rules[silent] = replace(self.rules[silent], alerts=False)

        def take_exception(path: Path, document: Document) -> None:
            exceptions.append(load_exception(self._claim(path, document), path, document, self._find, self.schema, self.parsed))

        for path, document in self.waiting["correlation"]:
            self._attempt(path, document, take_correlation)
        for path, document in self.waiting["filter"]:
            self._attempt(path, document, take_exception)
        rules = tuple(self.rules.values())
        hashes = [rule.info.hash for rule in rules] + [rule.info.hash for rule in correlations]
        hashes += [exception.hash for exception in exceptions]
        version = content_hash({"schema": self.schema, "documents": sorted(hashes)})[:16]
        seconds = time.perf_counter() - started
        return RuleSet(self.schema, rules, tuple(correlations), tuple(exceptions), tuple(self.refused), version, seconds)

    def _find(self, reference: str) -> DetectionRule | None:
        return self.rules.get(reference) or self.rules.get(self.names.get(reference, ""))


def _variants(document: Document, schema: str, parsed: bool) -> tuple[Variant, ...]:
    first = SigmaRule.from_dict(document)
    taxonomy = first.taxonomy or "sigma"
    variants: list[Variant] = []
    problem: RuleError | None = None
    for number, feed in enumerate(feeds(first.logsource, taxonomy, schema)):
        rule = first if number == 0 else SigmaRule.from_dict(document)
        try:
            map_rule(rule, feed.family)
        except RuleError as error:
            problem = error
            continue
        tree, conditions = rule_trees(rule)
        variants.append(Variant(feed.family, feed.route, tree, fields(tree), conditions if parsed else ()))
    if not variants:
        raise problem or RuleError("no mapping")
    return tuple(variants)


def rule_trees(rule: SigmaRule) -> tuple[Tree, tuple[Any, ...]]:
    """The condition of a rule (any of several) as our tree and as pySigma's. Raises RuleError for what RE2 cannot find."""
    conditions = tuple(condition.parsed for condition in rule.detection.parsed_condition)
    trees = tuple(tree_of(condition) for condition in conditions)
    tree = trees[0] if len(trees) == 1 else Or(trees)
    if tree == FALSE:
        raise RuleError("the rule has no condition")
    return tree, conditions


def rule_info(rule_id: str, document: Document, kind: str = "rule") -> RuleInfo:
    """What findings say of the rule that a document holds."""
    level = str(document.get("level") or "medium").lower()
    return RuleInfo(
        id=rule_id,
        title=str(document.get("title") or rule_id),
        level=level if level in LEVELS else "medium",
        kind=kind,
        description=str(document.get("description") or "").strip(),
        author=str(document.get("author") or ""),
        license=str(document.get("license") or ""),
        version=str(document.get("modified") or document.get("date") or ""),
        hash=content_hash(document),
        tags=_texts(document.get("tags")),
        references=_texts(document.get("references")),
        falsepositives=_texts(document.get("falsepositives")),
        first_action=_optional(attribute(document, "first_action")),
    )


def _texts(value: Any) -> tuple[str, ...]:
    return tuple(str(one) for one in value) if isinstance(value, list) else ()


def _optional(value: Any) -> str | None:
    return None if value is None else str(value)
