"""The server itself: it listens, speaks TLS, publishes the access log, ends when asked, and says why it cannot start."""

import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest
import trustme
from pydantic import ValidationError

from api.app import serve
from api.commands import FIRST_KEY
from store.queries import ArchiveSearch
from tests.unkind_bus import UnkindBus
from vagt.clock import system_clock
from vagt.context import Context
from vagt.errors import SettingsError
from vagt.settings.api import ApiSettings
from vagt.settings.root import Settings
from vagt.state.database import open_state
from vagt.state.migrate import upgrade
from vagt.tenants import load_tenants
from vagt.topics import AUDIT


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


@contextmanager
def _served(folder: Path, **api: Any) -> Iterator[tuple[Context, UnkindBus]]:
    settings = Settings.model_validate({"data_dir": str(folder), "api": api})
    state = open_state(settings)
    upgrade(state)
    context = Context(settings, state, load_tenants(settings.unit), system_clock)
    bus = UnkindBus(folder / "bus", mischief=0)
    for topic in ("events", AUDIT):
        bus.ensure_topic(topic)
    search = ArchiveSearch(context)
    stop = threading.Event()
    thread = threading.Thread(target=serve, args=(context, bus, search, stop))
    thread.start()
    try:
        yield context, bus
    finally:
        stop.set()
        thread.join(60)
        assert not thread.is_alive()
        search.close()
        bus.close()
        context.state.close()


def _get(url: str, **more: Any) -> httpx.Response:
    transport = httpx.HTTPTransport(retries=5, verify=more.pop("verify", True))
    with httpx.Client(transport=transport) as client:
        return client.get(url, **more)


def test_the_first_start_makes_a_key_that_opens_the_api_and_reads_are_published(tmp_path: Path) -> None:
    port = _free_port()
    with _served(tmp_path, port=port) as (context, bus):
        base = f"http://127.0.0.1:{port}"
        assert _get(f"{base}/ready").json() == {"status": "ok"}
        key = (context.data_dir / FIRST_KEY).read_text().strip()
        answer = _get(f"{base}/api/v1/events?purpose=audit", headers={"Authorization": f"Bearer {key}"})
        assert answer.json() == {"items": [], "next": None, "incomplete": False}
        assert "server" not in answer.headers
    told = [orjson.loads(record.value) for place in bus_places(bus) for record in bus.read(place, 0, 100)]
    assert sorted(change["kind"] for change in told) == ["access", "key"]
    assert key.rsplit("_", 1)[1] not in str(told)


def bus_places(bus: UnkindBus) -> list[Any]:
    """The partitions of `audit`, read after the relay's last round."""
    again = UnkindBus(bus.folder, mischief=0)
    places = list(again.next_offsets(AUDIT))
    again.close()
    return places


def test_it_speaks_tls_with_the_certificate_of_the_settings(tmp_path: Path) -> None:
    authority = trustme.CA()
    certificate = authority.issue_cert("127.0.0.1")
    chain, key = tmp_path / "chain.pem", tmp_path / "key.pem"
    certificate.cert_chain_pems[0].write_to_path(chain)
    certificate.private_key_pem.write_to_path(key)
    trusted = ssl.create_default_context()
    authority.configure_trust(trusted)
    port = _free_port()
    with _served(tmp_path, port=port, tls_certificate=str(chain), tls_key=str(key)):
        answer = _get(f"https://127.0.0.1:{port}/health", verify=trusted)
        assert answer.json() == {"status": "ok"}
        assert answer.headers["strict-transport-security"]


@pytest.mark.parametrize("broken", ["taken", "no certificate"])
def test_what_cannot_be_served_is_a_wrong_setting_with_the_way_out(tmp_path: Path, broken: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        api: dict[str, Any] = {"port": taken.getsockname()[1]}
        if broken == "no certificate":
            api = {"port": _free_port(), "tls_certificate": "/nowhere/chain.pem", "tls_key": "/nowhere/key.pem"}
        settings = Settings.model_validate({"data_dir": str(tmp_path), "api": api})
        state = open_state(settings)
        upgrade(state)
        context = Context(settings, state, load_tenants(settings.unit), system_clock)
        bus = UnkindBus(tmp_path / "bus", mischief=0)
        with pytest.raises(SettingsError, match=r"api\.(port|tls_certificate)"):
            serve(context, bus, ArchiveSearch(context), threading.Event())
        bus.close()
        context.state.close()


@pytest.mark.parametrize(
    "wrong",
    [
        {"host": "0.0.0.0"},
        {"host": "vagt.example.org"},
        {"tls_certificate": "chain.pem"},
        {"purposes": []},
        {"max_page_size": 5000},
        {"nonsense": 1},
    ],
)
def test_settings_that_would_be_unsafe_or_make_no_sense_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        ApiSettings.model_validate(wrong)


def test_plain_http_off_loopback_is_said_in_so_many_words() -> None:
    assert ApiSettings.model_validate({"host": "0.0.0.0", "plain_http": True}).host == "0.0.0.0"
