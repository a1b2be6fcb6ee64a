"""Keepers of events, findings and dead letters for the suite of `EventSearch`: the archive, and Elasticsearch beside it."""

from collections.abc import Callable, Iterator, Sequence
from itertools import count
from pathlib import Path
from typing import Protocol

from store.archiver import Archiver
from store.elastic.connection import Connection
from store.elastic.roles import roles
from store.elastic.route import Router
from store.elastic.search import StreamSearch
from store.elastic.streams import Streams
from store.queries import ArchiveSearch
from tests.databases import Databases
from tests.servers.elasticsearch_node import Node
from tests.servers.object_store import ObjectStore
from tests.store.archive_events import HandClock, event_record
from tests.store.elastic.scene import put_for, settings_of
from vagt.context import Context
from vagt.contracts.event import Event
from vagt.contracts.search import EventSearch
from vagt.contracts.stage import Record
from vagt.settings.root import Settings
from vagt.settings.state import StateSettings
from vagt.settings.unit import UnitSettings
from vagt.state.database import open_state
from vagt.tenants import load_tenants
from vagt.topics import DEAD

Pairs = Sequence[tuple[str, str]]  # municipalities that no other test on the same node has


class Keeper:
    """`search` finds what `keep` and `take` were given: of two municipalities, `mine` and `theirs`."""

    def __init__(self, context: Context, search: EventSearch, index: Callable[[Sequence[Record]], None]) -> None:
        self.context = context
        self.search = search
        self.mine, self.theirs = context.settings.unit.municipalities
        self._index = index
        self._offsets = count()

    def keep(self, events: Sequence[Event], topic: str = "events") -> None:
        """Keep `events` as one flush."""
        self.take([event_record(event, next(self._offsets), topic) for event in events])

    def take(self, records: Sequence[Record]) -> None:
        """Keep records as they are."""
        archiver = Archiver(self.context)
        archiver.step(records)
        archiver.flush()
        self._index([record for record in records if record.topic != DEAD])


class MakeKeeper(Protocol):
    """A new keeper for two municipalities that no other has."""

    def __call__(self) -> Keeper: ...


def archive_keepers(folder: Path, databases: Databases, pairs: Pairs, store: ObjectStore | None = None) -> Iterator[MakeKeeper]:
    """Keepers whose search is the archive's: on disk, or each in a bucket of its own."""
    contexts: list[Context] = []

    def make() -> Keeper:
        section = {} if store is None else store.settings(store.new_bucket())
        settings = Settings.model_validate({"store": {"archive": section}})
        context = _context(settings, folder / str(len(contexts)), databases, pairs[len(contexts)])
        contexts.append(context)
        return Keeper(context, ArchiveSearch(context), lambda _: None)

    yield make
    for context in contexts:
        context.state.close()


def stream_keepers(folder: Path, databases: Databases, pairs: Pairs, node: Node) -> Iterator[MakeKeeper]:
    """Keepers whose search is Elasticsearch's, asked with the API's own role, in streams made by our templates."""
    folder.mkdir(exist_ok=True)
    settings = settings_of(node, folder)
    administrator = Connection(settings.elasticsearch)
    tenants = [tenant for pair in pairs for tenant in pair]
    put_for(administrator, settings, tenants)
    reading = _reader(administrator, settings, tenants, folder / "key")
    router = Router(Streams(settings.elasticsearch.own_streams))
    keepers: list[Keeper] = []

    def index(records: Sequence[Record]) -> None:
        lines = [router.route(record) for record in records]
        body = b"".join(b"%b\n%b\n" % (line.head, line.body) for line in lines)
        answer = administrator.ask("POST", "/_bulk", body, params={"refresh": "true"}) if lines else {"errors": False}
        assert not answer["errors"], answer

    def make() -> Keeper:
        context = _context(reading, folder / str(len(keepers)), databases, pairs[len(keepers)])
        keepers.append(Keeper(context, StreamSearch(context, ArchiveSearch(context)), index))
        return keepers[-1]

    yield make
    for keeper in keepers:
        keeper.search.close()
        keeper.context.state.close()
    administrator.close()


def _reader(administrator: Connection, settings: Settings, tenants: Sequence[str], file: Path) -> Settings:
    role = {part: roles(tenants)["vagt_reader"][part] for part in ("cluster", "indices")}
    made = administrator.ask("POST", "/_security/api_key", {"name": "reader", "role_descriptors": {"vagt_reader": role}})
    file.write_text(made["encoded"])
    own = settings.elasticsearch.model_copy(update={"user": None, "password_file": None, "api_key_file": file})
    return settings.model_copy(update={"elasticsearch": own})


def _context(settings: Settings, folder: Path, databases: Databases, pair: tuple[str, str]) -> Context:
    state = StateSettings.model_validate(databases.new(folder))
    unit = UnitSettings(municipalities=pair)
    whole = settings.model_copy(update={"data_dir": folder, "state": state, "unit": unit})
    return Context(whole, open_state(whole), load_tenants(unit), HandClock())
