"""Texts that several log types hold: users, and which words stand for nothing."""

Row = dict[str, str]
EMPTY = frozenset(("", "0", "N/A", "n/a", "unknown", "0.0.0.0", "any", " "))  # noqa: S104  (a word for "nothing")


def user_fields(text: str) -> dict[str, str]:
    r"""`name` and `domain` of `EXAMPLE\anna` (Strata Logging Service doubles the backslash); a name with `@` stays whole."""
    domain, backslash, name = text.rpartition("\\")
    if backslash and name and (domain := domain.rstrip("\\")):
        return {"name": name, "domain": domain}
    return {"name": text}


def number(text: str | None) -> int | None:
    """A whole number that an ECS `long` can hold, or None."""
    return int(text) if text and text.isdecimal() and len(text) < 19 else None
