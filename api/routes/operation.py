"""Health, readiness and metrics of the pipeline."""

import os
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector
from pydantic import BaseModel
from sqlalchemy import text
from starlette.responses import Response

from api.answers import answer
from api.asking import context_of, scope_for
from api.problems import described
from vagt.bus.protocol import Bus
from vagt.contracts.scope import Scope
from vagt.errors import ForbiddenError

router = APIRouter(tags=["operation"])
Operator = Annotated[Scope, Depends(scope_for("operator"))]


class Health(BaseModel):
    """`ok`, or the answer is a problem."""

    status: str


@router.get("/health", response_model=Health, summary="Whether the API runs")
def health() -> Response:
    """Needs no key."""
    return answer({"status": "ok"})


@router.get("/ready", response_model=Health, responses=described(503), summary="Whether state and bus can be read")
def ready(request: Request) -> Response:
    """Needs no key."""
    with context_of(request).state.read() as connection:
        connection.execute(text("SELECT 1"))
    bus: Bus = request.app.state.bus
    bus.topics()
    return answer({"status": "ok"})


@router.get("/metrics", summary="Prometheus metrics of all processes", response_class=Response)
def metrics(scope: Operator) -> Response:
    """Needs the role operator, for the whole unit: labels name sources of every municipality."""
    require_whole_unit(scope)
    return Response(generate_latest(registry()), media_type=CONTENT_TYPE_LATEST)


def registry() -> CollectorRegistry:
    """The metrics of all processes where they share a folder, else of this one."""
    if "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
        return REGISTRY
    together = CollectorRegistry()
    MultiProcessCollector(together)  # type: ignore[no-untyped-call]
    return together


def lag() -> dict[str, int]:
    """Records that each group has not finished, as the pipeline last measured it."""
    behind: dict[str, int] = {}
    for family in registry().collect():
        if family.name == "vagt_stage_lag_records":
            for sample in family.samples:
                group = sample.labels["group"]
                behind[group] = behind.get(group, 0) + int(sample.value)
    return dict(sorted(behind.items()))


def require_whole_unit(scope: Scope) -> None:
    """Raises ForbiddenError for a scope of some municipalities."""
    if scope.tenants is not None:
        raise ForbiddenError("this tells of the whole unit; your key is for some municipalities only")
