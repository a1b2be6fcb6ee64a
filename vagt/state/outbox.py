"""The outbox: a change of state and its topic record are written in one transaction; one relay per room publishes."""

import orjson
from sqlalchemy import Column, Connection, Index, LargeBinary, String, Table, delete, insert, select

from vagt.bus.protocol import Producer
from vagt.contracts.stage import Message
from vagt.state.database import Count, State, metadata, writes_room

outbox = Table(
    "outbox",
    metadata,
    Column("id", Count, primary_key=True, autoincrement=True),
    Column("room", String(32), nullable=False),
    Column("topic", String(128), nullable=False),
    Column("key", LargeBinary, nullable=False),
    Column("value", LargeBinary, nullable=False),
    Column("headers", LargeBinary, nullable=False),
    Index("outbox_by_room", "room", "id"),
)
_BATCH = 500


def put(connection: Connection, room: str, messages: list[Message]) -> None:
    """Store `messages` for the relay of `room`, in the transaction of the change that they tell of.

    Raises ValueError outside `write(room)`: the order of ids is the order of commits only among those who queue for the room.
    """
    if writes_room(connection) != room:
        raise ValueError(f"outbox rows of {room} are put within state.write({room!r}), not {writes_room(connection)!r}")
    if messages:
        rows = [
            {
                "room": room,
                "topic": message.topic,
                "key": message.key,
                "value": message.value,
                "headers": orjson.dumps(dict(message.headers)),
            }
            for message in messages
        ]
        connection.execute(insert(outbox), rows)


def relay(state: State, room: str, producer: Producer) -> int:
    """Publish what `room` has in the outbox, in order; rows go once the bus has acknowledged. Gives how many: 0 too while
    another worker of the room is publishing.

    A crash in between publishes a record twice: its id tells consumers so.
    """
    total = 0
    while _has_rows(state, room):
        with state.turn(f"relay {room}") as is_mine:
            sent = _publish(state, room, producer) if is_mine else 0
        if not sent:
            break
        total += sent
    return total


def _has_rows(state: State, room: str) -> bool:
    with state.read() as connection:
        return connection.execute(select(outbox.c.id).where(outbox.c.room == room).limit(1)).first() is not None


def _publish(state: State, room: str, producer: Producer) -> int:
    """One batch; exactly the rows that were published are deleted."""
    producer.flush()  # while the bus is away, what waits in the producer since the last try is not queued again and again
    query = select(outbox).where(outbox.c.room == room).order_by(outbox.c.id).limit(_BATCH)
    with state.read() as connection:
        rows = connection.execute(query).all()
    for row in rows:
        producer.send(Message(row.topic, row.key, row.value, orjson.loads(row.headers)))
    producer.flush()
    with state.write(room) as connection:
        connection.execute(delete(outbox).where(outbox.c.id.in_([row.id for row in rows])))
    return len(rows)
