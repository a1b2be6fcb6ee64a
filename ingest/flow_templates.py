"""The templates of flow exporters: by exporter and observation domain, bounded, and on the disk, so that a restart loses none.

Beside the templates stand the options records that tell of sampling: whoever reads a flow needs them too.
"""

import os
from base64 import b64decode, b64encode
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

import orjson
import structlog

from vagt.flow_export import IPFIX, V9, Message, Template, context_message, data_sets, read_message, templates_of

# samplingInterval, samplerId, samplerRandomInterval, samplingPacketInterval, samplingPacketSpace, samplingProbability
_SAMPLING = frozenset((34, 50, 305, 306, 311))
_LONGEST_OPTIONS = 512  # bytes of options data that are kept of a template: samplers are few
_LONGEST_TEMPLATE = 8192
_LONGEST_CONTEXT = 60_000  # with what lies between it stays below the 64 KiB that a message can be
_MOST_SAMPLING = 16  # options templates that tell of sampling, of one exporter; each is put before its flows
log = structlog.get_logger()


class Key(NamedTuple):
    """One exporter's templates: its address, the version that it speaks, its observation domain (v9: source id)."""

    tenant: str
    exporter: str
    version: int
    domain: int


Place = tuple[Key, int]  # the number of a template of an exporter


class Templates:
    """The known templates, `most` in all. The municipality that has the most loses the one that it has not used longest: no
    exporter, and nobody who sends as one, takes those of another municipality."""

    def __init__(self, most: int, path: Path) -> None:
        self._most = most
        self._path = path
        self._known: dict[Place, Template] = {}
        self._used: dict[str, OrderedDict[Place, None]] = {}  # by tenant, those not used longest first
        self._options: dict[Place, bytes] = {}
        self._sampling: dict[Key, tuple[int, ...]] = {}  # options templates that tell of sampling
        self.changed = False
        self._load()

    def __len__(self) -> int:
        return len(self._known)

    def learn(self, key: Key, message: Message) -> set[int]:
        """Take the templates and the sampling options of a message. Gives the numbers of those that are new or have changed.

        Raises ValueError for a template that is cut.
        """
        fresh: set[int] = set()
        for template in templates_of(message):
            if len(template.raw) <= _LONGEST_TEMPLATE and self._known.get((key, template.number)) != template:
                self._put(key, template)
                fresh.add(template.number)
        if sampling := self._sampling.get(key):
            for one in data_sets(message):
                if one.number in sampling and one.end - one.start <= _LONGEST_OPTIONS:
                    self._take_options((key, one.number), message.data[one.start : one.end])
        return fresh

    def _take_options(self, place: Place, content: bytes) -> None:
        if self._options.get(place) != content:
            self._options[place] = content
            self.changed = True

    def _put(self, key: Key, template: Template) -> None:
        place = key, template.number
        self._forget(place)
        self._known[place] = template
        self._used.setdefault(key.tenant, OrderedDict())[place] = None
        if template.is_options and not _SAMPLING.isdisjoint(field.number for field in template.fields):
            sampling = (*self._sampling.get(key, ()), template.number)
            for number in sampling[:-_MOST_SAMPLING]:
                self._options.pop((key, number), None)
            self._sampling[key] = sampling[-_MOST_SAMPLING:]
        while len(self._known) > self._most:
            most_held: OrderedDict[Place, None] = max(self._used.values(), key=len)
            self._forget(next(iter(most_held)))
        self.changed = True

    def _forget(self, place: Place) -> None:
        key, number = place
        if self._known.pop(place, None) is not None:
            del self._used[key.tenant][place]
        self._options.pop(place, None)
        if number in self._sampling.get(key, ()):
            left = tuple(one for one in self._sampling[key] if one != number)
            if left:
                self._sampling[key] = left
            else:
                del self._sampling[key]

    def lacks(self, key: Key, message: Message) -> int | None:
        """The number of the first template of the message's data that is not known; none where all are."""
        return next((one.number for one in data_sets(message) if (key, one.number) not in self._known), None)

    def context(self, key: Key, message: Message) -> bytes:
        """The message to put before this one, so that it can be read alone; empty where no template is known, or all of them
        are far longer than what they describe."""
        numbers = {one.number for one in data_sets(message)}
        needed = [self._known[key, number] for number in sorted(numbers) if (key, number) in self._known]
        if not needed or sum(len(one.raw) for one in needed) > _LONGEST_CONTEXT:
            return b""
        for number in numbers:
            if (key, number) in self._known:
                self._used[key.tenant].move_to_end((key, number))
        room = _LONGEST_CONTEXT - sum(len(one.raw) for one in needed)
        about: list[tuple[int, bytes]] = []
        for number in self._sampling.get(key, ()):
            content = self._options.get((key, number))
            if content is None or number in numbers or (room := room - len(content) - len(self._known[key, number].raw)) < 0:
                continue
            needed.append(self._known[key, number])
            self._used[key.tenant].move_to_end((key, number))
            about.append((number, content))
        return context_message(key.version, key.domain, needed, about)

    def save(self) -> None:
        """Write what is known to the disk, whole or not at all; a full disk is told and tried again with the next change."""
        rows = [self._row(place) for used in self._used.values() for place in used]
        new = self._path.with_suffix(".new")
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with new.open("wb") as file:
                file.write(orjson.dumps(rows))
                file.flush()
                os.fsync(file.fileno())
            new.replace(self._path)
            self.changed = False
        except OSError as error:
            log.warning("templates_not_saved", file=str(self._path), reason=error.strerror)

    def _row(self, place: Place) -> list[Any]:
        key, number = place
        content = self._options.get(place)
        about = [] if content is None else [(number, content)]
        return [*key, b64encode(context_message(key.version, key.domain, [self._known[place]], about)).decode()]

    def _load(self) -> None:
        for tenant, exporter, version, domain, encoded in _rows(self._path):
            with suppress(ValueError, TypeError):
                if version in (V9, IPFIX):
                    self.learn(Key(str(tenant), str(exporter), version, int(domain)), read_message(b64decode(encoded)))
        self.changed = False


def _rows(path: Path) -> Iterator[list[Any]]:
    """The rows of the file; a damaged one (of another version, a broken disk) is named, and begun anew."""
    try:
        rows = orjson.loads(path.read_bytes())
    except FileNotFoundError:
        return
    except (OSError, orjson.JSONDecodeError) as error:
        log.warning("templates_not_read", file=str(path), reason=str(error))
        return
    yield from (row for row in rows if isinstance(row, list) and len(row) == 5) if isinstance(rows, list) else ()
