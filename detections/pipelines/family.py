"""A family: one kind of source, the Sigma logsources that its events can be of, and where Sigma's fields are in its ECS."""

from collections.abc import Mapping
from dataclasses import dataclass, field

# Sigma's field -> path in ECS; several spellings are joined with `|`, and any of them counts.
Fields = Mapping[str, str]
# Sigma's field -> its value in lower case -> what an event of ours may have instead (patterns; None: no value at all).
Values = Mapping[str, Mapping[str, tuple[str | None, ...]]]


BY_CONTENT = "(by content)"  # among datasets: any other, where its events look so


@dataclass(frozen=True, slots=True)
class Family:
    """A rule may name the fields of `fields` and those that begin as `under` says; another field refuses it, for the rule
    could never match (`lacks` says why for some).

    `under`: beginnings of field names and what stands for them in ECS; the empty one is every other field.
    `names`: fields that hold names which in ECS are the keys of the object there.
    `datasets`: all their events are of this family's logsources; `mixed`: and of others too, by what they hold.
    `seen_in`: datasets some of whose events are, as `ecs_places` sees.
    `mark` sets routes apart where two families feed one logsource under different names.
    """

    name: str
    products: frozenset[str | None]
    categories: frozenset[str | None]
    services: frozenset[str | None]
    fields: Fields = field(default_factory=dict)
    under: Mapping[str, str] = field(default_factory=dict)
    values: Values = field(default_factory=dict)
    names: frozenset[str] = frozenset()
    lacks: Mapping[str, str] = field(default_factory=dict)
    datasets: tuple[str, ...] = ()
    seen_in: tuple[str, ...] = ()
    mixed: bool = False
    mark: str = ""

    def feeds(self, product: str | None, category: str | None, service: str | None) -> bool:
        """Whether a rule of this logsource can be fed by the family."""
        return product in self.products and category in self.categories and service in self.services

    def may_be(self, product: str | None, category: str | None, service: str | None) -> bool:
        """Whether the family has logsources with the words that are said."""
        said = ((product, self.products), (category, self.categories), (service, self.services))
        return all(word is None or word in words for word, words in said)

    def marked(self, category: str | None) -> str | None:
        """The category as routes name it."""
        return f"{category} ({self.mark})" if self.mark and category else category

    def path_of(self, name: str) -> str | None:
        """Where Sigma's field stands in ECS; None: the source does not have it."""
        if (found := self.fields.get(name)) is not None:
            return found
        for beginning, path in self.under.items():
            if name.startswith(beginning):
                return path + name[len(beginning) :]
        return None


def words(*several: str | None) -> frozenset[str | None]:
    """What a logsource may say; None: it may be silent."""
    return frozenset(several)


def either(*paths: str) -> str:
    """Spellings of one field, any of which counts."""
    return "|".join(paths)
