"""The servers that the drills break, and what the same lines come to where nothing is broken."""

import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.drills.site import Counts, Servers, Signature, Site, servers, undisturbed

LINES = 20_000


@pytest.fixture(scope="session")
def reference(tmp_path_factory: pytest.TempPathFactory) -> Counter[Signature]:
    """The findings of `LINES` lines, undisturbed."""
    return undisturbed(tmp_path_factory.mktemp("reference") / "embedded", LINES)


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Servers]:
    """One broker, one node, one PostgreSQL."""
    with servers(tmp_path_factory.mktemp("servers")) as started:
        yield started


MakeSite = Callable[..., Site]


@pytest.fixture
def site(tmp_path: Path, shared: Servers) -> Iterator[MakeSite]:
    """Makes sites that are ended with the test."""
    made: list[Site] = []

    def make(settings: Mapping[str, Any] | None = None) -> Site:
        made.append(Site(tmp_path, shared, settings))
        made[-1].start()
        return made[-1]

    yield make
    for one in made:
        one.stop()


@pytest.fixture
def finish(request: pytest.FixtureRequest, reference: Counter[Signature]) -> Callable[[Site], Counts]:
    """Drain, stop and count; the counts are kept for the table in docs/drills.md (`--drill-counts FILE`)."""

    def finished(running: Site) -> Counts:
        assert running.written == LINES
        running.wait_for_events()
        running.stop()
        counts = running.check()
        assert counts.signatures == reference, "the correlations fired otherwise than undisturbed"
        if target := request.config.getoption("--drill-counts"):
            row = {"drill": request.node.name, **{name: getattr(counts, name) for name in _COUNTED}}
            with Path(target).open("a") as file:
                file.write(json.dumps(row) + "\n")
        return counts

    return finished


_COUNTED = ("lines", "archived", "searchable", "findings")
