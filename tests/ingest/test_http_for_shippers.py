"""HTTP on a real port: NDJSON and `_bulk` as shippers send them, tokens and certificates, limits and bad bodies."""

import base64
import gzip
import socket
import ssl
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest
import trustme

from tests.ingest.hands import Ingest, counted, records
from tests.ingest.test_syslog_over_sockets import server_files
from vagt.topics import DEAD

TOKEN = "t" * 40
LIMITED = "l" * 40
RunIngest = Callable[..., Any]
Serve = Callable[..., Any]


def http_settings(**more: Any) -> dict[str, Any]:
    tokens = [
        {"name": "beats", "tenant": "751", "sha256": sha256(TOKEN.encode()).hexdigest()},
        {"name": "fortigate only", "tenant": "730", "token": LIMITED, "sources": ["fortinet.fortigate"]},
    ]
    return {"port": 0, "tokens": tokens} | more


@pytest.fixture
def serve(run_ingest: RunIngest) -> Serve:
    @contextmanager
    def run(*, room: dict[str, Any] | None = None, **http: Any) -> Iterator[tuple[httpx.Client, Ingest]]:
        with run_ingest(http=http_settings(**http), **(room or {})) as ingest:
            base = f"http://127.0.0.1:{ingest.ports['http']}"
            with httpx.Client(base_url=base, headers={"Authorization": f"Bearer {TOKEN}"}, timeout=20) as client:
                yield client, ingest

    return run


def bulk(*pairs: tuple[dict[str, Any], Any]) -> bytes:
    lines = [part if isinstance(part, bytes) else orjson.dumps(part) for pair in pairs for part in pair if part is not None]
    return b"\n".join(lines) + b"\n"


def test_lines_become_logs_of_the_tokens_tenant(serve: Serve) -> None:
    with serve() as (client, ingest):
        answer = client.post("/ingest/v1/linux.auth", content=b"first \xe6\r\n\nsecond")
        found = ingest.wait(2)
    assert (answer.status_code, answer.json()) == (200, {"accepted": 2})
    assert sorted(one.body for one in found) == [b"first \xe6", b"second"]
    assert {(one.tenant, one.source, one.protocol) for one in found} == {("751", "linux.auth", "http")}


def test_a_batch_sent_again_under_its_key_has_its_old_positions(serve: Serve) -> None:
    with serve() as (client, ingest):
        for _ in range(2):
            client.post("/ingest/v1/linux.auth", content=b"one\ntwo", headers={"Idempotency-Key": "batch-7"})
        found = ingest.wait(4)
    assert len({(one.position, one.body) for one in found}) == 2


def test_bulk_answers_each_document_with_what_became_of_it(serve: Serve) -> None:
    body = bulk(
        ({"create": {"_index": "logs-linux", "_id": "a1"}}, {"message": "hello"}),
        ({"index": {}}, b"{broken"),
        ({"delete": {"_index": "logs-linux", "_id": "a1"}}, None),
        ({"index": {}}, b"[1]"),
        ({"index": {}}, {"message": "last"}),
    )
    with serve() as (client, ingest):
        answer = client.post("/filebeat-9/_bulk", content=body, headers={"Content-Type": "application/x-ndjson"})
        found = ingest.wait(2)
    outcome = answer.json()
    assert answer.headers["x-elastic-product"] == "Elasticsearch"
    assert outcome["errors"] is True
    items = [next(iter(item.items())) for item in outcome["items"]]
    assert [(action, item["status"]) for action, item in items] == [
        ("create", 201),
        ("index", 400),
        ("delete", 400),
        ("index", 400),
        ("index", 201),
    ]
    assert items[1][1]["error"]["type"] == "document_parsing_exception"
    assert items[0][1]["_id"] == "a1"
    assert {one.position for one in found} >= {"logs-linux/a1"}
    assert sorted(one.body for one in found) == [b"hello", b"last"]


def test_a_bulk_sent_again_with_ids_has_its_old_positions(serve: Serve) -> None:
    body = bulk(*(({"index": {"_id": str(number)}}, {"message": f"line {number}"}) for number in range(10)))
    with serve() as (client, ingest):
        for _ in range(3):
            assert client.post("/logs/_bulk", content=body).json()["errors"] is False
        found = ingest.wait(30)
    assert len({(one.position, one.body) for one in found}) == 10


def test_a_malformed_action_line_refuses_the_whole_request(serve: Serve) -> None:
    with serve() as (client, ingest):
        answer = client.post("/_bulk", content=bulk(({"index": {}}, {"message": "x"})) + b"what is this\n{}\n")
        assert (answer.status_code, answer.json()["error"]["type"]) == (400, "malformed")
        assert ingest.logs() == []


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/"),
        ("HEAD", "/"),
        ("GET", "/_license"),
        ("GET", "/_license?human=false"),
        ("GET", "/_xpack"),
        ("GET", "/_cluster/health"),
        ("GET", "/_nodes/http"),
        ("GET", "/_ilm/policy/filebeat"),
        ("PUT", "/_ilm/policy/logstash-policy"),
        ("HEAD", "/_index_template/filebeat-9.2.0"),
        ("PUT", "/_index_template/winlogbeat-9.2.0"),
        ("GET", "/_template/logstash"),
        ("GET", "/_data_stream/filebeat-9.2.0"),
        ("PUT", "/_ingest/pipeline/filebeat-9.2.0-system-auth-pipeline"),
        ("GET", "/_cat/templates/filebeat-9.2.0"),
        ("HEAD", "/logstash-2026.11.22"),
    ],
)
def test_what_shippers_ask_first_is_answered(serve: Serve, method: str, path: str) -> None:
    with serve() as (client, _):
        answer = client.request(method, path)
    assert answer.status_code == 200
    assert answer.headers["x-elastic-product"] == "Elasticsearch"


def test_the_version_is_that_of_the_settings_and_the_license_is_active(serve: Serve) -> None:
    with serve(elasticsearch_version="8.19.1") as (client, _):
        assert client.get("/").json()["version"]["number"] == "8.19.1"
        assert client.get("/_license").json()["license"]["status"] == "active"


def test_what_is_not_served_is_a_404_that_says_so(serve: Serve) -> None:
    with serve() as (client, _):
        answer = client.post("/logs/_search", content=b"{}")
    assert (answer.status_code, answer.json()["error"]["type"]) == (404, "path")


@pytest.mark.parametrize(
    "authorization",
    [
        f"Bearer {TOKEN}",
        "ApiKey " + base64.b64encode(f"beats:{TOKEN}".encode()).decode(),
        "Basic " + base64.b64encode(f"elastic:{TOKEN}".encode()).decode(),
    ],
    ids=["bearer", "api key", "basic"],
)
def test_a_token_is_known_in_each_of_its_forms(serve: Serve, authorization: str) -> None:
    with serve() as (client, _):
        assert client.get("/", headers={"Authorization": authorization}).status_code == 200


@pytest.mark.parametrize("authorization", ["", "Bearer wrong", "Bearer", "ApiKey !!!", "Digest x", "Basic " + "QUJD"])
def test_a_wrong_token_is_refused_and_nothing_is_taken(serve: Serve, authorization: str) -> None:
    with serve() as (client, ingest):
        answer = client.post("/ingest/v1/linux.auth", content=b"x", headers={"Authorization": authorization})
        assert answer.status_code == 401
        assert "www-authenticate" in answer.headers
        assert ingest.logs() == []


def test_a_token_may_send_only_its_sources(serve: Serve) -> None:
    limited = {"Authorization": f"Bearer {LIMITED}"}
    documents = bulk(
        ({"index": {}}, {"event": {"dataset": "fortinet_fortigate.log"}, "message": "devname=x"}),
        ({"index": {}}, {"event": {"dataset": "system.auth"}, "message": "y"}),
    )
    with serve() as (client, ingest):
        assert client.post("/ingest/v1/linux.auth", content=b"x", headers=limited).status_code == 403
        assert client.post("/ingest/v1/fortinet.fortigate", content=b"x", headers=limited).status_code == 200
        items = client.post("/_bulk", content=documents, headers=limited).json()["items"]
        assert [item["index"]["status"] for item in items] == [201, 403]
        assert {(one.tenant, one.source) for one in ingest.wait(2)} == {("730", "fortinet.fortigate")}


@pytest.mark.parametrize("source", ["no_dot", "Upper.case", "a.b.c", "x.y-z", "nobody.knows"])
def test_a_source_that_there_is_not_is_a_404(serve: Serve, source: str) -> None:
    with serve() as (client, _):
        assert client.post(f"/ingest/v1/{source}", content=b"x").status_code == 404


def test_gzip_bodies_are_unpacked(serve: Serve) -> None:
    lines = b"\n".join(b"line %d" % number for number in range(3000))
    two_members = gzip.compress(lines[:5000]) + gzip.compress(lines[5000:])
    with serve() as (client, ingest):
        answer = client.post("/ingest/v1/linux.auth", content=two_members, headers={"Content-Encoding": "gzip"})
        assert answer.json() == {"accepted": 3000}
        assert len(set(ingest.bodies(3000))) == 3000


@pytest.mark.parametrize(
    ("body", "encoding", "status"),
    [
        (gzip.compress(b"\0" * (20 << 20)), "gzip", 413),
        (b"this is no gzip", "gzip", 400),
        (gzip.compress(b"cut short")[:-4], "gzip", 400),
        (b"x", "br", 415),
        (b"x" * (3 << 20), "", 413),
    ],
    ids=["bomb", "no gzip", "cut short", "brotli", "too large"],
)
def test_a_bad_body_is_refused_and_the_next_one_is_served(serve: Serve, body: bytes, encoding: str, status: int) -> None:
    with serve(max_body_bytes=2 << 20, max_ratio=50) as (client, ingest):
        answer = client.post("/ingest/v1/linux.auth", content=body, headers={"Content-Encoding": encoding} if encoding else {})
        assert answer.status_code == status
        assert client.post("/ingest/v1/linux.auth", content=b"good").status_code == 200
        assert ingest.bodies(1) == [b"good"]


def test_a_json_bomb_is_an_error_of_its_document_alone(serve: Serve) -> None:
    bomb = b'{"a":' * 100_000 + b"1" + b"}" * 100_000
    with serve() as (client, ingest):
        items = client.post("/_bulk", content=bulk(({"index": {}}, bomb), ({"index": {}}, {"message": "fine"}))).json()["items"]
        assert [item["index"]["status"] for item in items] == [400, 201]
        assert ingest.bodies(1) == [b"fine"]


def test_a_line_over_the_limit_is_accepted_as_a_dead_letter(serve: Serve) -> None:
    with serve() as (client, ingest):
        assert client.post("/ingest/v1/linux.auth", content=b"x" * (2 << 20) + b"\nshort").json() == {"accepted": 2}
        assert ingest.bodies(1) == [b"short"]
        assert [record.headers["length"] for record in records(ingest.bus, DEAD)] == [str(2 << 20)]


def test_over_the_rate_a_sender_is_told_when_to_come_again(serve: Serve) -> None:
    with serve(rate={"logs_per_second": 0.001, "burst": 10}, room={"retry_seconds": 7}) as (client, ingest):
        assert client.post("/ingest/v1/linux.auth", content=b"x\n" * 10).status_code == 200
        answer = client.post("/ingest/v1/linux.auth", content=b"y")
        assert (answer.status_code, answer.headers["retry-after"]) == (429, "7")
        assert answer.headers["x-elastic-product"] == "Elasticsearch"
        assert len(ingest.wait(10)) == 10


def test_a_full_spool_is_a_429_and_nothing_is_acknowledged(serve: Serve) -> None:
    with serve(room={"spool": {"max_bytes": 0}}) as (client, ingest):
        ingest.bus.folder.rename(ingest.bus.folder.with_name("away"))
        ingest.bus.folder.write_text("not a folder")
        answer = client.post("/_bulk", content=bulk(({"index": {}}, {"message": "x"})))
        assert answer.status_code == 429
        assert int(answer.headers["retry-after"]) > 0


def test_slow_headers_and_slow_bodies_are_cut_off(serve: Serve) -> None:
    before = counted("vagt_ingest_refused_total", listener="http", reason="header_timeout")
    head = f"POST /ingest/v1/linux.auth HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {TOKEN}\r\nContent-Length: 100\r\n\r\nabc"
    with serve(header_seconds=0.3, body_seconds=0.3) as (client, ingest):
        address = ("127.0.0.1", ingest.ports["http"])
        with socket.create_connection(address, timeout=30) as loris, socket.create_connection(address, timeout=30) as slow:
            loris.sendall(b"POST / HTTP/1.1\r\nHo")
            slow.sendall(head.encode())
            assert slow.recv(100).startswith(b"HTTP/1.1 408")
            assert loris.recv(100) == b""
        assert client.post("/ingest/v1/linux.auth", content=b"good").status_code == 200
    assert counted("vagt_ingest_refused_total", listener="http", reason="header_timeout") == before + 1


def test_noise_on_the_port_harms_nobody(serve: Serve) -> None:
    with serve() as (client, ingest):
        for noise in (b"\x16\x03\x01\x02\x00", b"\xff" * 4096, b"GET " + b"/" * 70_000 + b" HTTP/1.1\r\n\r\n"):
            with socket.create_connection(("127.0.0.1", ingest.ports["http"]), timeout=30) as sock:
                sock.sendall(noise)
                time.sleep(0.02)
        assert client.post("/ingest/v1/linux.auth", content=b"good").status_code == 200


def test_a_client_certificate_stands_for_a_token(run_ingest: RunIngest, tmp_path: Path) -> None:
    authority = trustme.CA()
    clients = [{"common_name": "srv01.example.dk", "tenant": "730"}]
    settings = http_settings(tls=server_files(authority, tmp_path), clients=clients)
    context = ssl.create_default_context()
    authority.configure_trust(context)
    stranger = ssl.create_default_context()
    authority.configure_trust(stranger)
    authority.issue_cert("srv01.example.dk", common_name="srv01.example.dk").configure_cert(context)
    authority.issue_cert("other.example.dk", common_name="other.example.dk").configure_cert(stranger)
    with run_ingest(http=settings) as ingest:
        url = f"https://127.0.0.1:{ingest.ports['http']}/ingest/v1/linux.auth"
        assert httpx.post(url, content=b"x", verify=context).status_code == 200
        assert httpx.post(url, content=b"x", verify=stranger).status_code == 401
        found = ingest.wait(1)
    assert [(one.tenant, one.subject.split(",")[0]) for one in found] == [("730", "CN=srv01.example.dk")]
