"""docker-compose.yml as Compose reads it: variables filled in, each service with what it is given. And the words of the
Compose Specification that our files use, so that a misspelt or misplaced one is an error (services, 05-services.md; networks,
06; volumes, 07; configs, 08; secrets, 09; deploy.md)."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field

ROOT = Path(__file__).resolve().parents[2]
COMPOSE = ROOT / "docker-compose.yml"
EMBEDDED = ROOT / "deploy" / "docker-compose.embedded.yml"
CLUSTER = ROOT / "deploy" / "cluster.env"
_VARIABLE = re.compile(r"\$(?:\$|\{(\w+)(?::-((?:[^{}]|\{[^{}]*\})*))?\})")
_NAME = r"^[a-zA-Z0-9._-]+$"
_DURATION = r"^(\d+(us|ms|s|m|h))+$"
_SIZE = r"^\d+[bkmgBKMG]?$"


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Build(_Part):
    context: str
    dockerfile: str


class Limits(_Part):
    memory: str = Field(pattern=_SIZE)
    cpus: str | None = Field(default=None, pattern=r"^\d+\.\d+$")


class Resources(_Part):
    limits: Limits


class Deploy(_Part):
    resources: Resources


class Health(_Part):
    test: list[str] = Field(min_length=2)
    interval: str = Field(pattern=_DURATION)
    timeout: str = Field(pattern=_DURATION)
    start_period: str = Field(pattern=_DURATION)
    retries: int


class After(_Part):
    condition: Literal["service_started", "service_healthy", "service_completed_successfully"]


class Grant(_Part):
    source: str
    target: str


class Logging(_Part):
    driver: str
    options: dict[str, str]


class Service(_Part):
    """One service; what is not here is not in our files."""

    image: str
    build: Build | None = None
    profiles: list[str] = []
    user: str | None = Field(default=None, pattern=r"^\d+:\d+$")
    group_add: list[str] = []
    read_only: bool = False
    init: bool = False
    cap_drop: list[str] = []
    security_opt: list[str] = []
    tmpfs: list[str] = []
    shm_size: str | None = Field(default=None, pattern=_SIZE)
    entrypoint: list[str] = []
    command: list[str] = []
    environment: dict[str, str | int] = {}
    ports: list[str] = []
    volumes: list[str] = []
    secrets: list[Grant | str] = []
    configs: list[Grant] = []
    networks: list[str] = []
    depends_on: dict[str, After] = {}
    healthcheck: Health | None = None
    stop_grace_period: str | None = Field(default=None, pattern=_DURATION)
    restart: str | None = Field(default=None, pattern=r"^(no|always|unless-stopped|on-failure(:\d+)?)$")
    ulimits: dict[str, int] = {}
    logging: Logging | None = None
    deploy: Deploy

    def grants(self) -> dict[str, str]:
        """Where in the container each secret lies."""
        places = [one if isinstance(one, Grant) else Grant(source=one, target=one) for one in self.secrets]
        return {one.source: one.target if one.target.startswith("/") else f"/run/secrets/{one.target}" for one in places}


class Network(_Part):
    internal: bool = False


class FromFile(_Part):
    file: str


class Compose(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9_-]*$")
    services: dict[str, Service]
    networks: dict[str, Network | None] = {}
    volumes: dict[str, None] = {}
    configs: dict[str, FromFile] = {}
    secrets: dict[str, FromFile] = {}


def read_compose(path: Path = COMPOSE, variables: Mapping[str, str] | None = None) -> Compose:
    """The file with `variables` (a `.env` file's). Raises where it is not as the specification says."""
    document = yaml.safe_load(path.read_text())
    filled = _fill({name: part for name, part in document.items() if not name.startswith("x-")}, variables or {})
    assert all(re.match(_NAME, name) for part in filled.values() if isinstance(part, dict) for name in part)
    return Compose.model_validate(filled)


def read_variables(path: Path = CLUSTER) -> dict[str, str]:
    """A `.env` file."""
    lines = [line for line in path.read_text().splitlines() if line and not line.startswith("#")]
    return dict(line.split("=", 1) for line in lines)


def seconds(duration: str) -> float:
    """`1m30s` and the like."""
    units = {"us": 1e-6, "ms": 1e-3, "s": 1, "m": 60, "h": 3600}
    return sum(int(number) * units[unit] for number, unit in re.findall(r"(\d+)(us|ms|s|m|h)", duration))


def size(text: str) -> int:
    """Bytes of `512M` and the like."""
    number, unit = re.findall(r"^(\d+)([bkmg]?)", text.lower())[0]
    return int(number) << 10 * "bkmg".index(unit or "b")


def _fill(node: Any, variables: Mapping[str, str]) -> Any:
    """Variables in values, never in keys (12-interpolation.md); `$$` is a dollar."""
    if isinstance(node, dict):
        return {key: _fill(value, variables) for key, value in node.items()}
    if isinstance(node, list):
        return [_fill(value, variables) for value in node]
    if isinstance(node, str):
        return _VARIABLE.sub(lambda m: "$" if m[1] is None else variables.get(m[1]) or m[2] or "", node)
    return node
