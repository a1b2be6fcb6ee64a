"""What ECS 9.4 says about fields: type, whether a list, allowed values. The data is `vagt/data/ecs_9_4.json`."""

from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import orjson


@dataclass(frozen=True, slots=True)
class EcsSchema:
    """`types`: field -> ECS type. `lists`: fields that ECS wants as a list. `allowed`: the four categorisation fields."""

    version: str
    types: dict[str, str]
    lists: frozenset[str]
    allowed: dict[str, frozenset[str]]


@cache
def ecs_schema() -> EcsSchema:
    """The schema that this version of vagt is pinned to."""
    document = orjson.loads(files("vagt").joinpath("data/ecs_9_4.json").read_bytes())
    return EcsSchema(
        version=document["version"],
        types={name: kind for kind, names in document["types"].items() for name in names},
        lists=frozenset(document["lists"]),
        allowed={name: frozenset(values) for name, values in document["allowed"].items()},
    )
