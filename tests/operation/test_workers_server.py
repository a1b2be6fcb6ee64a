"""A worker's `/metrics`, `/health` and `/ready`: what they answer, to whom, and that nobody holds them up."""

import socket
import ssl
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.servers.authority import Authority
from vagt.errors import SettingsError
from vagt.operation.pulse import Pulse
from vagt.operation.server import OperationServer
from vagt.settings.operation import OperationSettings


class Time:
    """A clock that stands until it is moved."""

    def __init__(self) -> None:
        self.seconds = 1000.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
def pulse(time: Time) -> Pulse:
    return Pulse(time, time)


@pytest.fixture
def url(pulse: Pulse) -> Iterator[str]:
    server = OperationServer(OperationSettings(metrics_port=0, stalled_seconds=60, away_seconds=30), pulse)
    server.start()
    yield f"http://127.0.0.1:{server.port}"
    server.close()


def status(url: str, path: str) -> tuple[int, str | None]:
    answer = httpx.get(url + path)
    return answer.status_code, answer.json().get("reason")


def test_a_loop_that_goes_round_is_alive_and_ready(url: str, pulse: Pulse) -> None:
    assert status(url, "/ready") == (503, "starting")
    pulse.beat()
    assert status(url, "/health") == status(url, "/ready") == (200, None)


def test_a_loop_that_stands_still_is_dead(url: str, pulse: Pulse, time: Time) -> None:
    pulse.beat()
    time.seconds += 61
    assert status(url, "/health") == status(url, "/ready") == (503, "the loop has not gone round for 61 s")
    pulse.beat()
    assert status(url, "/health") == (200, None)


def test_a_dependency_that_is_away_makes_a_worker_unready_after_a_while_and_never_dead(
    url: str, pulse: Pulse, time: Time
) -> None:
    for _ in range(100):
        pulse.beat()
        pulse.away("Kafka at 192.0.2.1:9093 does not answer")
        assert status(url, "/health") == (200, None)
        time.seconds += 1
    assert status(url, "/ready") == (503, "away for 100 s: Kafka at 192.0.2.1:9093 does not answer")
    pulse.beat()
    pulse.back()
    pulse.away("a moment")
    assert status(url, "/ready") == (200, None)


def test_metrics_are_prometheus_text_and_other_paths_are_not_found(url: str) -> None:
    families = {family.name for family in text_string_to_metric_families(httpx.get(f"{url}/metrics").text)}
    assert "process_cpu_seconds" in families
    assert httpx.get(f"{url}/secret").status_code == 404
    assert httpx.head(f"{url}/metrics").content == b""
    assert httpx.post(f"{url}/metrics", content=b"x" * 1_000_000).status_code == 501


def test_those_who_connect_and_say_nothing_do_not_pile_up(url: str, pulse: Pulse) -> None:
    pulse.beat()
    place = ("127.0.0.1", int(url.rpartition(":")[2]))
    silent = [socket.create_connection(place) for _ in range(16)]
    with socket.create_connection(place) as refused:
        assert refused.recv(1) == b""  # closed at once, before it has said anything
    for one in silent:
        one.close()
    answer = httpx.Client(transport=httpx.HTTPTransport(retries=5)).get(f"{url}/health")
    assert answer.status_code == 200


def test_a_header_that_never_ends_is_cut_off(url: str) -> None:
    with socket.create_connection(("127.0.0.1", int(url.rpartition(":")[2]))) as client:
        client.sendall(b"GET /" + b"a" * 70_000)
        assert client.recv(100).startswith(b"HTTP/1.0 414")


def test_a_taken_port_is_a_setting_that_is_wrong(url: str, pulse: Pulse) -> None:
    with pytest.raises(SettingsError, match=r"operation\.metrics_port .* Address already in use"):
        OperationServer(OperationSettings(metrics_port=int(url.rpartition(":")[2])), pulse)


def test_with_tls_only_who_shows_a_certificate_reads_the_metrics_and_anyone_the_health(tmp_path: Path, pulse: Pulse) -> None:
    authority, strangers = Authority(tmp_path / "ours"), Authority(tmp_path / "strangers")
    own = authority.issue("worker")
    settings = OperationSettings(
        metrics_port=0, certificate_file=own.certificate, key_file=own.key, client_ca_file=authority.ca
    )
    server = OperationServer(settings, pulse)
    server.start()
    url = f"https://127.0.0.1:{server.port}"
    trust = ssl.create_default_context(cafile=authority.ca)
    pulse.beat()
    assert httpx.get(f"{url}/health", verify=trust).status_code == 200
    assert httpx.get(f"{url}/metrics", verify=trust).status_code == 403
    shown = authority.issue("prometheus")
    trust.load_cert_chain(shown.certificate, shown.key)
    assert httpx.get(f"{url}/metrics", verify=trust).status_code == 200
    stranger = strangers.issue("stranger")
    trust.load_cert_chain(stranger.certificate, stranger.key)
    with pytest.raises(httpx.HTTPError):
        httpx.get(f"{url}/metrics", verify=trust)
    server.close()


def test_a_certificate_that_is_replaced_is_served_without_a_restart(tmp_path: Path, pulse: Pulse) -> None:
    before, after = Authority(tmp_path / "before"), Authority(tmp_path / "after")
    own, new = before.issue("worker"), after.issue("worker")
    server = OperationServer(OperationSettings(metrics_port=0, certificate_file=own.certificate, key_file=own.key), pulse)
    server.start()
    new.certificate.replace(own.certificate)
    new.key.replace(own.key)
    trust = ssl.create_default_context(cafile=after.ca)
    assert httpx.get(f"https://127.0.0.1:{server.port}/health", verify=trust).status_code == 200
    server.close()


def test_metrics_off_loopback_need_tls_or_an_explicit_word() -> None:
    with pytest.raises(ValueError, match="give certificate_file and key_file, or plain_http: true"):
        OperationSettings(metrics_host="0.0.0.0")
    assert OperationSettings(metrics_host="0.0.0.0", plain_http=True).plain_http
