"""The condition of a rule as a small tree over predicates, made once from pySigma's; what the engine compiles.

A predicate asks one thing of one field and is true where some value of the field answers it. Two predicates that ask
the same are equal, so that all rules share them.
"""

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Any, NamedTuple

from sigma import conditions as sigma_conditions
from sigma import types as sigma_types

from detections import modifiers
from detections.fields import fold
from detections.patterns import as_pcre
from vagt.errors import RuleError

ANY, ONE, DASH = "*", "?", "-"  # the wildcards among a glob's parts, as one-element tuples; DASH: any of patterns.DASHES
DEEPEST = 100  # how deep a condition may be nested


class Predicate(NamedTuple):
    """`field` None: a keyword, asked of every value of the event.

    kind       argument                       true where
    equals     folded text                    the value's folded text is it
    contains   folded text                    ... has it in it (`startswith`, `endswith` alike)
    glob       parts                          ... fits the parts: texts, (ANY,), (ONE,) and (DASH,)
    cased      parts                          the value's text, case kept, fits the parts
    text       None                           the value has a text (pattern `*`)
    regex      RE2 pattern                    the pattern is found in the text
    cidr       network                        the text is an address in it
    number     number                         the value is or spells the number
    bool       True, False                    the value is or spells it
    compare    (operator, number)             the value is or spells a number for which it holds
    part       (time part, number)            the value is a time with that minute, hour, ...
    compared   (time part, operator, number)  the value is a time with a minute, hour, ... for which it holds
    present    None                           the field is there, null or not
    notnull    None                           the field has a value that is not null
    fieldref   (field, starts, ends)          the texts of the two fields are the same, but for case
    """

    field: str | None
    kind: str
    argument: Hashable


@dataclass(frozen=True, slots=True)
class Leaf:
    """One predicate."""

    predicate: Predicate


@dataclass(frozen=True, slots=True)
class And:
    """All of them; none is true."""

    children: "tuple[Tree, ...]"


@dataclass(frozen=True, slots=True)
class Or:
    """At least one of them; none is false."""

    children: "tuple[Tree, ...]"


@dataclass(frozen=True, slots=True)
class Not:
    """Its opposite."""

    child: "Tree"


Tree = Leaf | And | Or | Not
TRUE: Tree = And(())
FALSE: Tree = Or(())


def tree_of(parsed: Any) -> Tree:
    """The tree of a condition as pySigma's `SigmaCondition.parsed` gives it. Raises RuleError for what cannot be asked."""
    if isinstance(parsed, sigma_conditions.ConditionAND):
        return And(tuple(tree_of(arg) for arg in parsed.args))
    if isinstance(parsed, sigma_conditions.ConditionOR):
        return Or(tuple(tree_of(arg) for arg in parsed.args))
    if isinstance(parsed, sigma_conditions.ConditionNOT):
        return Not(tree_of(parsed.args[0]))
    if isinstance(parsed, sigma_conditions.ConditionFieldEqualsValueExpression):
        return value_tree(parsed.field, parsed.value)
    if isinstance(parsed, sigma_conditions.ConditionValueExpression):
        return value_tree(None, parsed.value)
    raise RuleError("the condition is empty")


def value_tree(field: str | None, value: Any) -> Tree:
    """What one value asks of a field; of every value where `field` is None."""
    if isinstance(value, sigma_types.SigmaExpansion):
        return Or(tuple(value_tree(field, one) for one in value.values))
    if isinstance(value, sigma_types.SigmaNull):
        return Not(Leaf(Predicate(_named(field, "null"), "notnull", None)))
    if isinstance(value, sigma_types.SigmaExists):
        there = Leaf(Predicate(_named(field, "exists"), "present", None))
        return there if value.exists else Not(there)
    for kind, make in _PREDICATES.items():
        if isinstance(value, kind):
            return Leaf(make(field, value))
    raise RuleError(f"values of the kind {type(value).__name__} are not supported")


def _named(field: str | None, what: str) -> str:
    if field is None:
        raise RuleError(f"`{what}` needs a field")
    return field


def glob_parts(value: sigma_types.SigmaString) -> tuple[str | tuple[str], ...]:
    """The parts of a string pattern, repeated `*` made one. Raises RuleError for a placeholder that has no values."""
    parts: list[str | tuple[str]] = []
    for part in value.s:
        if isinstance(part, sigma_types.Placeholder):
            if part.name != modifiers.DASH:
                raise RuleError(f"the placeholder %{part.name}% has no list")
            parts.append((DASH,))
        elif isinstance(part, str):
            parts.append(part)
        elif part == sigma_types.SpecialChars.WILDCARD_SINGLE:
            parts.append((ONE,))
        elif not parts or parts[-1] != (ANY,):
            parts.append((ANY,))
    return tuple(parts)


def _string(field: str | None, value: sigma_types.SigmaString) -> Predicate:
    parts = glob_parts(value)
    if field is None:  # a keyword stands anywhere in a value
        parts = _around(parts)
    if isinstance(value, sigma_types.SigmaCasedString):
        return Predicate(field, "cased", parts)
    folded = tuple(fold(part) if isinstance(part, str) else part for part in parts)
    match folded:
        case ():
            return Predicate(field, "equals", "")
        case ((_,),) if folded == ((ANY,),):
            return Predicate(field, "text", None)
        case (str(text),):
            return Predicate(field, "equals", text)
        case (("*",), str(text), ("*",)):
            return Predicate(field, "contains", text)
        case (str(text), ("*",)):
            return Predicate(field, "startswith", text)
        case (("*",), str(text)):
            return Predicate(field, "endswith", text)
    return Predicate(field, "glob", folded)


def _around(parts: tuple[str | tuple[str], ...]) -> tuple[str | tuple[str], ...]:
    before = () if parts[:1] == ((ANY,),) else ((ANY,),)
    after = () if parts[-1:] == ((ANY,),) else ((ANY,),)
    return (*before, *parts, *after) if parts else ((ANY,),)


def _number(field: str | None, value: sigma_types.SigmaNumber) -> Predicate:
    if field is None:
        return Predicate(None, "contains", str(value.number))
    return Predicate(field, "number", value.number)


def _bool(field: str | None, value: sigma_types.SigmaBool) -> Predicate:
    if field is None:
        return Predicate(None, "contains", "true" if value.boolean else "false")
    return Predicate(field, "bool", value.boolean)


def _regex(field: str | None, value: sigma_types.SigmaRegularExpression) -> Predicate:
    flags = "".join(sorted(value.sigma_to_re_flag[flag] for flag in value.flags))
    return Predicate(field, "regex", (f"(?{flags})" if flags else "") + as_pcre(str(value.regexp), "m" in flags))


def _compare(field: str | None, value: sigma_types.SigmaCompareExpression) -> Predicate:
    operator, number = value.op.name.lower(), value.number
    if isinstance(number, sigma_types.SigmaTimestampPart):
        part = number.timestamp_part.name.lower()
        return Predicate(_named(field, "a part of a time"), "compared", (part, operator, number.number))
    return Predicate(_named(field, "a comparison"), "compare", (operator, number.number))


def _reference(field: str | None, value: sigma_types.SigmaFieldReference) -> Predicate:
    return Predicate(_named(field, "fieldref"), "fieldref", (value.field, value.starts_with, value.ends_with))


_PREDICATES: dict[type[Any], Callable[[str | None, Any], Predicate]] = {
    sigma_types.SigmaString: _string,
    sigma_types.SigmaTimestampPart: lambda field, value: Predicate(
        _named(field, "a part of a time"), "part", (value.timestamp_part.name.lower(), value.number)
    ),
    sigma_types.SigmaNumber: _number,
    sigma_types.SigmaBool: _bool,
    sigma_types.SigmaRegularExpression: _regex,
    sigma_types.SigmaCIDRExpression: lambda field, value: Predicate(field, "cidr", str(value.network)),
    sigma_types.SigmaCompareExpression: _compare,
    sigma_types.SigmaFieldReference: _reference,
}


def predicates(tree: Tree) -> "set[Predicate]":
    """All predicates that the tree asks."""
    if isinstance(tree, Leaf):
        return {tree.predicate}
    children = (tree.child,) if isinstance(tree, Not) else tree.children
    return set().union(*(predicates(child) for child in children)) if children else set()


def fields(tree: Tree) -> tuple[str, ...]:
    """The fields that the tree asks, those referred to among them, sorted."""
    found = {one.field for one in predicates(tree) if one.field is not None}
    references = [one.argument for one in predicates(tree) if one.kind == "fieldref"]
    return tuple(sorted(found | {argument[0] for argument in references if isinstance(argument, tuple)}))


def check_depth(tree: Tree) -> None:
    """Raises RuleError for a tree nested deeper than DEEPEST: what evaluates it goes down by recursion."""
    level, depth = [tree], 0
    while level:
        depth += 1
        if depth > DEEPEST:
            raise RuleError(f"the condition is nested more than {DEEPEST} deep")
        level = [
            child
            for one in level
            if not isinstance(one, Leaf)
            for child in ((one.child,) if isinstance(one, Not) else one.children)
        ]


def simplify(tree: Tree, known: Callable[[Predicate], bool | None]) -> Tree:
    """The tree with the predicates that `known` answers put in; TRUE or FALSE where that decides it."""
    if isinstance(tree, Leaf):
        answer = known(tree.predicate)
        return tree if answer is None else TRUE if answer else FALSE
    if isinstance(tree, Not):
        child = simplify(tree.child, known)
        return FALSE if child == TRUE else TRUE if child == FALSE else Not(child)
    deciding, idle = (FALSE, TRUE) if isinstance(tree, And) else (TRUE, FALSE)
    children = [simplify(child, known) for child in tree.children]
    if deciding in children:
        return deciding
    kept = tuple(child for child in children if child != idle)
    return kept[0] if len(kept) == 1 else idle if not kept else And(kept) if isinstance(tree, And) else Or(kept)
