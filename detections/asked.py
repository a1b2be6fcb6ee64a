"""What a test of a condition asks of a value, in words."""

from typing import Any

from detections.condition import Leaf, Not, Predicate, tree_of

_ORDER = {"lt": "<", "lte": "≤", "gt": ">", "gte": "≥", "eq": "=", "neq": "≠"}
_WITHOUT = {"text": "has a text", "present": "is there", "notnull": "is not null"}
_OPPOSITE = {"present": "is not there", "notnull": "is null"}
_VERBS = {
    "equals": "is",
    "contains": "has in it",
    "startswith": "starts with",
    "endswith": "ends with",
    "glob": "fits",
    "cased": "fits, with case,",
    "cidr": "is in the network",
    "number": "is the number",
    "regex": "is found by",
}


def asked(node: Any) -> str:
    """What a leaf of pySigma's condition tree asks: `ends with "\\cmd.exe"`."""
    tree = tree_of(node)
    if isinstance(tree, Not) and isinstance(tree.child, Leaf):
        return _OPPOSITE.get(tree.child.predicate.kind) or f"not: {words_of(tree.child.predicate)}"
    return words_of(tree.predicate) if isinstance(tree, Leaf) else str(node.value)


def words_of(predicate: Predicate) -> str:
    """A predicate without its field."""
    argument: Any = predicate.argument
    match predicate.kind:
        case "text" | "present" | "notnull":
            return _WITHOUT[predicate.kind]
        case "bool":
            return f"is {str(argument).lower()}"
        case "compare":
            return f"{_ORDER.get(argument[0], argument[0])} {argument[1]}"
        case "part":
            return f"has the {argument[0]} {argument[1]}"
        case "compared":
            return f"has a {argument[0]} {_ORDER.get(argument[1], argument[1])} {argument[2]}"
        case "fieldref":
            other, starts, ends = argument
            how = "has in it" if starts and ends else "starts with" if starts else "ends with" if ends else "is the same as"
            return f"{how} the field {other}"
        case "glob" | "cased":
            return f'{_VERBS[predicate.kind]} "{_pattern(argument)}"'
        case "regex":
            return f"{_VERBS['regex']} /{argument}/"
        case "cidr" | "number":
            return f"{_VERBS[predicate.kind]} {argument}"
    return f'{_VERBS.get(predicate.kind, predicate.kind)} "{argument}"'


def _pattern(parts: tuple[str | tuple[str], ...]) -> str:
    """The parts as Sigma writes them."""
    return "".join(_escaped(part) if isinstance(part, str) else part[0] for part in parts)


def _escaped(literal: str) -> str:
    return literal.replace("*", "\\*").replace("?", "\\?")
