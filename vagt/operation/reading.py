"""What workers tell of themselves: their metrics read over HTTP (workers that run alone) or from the folder that they share."""

import socket
import ssl
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
from prometheus_client import generate_latest
from prometheus_client.parser import text_string_to_metric_families

from vagt.errors import SettingsError
from vagt.operation.exposition import registry
from vagt.settings.operation import OperationSettings

Labels = tuple[tuple[str, str], ...]  # sorted
_SECONDS = 3.0


@dataclass(frozen=True, slots=True)
class Reading:
    """One worker at `at` (seconds since 1970). `error`: it did not answer; `waits`: why it is not ready."""

    worker: str
    at: float
    samples: dict[tuple[str, Labels], float] = field(default_factory=dict)
    error: str | None = None
    waits: str | None = None

    def by(self, name: str, label: str) -> dict[str, float]:
        """The samples `name`, summed by one label."""
        found: dict[str, float] = {}
        for (sample, labels), value in self.samples.items():
            if sample == name:
                key = dict(labels).get(label, "")
                found[key] = found.get(key, 0.0) + value
        return found


def read_folder(folder: Path) -> list[Reading]:
    """All workers of an embedded pipeline, as one."""
    text = generate_latest(registry(folder)).decode()
    return [Reading("this machine", time.time(), _samples(text))]


def read_workers(settings: OperationSettings) -> list[Reading]:
    """Every worker behind `operation.workers`: all addresses of each name. Raises SettingsError for files that are no PEM."""
    try:
        trust = ssl.create_default_context(cafile=settings.ca_file)
        if settings.certificate_file is not None:
            trust.load_cert_chain(settings.certificate_file, settings.key_file)
    except (OSError, ssl.SSLError) as error:
        raise SettingsError(f"operation.ca_file, certificate_file and key_file cannot be used: {error}") from None
    with httpx.Client(verify=trust, timeout=_SECONDS, trust_env=False) as client:
        return [reading for url in settings.workers for reading in _read_name(client, url)]


def _read_name(client: httpx.Client, url: str) -> Iterator[Reading]:
    parts = urlsplit(url)
    host, port = parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except OSError as error:
        yield Reading(host, time.time(), error=f"no address: {error.strerror}")
        return
    addresses = sorted({str(one[4][0]) for one in found})
    if {"127.0.0.1", "::1"} == set(addresses):  # localhost: one worker by two names
        addresses = ["127.0.0.1"]
    for address in addresses:
        name = f"{host}:{port}" if len(addresses) == 1 else f"{host}:{port} at {address}"
        place = f"[{address}]" if ":" in address else address
        yield _read_one(client, name, f"{parts.scheme}://{place}:{port}", host)


def _read_one(client: httpx.Client, name: str, base: str, host: str) -> Reading:
    extra: dict[str, Any] = {"headers": {"Host": host}, "extensions": {"sni_hostname": host}}
    try:
        metrics = client.get(f"{base}/metrics", **extra)
        ready = client.get(f"{base}/ready", **extra)
        if metrics.status_code != 200:
            return Reading(name, time.time(), error=f"/metrics answers {metrics.status_code}")
        waits = None if ready.status_code == 200 else str(ready.json().get("reason"))
        return Reading(name, time.time(), _samples(metrics.text), waits=waits)
    except (httpx.HTTPError, ValueError) as error:
        return Reading(name, time.time(), error=f"{type(error).__name__}: {error}")


def _samples(text: str) -> dict[tuple[str, Labels], float]:
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
        if sample.name.startswith("vagt_")
    }
