"""Documents in, a `RuleSet` out. What cannot be used is refused with its reason; nothing here stops the load."""

import time
from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, TypeVar
from uuid import NAMESPACE_URL, uuid5

from sigma.exceptions import SigmaError
from sigma.rule import SigmaRule

from detections.condition import FALSE, Or, Tree, check_depth, fields, simplify, tree_of
from detections.correlation_loading import inner_first, linked, load_correlation
from detections.documents import Document, Unreadable, attribute, content_hash, documents_in, read_content, rule_files
from detections.exception_loading import load_exception
from detections.parsing import parse_filter, parse_rule
from detections.pipelines.mapping import feeds, map_rule
from detections.placeholders import COMMON, Placeholders
from detections.rule import CorrelationRule, DetectionRule, ExceptionRule, Refused, RuleSet, Variant
from detections.rule_cache import RuleCache
from detections.timespans import timespan
from vagt.contracts.finding import LEVELS, RuleInfo
from vagt.errors import RuleError

T = TypeVar("T")
BUILTIN = Path(__file__).parent / "rules"


def load_rules(
    folders: Iterable[Path],
    builtin: bool = True,
    schema: str = "ecs",
    parsed: bool = False,
    placeholders: Placeholders = COMMON,
    cache: RuleCache | None = None,
) -> RuleSet:
    """All rules of the folders, with the built-in pack first. `parsed` keeps pySigma's conditions for the oracle;
    `placeholders` are the lists behind `expand`. `cache`: of the same schema and placeholders, where rule files that it knows
    are not read again; what is read is kept in it. With `parsed` it is not asked.

    Raises SettingsError for a folder that does not exist, ValueError for another's cache, and nothing else.
    """
    started = time.perf_counter()
    if cache is not None and cache.name != (schema, placeholders):
        raise ValueError("the cache is of another schema or other placeholders")
    loader = _Loader(schema, parsed, placeholders)
    for path in rule_files([BUILTIN, *folders] if builtin else folders):
        content = read_content(path)
        if isinstance(content, Unreadable):
            loader.refuse(content)
        else:
            loader.take_file(path, content, None if parsed else cache)
    ruleset = loader.finish(started)
    if cache is not None and not parsed:
        cache.finish()
    return ruleset


class _Loader:
    def __init__(self, schema: str, parsed: bool, placeholders: Placeholders) -> None:
        self.schema = schema
        self.parsed = parsed
        self.placeholders = placeholders
        self.rules: dict[str, DetectionRule] = {}
        self.names: dict[str, str] = {}
        self.waiting: dict[str, list[tuple[Path, Document]]] = {"correlation": [], "filter": []}
        self.paths: dict[str, Path] = {}
        self.refused: list[Refused] = []

    def refuse(self, unreadable: Unreadable) -> None:
        self.refused.append(Refused(unreadable.path, "", unreadable.path.name, unreadable.reason))

    def take_file(self, path: Path, content: bytes, cache: RuleCache | None) -> None:
        known = cache.of(content) if cache is not None else None
        made = [self.take(path, one) for one in (documents_in(path, content) if known is None else known)]
        if cache is not None and known is None:
            cache.add(content, made)

    def take(self, path: Path, found: Document | DetectionRule | Unreadable) -> Document | DetectionRule | None:
        """Returns what the same document may be taken for the next time; None: nothing but what it is."""
        if isinstance(found, Unreadable):
            self.refuse(found)
            return None
        if isinstance(found, DetectionRule):
            self._attempt(path, found.info.id, found.info.title, lambda: self._add(path, found))
            return found
        given = found
        for kind in self.waiting:
            if kind in given:
                self.waiting[kind].append((path, given))
                return given
        rule = self._attempt(path, *_called(path, given), lambda: self._read_rule(given))
        if rule is None:
            return given
        self._attempt(path, rule.info.id, rule.info.title, lambda: self._add(path, rule))
        return rule

    def _attempt(self, path: Path, rule_id: str, title: str, take: Callable[[], T]) -> T | None:
        try:
            return take()
        except (RuleError, SigmaError) as error:
            reason = str(error)
        except RecursionError:
            reason = "the condition is nested too deep"
        except (TypeError, ValueError, AttributeError, KeyError) as error:  # pySigma on odd documents
            reason = f"no valid Sigma document: {error}"
        self.refused.append(Refused(path, rule_id, title, reason))
        return None

    def _add(self, path: Path, rule: DetectionRule) -> None:
        self._claim(path, rule.info.id)
        self.rules[rule.info.id] = replace(rule, path=path)
        if rule.name:
            self.names[rule.name] = rule.info.id

    def _read_rule(self, document: Document) -> DetectionRule:
        if "detection" not in document:
            raise RuleError("the document has neither detection, correlation nor filter")
        variants = self._variants(document)
        period = attribute(document, "period")
        return DetectionRule(
            info=rule_info(_id_of(document), document),
            path=Path(),
            name=str(document.get("name") or ""),
            variants=variants,
            logsource={str(key): str(value) for key, value in document["logsource"].items()},
            period=None if period is None else timespan(period),
        )

    def _variants(self, document: Document) -> tuple[Variant, ...]:
        first = parse_rule(document, self.placeholders)
        variants: list[Variant] = []
        problem: RuleError | None = None
        for number, feed in enumerate(feeds(first.logsource, first.taxonomy or "sigma", self.schema)):
            rule = first if number == 0 else parse_rule(document, self.placeholders)
            try:
                map_rule(rule, feed.family)
            except RuleError as error:
                problem = error
                continue
            tree, conditions = rule_trees(rule)
            variants.append(Variant(feed.family, feed.route, tree, fields(tree), conditions if self.parsed else ()))
        if not variants:
            raise problem or RuleError("no mapping")
        return tuple(variants)

    def _claim(self, path: Path, rule_id: str) -> None:
        if rule_id in self.paths:
            raise RuleError(f"the id {rule_id} is taken by {self.paths[rule_id].name}")
        self.paths[rule_id] = path

    def finish(self, started: float) -> RuleSet:
        correlations: dict[str, CorrelationRule] = {}
        exceptions: list[ExceptionRule] = []

        def take_correlation(path: Path, document: Document) -> None:
            rule_id = _id_of(document)
            self._claim(path, rule_id)
            info = rule_info(rule_id, document, "correlation")
            loaded, silenced = load_correlation(
                rule_id, info, path, document, lambda name: self._find(name) or correlations.get(self.names.get(name, name))
            )
            correlations[rule_id] = loaded
            self.names.setdefault(loaded.name, rule_id)
            for silent in silenced:
                if silent in correlations:
                    correlations[silent] = replace(correlations[silent], alerts=False)
                else:
                    self.rules[silent] = replace(self.rules[silent], alerts=False)

        def take_exception(path: Path, document: Document) -> None:
            given = parse_filter(document, self.placeholders)
            rule_id = _id_of(document)
            self._claim(path, rule_id)
            exceptions.append(load_exception(rule_id, path, document, given, self._find, self.schema, self.parsed))

        for path, document in inner_first(self.waiting["correlation"]):
            self._attempt(path, *_called(path, document), partial(take_correlation, path, document))
        for path, document in self.waiting["filter"]:
            self._attempt(path, *_called(path, document), partial(take_exception, path, document))
        rules = tuple(self.rules.values())
        hashes = [rule.info.hash for rule in rules] + [rule.info.hash for rule in correlations.values()]
        hashes += [exception.hash for exception in exceptions]
        version = content_hash({"schema": self.schema, "documents": sorted(hashes), "placeholders": self.placeholders})[:16]
        seconds = time.perf_counter() - started
        return RuleSet(self.schema, rules, linked(correlations), tuple(exceptions), tuple(self.refused), version, seconds)

    def _find(self, reference: str) -> DetectionRule | None:
        return self.rules.get(reference) or self.rules.get(self.names.get(reference, ""))


def _id_of(document: Document) -> str:
    return str(document.get("id") or uuid5(NAMESPACE_URL, content_hash(document)))


def _called(path: Path, document: Document) -> tuple[str, str]:
    """Id and title as they are told of a document that is refused."""
    return str(document.get("id") or ""), str(document.get("title") or path.name)


def rule_trees(rule: SigmaRule) -> tuple[Tree, tuple[Any, ...]]:
    """The condition of a rule (any of several) as our tree and as pySigma's. Raises RuleError for what cannot be asked, is
    nested too deep or can never hold."""
    conditions = tuple(condition.parsed for condition in rule.detection.parsed_condition)
    trees = tuple(tree_of(condition) for condition in conditions)
    tree = trees[0] if len(trees) == 1 else Or(trees)
    check_depth(tree)
    if simplify(tree, lambda _: None) == FALSE:
        raise RuleError("the rule can never match: the list of a placeholder that it needs is empty")
    return tree, conditions


def rule_info(rule_id: str, document: Document, kind: str = "rule") -> RuleInfo:
    """What findings say of the rule that a document holds. Raises RuleError for a `vagt.shadow` that is no truth value."""
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
        shadow=_truth("shadow", attribute(document, "shadow")),
    )


def _texts(value: Any) -> tuple[str, ...]:
    return tuple(str(one) for one in value) if isinstance(value, list) else ()


def _truth(name: str, value: Any) -> bool:
    if value not in (None, True, False):
        raise RuleError(f"vagt.{name} is true or false, not {value!r}")
    return value is True


def _optional(value: Any) -> str | None:
    return None if value is None else str(value)
