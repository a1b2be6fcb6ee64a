"""How far each partition is in Elasticsearch, and who may write it: the table `index_offsets`.

Below `next_offset` all is there; from `sent_to` on nothing has been sent; what lies between is doubtful for the next owner.
A worker that takes a partition over puts its name into the row, after which the one before writes nothing more there.
"""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from sqlalchemy import ColumnElement, Connection, insert, select, update

from store.tables import index_offsets
from vagt.contracts.stage import TopicPartition


class Reach(NamedTuple):
    """How far one partition is written. Both 0: nothing has been sent."""

    next_offset: int
    sent_to: int


def take_over(connection: Connection, places: Iterable[TopicPartition], owner: str) -> dict[TopicPartition, Reach]:
    """Make `owner` the one who writes `places`; gives where each stands."""
    reached: dict[TopicPartition, Reach] = {}
    for place in places:
        row = connection.execute(select(index_offsets).where(*_is(place))).one_or_none()
        if row is None:
            values = {"topic": place.topic, "partition": place.partition, "next_offset": 0, "sent_to": 0, "owner": owner}
            connection.execute(insert(index_offsets), [values])
            reached[place] = Reach(0, 0)
        else:
            connection.execute(update(index_offsets).where(*_is(place)).values(owner=owner))
            reached[place] = Reach(row.next_offset, row.sent_to)
    return reached


def note(connection: Connection, owner: str, reached: Mapping[TopicPartition, Reach]) -> list[TopicPartition]:
    """Store how far each partition is. Gives those that are another worker's by now; their rows stay as they are."""
    lost: list[TopicPartition] = []
    for place, reach in reached.items():
        mine = (*_is(place), index_offsets.c.owner == owner)
        changed = connection.execute(update(index_offsets).where(*mine).values(**reach._asdict()))
        if changed.rowcount == 0:
            lost.append(place)
    return lost


def owned(connection: Connection, owner: str) -> set[TopicPartition]:
    """The partitions that `owner` may write."""
    rows = connection.execute(select(index_offsets.c.topic, index_offsets.c.partition).where(index_offsets.c.owner == owner))
    return {TopicPartition(row.topic, row.partition) for row in rows}


def _is(place: TopicPartition) -> tuple[ColumnElement[bool], ...]:
    return index_offsets.c.topic == place.topic, index_offsets.c.partition == place.partition
