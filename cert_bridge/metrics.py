"""What the bridge tells of its deliveries: how many stand in which state for each target, and how many fail."""

from prometheus_client import Gauge
from sqlalchemy import case, func, select

from cert_bridge.tables import deliveries
from vagt.state.database import State

DELIVERIES = Gauge("vagt_deliveries", "Deliveries by state", ("target", "state"), multiprocess_mode="mostrecent")
FAILING = Gauge(
    "vagt_deliveries_failing",
    "Deliveries that were tried and wait to be tried again",
    ("target",),
    multiprocess_mode="mostrecent",
)
STATES = ("held", "queued", "delivered", "given_up", "superseded")


def show_deliveries(state: State, targets: tuple[str, ...]) -> None:
    """Of each of the settings' `targets` that has or had deliveries, and of no other: their number is bounded."""
    columns = deliveries.c
    failed = func.sum(case((columns.error.is_not(None) & (columns.state == "queued"), 1), else_=0))
    query = select(columns.target, columns.state, func.count(), failed).group_by(columns.target, columns.state)
    with state.read() as connection:
        rows = {(target, name): (count, failing) for target, name, count, failing in connection.execute(query)}
    for target in targets:
        for name in STATES:
            DELIVERIES.labels(target, name).set(rows.get((target, name), (0, 0))[0])
        FAILING.labels(target).set(rows.get((target, "queued"), (0, 0))[1])
