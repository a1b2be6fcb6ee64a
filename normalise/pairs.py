"""Text of key=value pairs to a dict: values are bare up to a blank, or in double quotes, where a backslash escapes."""

import re

# a key begins where the word begins, and is bounded: a long word without `=` costs its length, not the square of it
_PAIR = re.compile(r'(?<![\w.\-/@])([\w.\-/@]{1,64})=(?:"([^"\\]*(?:\\.[^"\\]*)*)"|([^\s"]*))', re.DOTALL)
_UNESCAPE = re.compile(r"\\([^\w\s])")  # a letter behind a backslash is a path's, or a user's in a domain
_KEY = re.compile(r"[\w.\-/@]+\Z")
_KEYS: dict[str, str] = {}  # words that end in a key, and the key: they come again in every record
_MOST_KEYS = 4096
_LONGEST_KEY = 64


def read_pairs(text: str, at: int = 0) -> dict[str, str]:
    """All pairs of `text` from `at` on, in their order; of a key that comes twice the last value counts.

    An empty value is kept as an empty text. What stands between the pairs is passed over.
    """
    if "\\" in text:
        return {key: _UNESCAPE.sub(r"\1", quoted) if quoted else bare for key, quoted, bare in _PAIR.findall(text, at)}
    text = text[at:]
    found = cut_at_blanks(text)
    return by_pattern(text) if found is None else found


def by_pattern(text: str) -> dict[str, str]:
    """The pairs of a text without backslashes, wherever its quotes stand."""
    return {key: quoted or bare for key, quoted, bare in _PAIR.findall(text)}


def cut_at_blanks(text: str) -> dict[str, str] | None:
    """What `by_pattern` gives, in two thirds of its time; None where the quotes do not stand as devices write them."""
    if '=" ' in text or not text.isprintable():
        return None
    found: dict[str, str] = {}
    keys = _KEYS
    *parts, last = text.split('" ')
    for part in parts:
        head, quote, value = part.partition('="')
        if not quote or '"' in value:
            return None
        if " " in head:
            *words, head = head.split(" ")
            if not _add_bare(found, words):
                return None
        key = keys.get(head) or _learn(head)
        if not key:
            return None
        found[key] = value
    if last[-1:] != '"':
        return found if '"' not in last and _add_bare(found, last.split(" ")) else None
    head, quote, value = last[:-1].partition('="')
    *words, head = head.split(" ")
    key = keys.get(head) or _learn(head)
    if not quote or '"' in value or not _add_bare(found, words) or not key:
        return None
    found[key] = value
    return found


def _add_bare(found: dict[str, str], words: list[str]) -> bool:
    """Add the pairs among `words`; False where one is not as devices write it."""
    keys = _KEYS
    for word in words:
        name, equals, bare = word.partition("=")
        if equals:
            key = keys.get(name) or _learn(name)
            if not key or '"' in bare:
                return False
            found[key] = bare
        elif '"' in word:
            return False
    return True


def _learn(word: str) -> str:
    """The key at the end of `word`, kept for the next time; empty where there is none."""
    match = _KEY.search(word) if len(word) <= _LONGEST_KEY and "=" not in word else None
    if match is None:
        return ""
    if len(_KEYS) >= _MOST_KEYS:
        _KEYS.clear()
    _KEYS[word] = match[0]
    return match[0]
