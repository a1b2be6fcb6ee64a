"""The outbox: a change of state and its topic record are written in one transaction; one relay per room publishes."""

import orjson
from sqlalchemy import Column, Connection, Index, Integer, LargeBinary, String, Table, delete, insert, select

from vagt.bus.protocol import Producer
from vagt.contracts.stage import Message
from vagt.state.database import State, metadata

outbox = Table(
    "outbox",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("room", String(32), nullable=False),
    Column("topic", String(128), nullable=False),
    Column("key", LargeBinary, nullable=False),
    Column("value", LargeBinary, nullable=False),
    Column("headers", LargeBinary, nullable=False),
    Index("outbox_by_room", "room", "id"),
)
_BATCH = 500


def put(connection: Connection, room: str, messages: list[Message]) -> None:
    """Store `messages` for the relay of `room`, in the transaction of the change that they tell of."""
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
    """Publish what `room` has in the outbox, in order; rows go once the bus has acknowledged. Gives how many.

    A crash in between publishes a record twice: its id tells consumers so.
    """
    total = 0
    while True:
        query = select(outbox).where(outbox.c.room == room).order_by(outbox.c.id).limit(_BATCH)
        with state.read() as connection:
            rows = connection.execute(query).all()
        if not rows:
            return total
        for row in rows:
            producer.send(Message(row.topic, row.key, row.value, orjson.loads(row.headers)))
        producer.flush()
        with state.write() as connection:
            connection.execute(delete(outbox).where(outbox.c.room == room, outbox.c.id <= rows[-1].id))
        total += len(rows)
