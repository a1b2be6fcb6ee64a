"""An event as conditions see it: each field's values, texts and folded texts, looked up once."""

from collections.abc import Collection
from typing import Any

from detections.fields import fold, leaves, text_of, values
from detections.patterns import encoded
from detections.sieve import Sieve
from vagt.contracts.event import Event

SEPARATOR = "\0"
Field = str | None


class Values(dict[Field, list[Any] | None]):
    """By field its values, lists taken apart; None where the event does not have the field."""

    __slots__ = ("event",)

    def __init__(self, event: Event) -> None:
        self.event = event

    def __missing__(self, field: Field) -> list[Any] | None:
        if field is None:
            found: list[Any] | None = [
                one for name, value in self.event.items() if name != "_logsource" for one in leaves(value)
            ]
        else:
            found = values(self.event, field)
        self[field] = found
        return found


class Texts(dict[Field, tuple[str, ...]]):
    """By field the texts of those values that have one."""

    __slots__ = ("values_of",)

    def __init__(self, values_of: Values) -> None:
        self.values_of = values_of

    def __missing__(self, field: Field) -> tuple[str, ...]:
        value = self.values_of.event.get(field) if field is not None and "." not in field else None
        if type(value) is str:
            found: tuple[str, ...] = (value,)
        else:
            found = tuple([text for value in self.values_of[field] or () if (text := text_of(value)) is not None])
        self[field] = found
        return found


class Folded(dict[Field, tuple[str, ...]]):
    """By field its texts without case."""

    __slots__ = ("texts",)

    def __init__(self, texts: Texts) -> None:
        self.texts = texts

    def __missing__(self, field: Field) -> tuple[str, ...]:
        texts = self.texts[field]
        found = self[field] = (fold(texts[0]),) if len(texts) == 1 else tuple(map(fold, texts))
        return found


class Documents(dict[Field, tuple[bytes, ...]]):
    """By field its texts as regular expressions read them."""

    __slots__ = ("texts",)

    def __init__(self, texts: Texts) -> None:
        self.texts = texts

    def __missing__(self, field: Field) -> tuple[bytes, ...]:
        found = self[field] = tuple(map(encoded, self.texts[field]))
        return found


class View:
    """Belongs to one event. The field None stands for every value of the event (keywords), `_logsource` left out. Its parts
    are dictionaries that fill themselves, as most of what is asked of them was asked before."""

    __slots__ = ("_keywords", "_sieved", "documents", "folded", "texts", "values")

    def __init__(self, event: Event) -> None:
        self.values = Values(event)
        self.texts = Texts(self.values)
        self.folded = Folded(self.texts)
        self.documents = Documents(self.texts)
        self._keywords: str | None = None
        self._sieved: dict[Field, Collection[str] | None] = {}

    def sieved(self, field: Field, sieve: Sieve) -> Collection[str] | None:
        """Of the regular expressions in the field's sieve, those that may be found in its texts; None: any."""
        try:
            return self._sieved[field]
        except KeyError:
            found = self._sieved[field] = sieve.may_stand(self.documents[field])
            return found

    def keywords(self) -> str:
        """All folded texts of the event, one after the other with SEPARATOR between."""
        if self._keywords is None:
            self._keywords = fold(SEPARATOR.join(self.texts[None]))
        return self._keywords
