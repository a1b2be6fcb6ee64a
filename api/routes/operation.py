"""Health, readiness and metrics of the pipeline."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from prometheus_client import CONTENT_TYPE_LATEST
from pydantic import BaseModel
from sqlalchemy import text
from starlette.responses import Response

from api.answers import answer
from api.asking import context_of, scope_for
from api.problems import described
from vagt.bus.protocol import Bus
from vagt.contracts.scope import Scope
from vagt.errors import ForbiddenError
from vagt.operation.exposition import exposition, registry

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
    return Response(exposition(), media_type=CONTENT_TYPE_LATEST)


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
