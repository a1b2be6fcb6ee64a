"""Bad input to the running pipeline: each becomes a dead letter, a refusal or a counted drop, and everything else goes on.

All tests share one `vagt run`, into which good lines trickle by every way; the last test counts them.
"""

import gzip
import json
import random
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple

import orjson
import pytest
from prometheus_client.parser import text_string_to_metric_families

import normalise.sources
from store.queries import ArchiveSearch
from tests.pipeline.conftest import Pipeline
from tests.pipeline.doors import LIMITED, WAYS, Doors, Trickle, good_line
from vagt.bus.protocol import Bus
from vagt.cli.setup import make_context
from vagt.contracts.scope import system_scope
from vagt.contracts.search import EventQuery
from vagt.contracts.stage import Record, TopicPartition
from vagt.ids import event_id
from vagt.settings import load_settings
from vagt.topics import split_raw_topic

PATIENCE_SECONDS = 60
LONG = 10 << 20
SOURCES = "linux.auth syslog.generic windows.eventlog fortinet.fortigate cisco.asa suricata.eve".split()
RULES = """
title: Root login
id: 2c0f5f2e-54f8-4d7a-9c39-5a1d1b7e0a11
name: root_login
status: test
taxonomy: ecs
logsource: {product: linux, service: linux.auth}
detection:
    selection: {event.action: ssh_login, event.outcome: success, user.name: root}
    condition: selection
level: high
tags: [attack.t1078]
---
title: Many root logins
id: 3d1a6a3f-65a9-4e8b-8d4a-6b2e2c8f1b22
status: test
taxonomy: ecs
correlation:
    type: event_count
    rules: [root_login]
    group-by: [host.name]
    timespan: 30m
    condition: {gte: 5}
    generate: true
level: high
tags: [attack.t1078]
"""


class Mill(NamedTuple):
    """The running pipeline, the ways in, and what trickles. `known`: the records that were read before, by place."""

    pipeline: Pipeline
    doors: Doors
    trickle: Trickle
    bus: Bus
    known: dict[TopicPartition, list[Record]]

    def records(self, topic: str) -> list[Record]:
        """All that stands on a topic."""
        if topic not in self.bus.topics():
            return []
        found: list[Record] = []
        for place, end in self.bus.next_offsets(topic).items():
            known = self.known.setdefault(place, [])
            known += self.bus.read(place, len(known), end)
            found += known
        return found

    def raw(self) -> list[Record]:
        """All raw logs."""
        return [record for topic in self.bus.topics() if topic.startswith("raw.") for record in self.records(topic)]

    def events(self, marker: str = "") -> list[dict[str, Any]]:
        """The events in which `marker` stands."""
        return [orjson.loads(record.value) for record in self.records("events") if marker.encode() in record.value]

    def letters(self, marker: bytes = b"") -> list[Record]:
        """The dead letters in whose bytes `marker` stands."""
        return [record for record in self.records("dead") if marker in record.value]

    def outcome(self, marker: str, count: int = 1) -> tuple[list[dict[str, Any]], list[Record]]:
        """The events and dead letters with `marker`, once there are `count` of them together."""

        def found() -> Any:
            events, letters = self.events(marker), self.letters(marker.encode())
            return (events, letters) if len(events) + len(letters) >= count else None

        outcome: tuple[list[dict[str, Any]], list[Record]] = self.wait(found, f"what becomes of {marker}")
        return outcome

    def wait(self, condition: Any, what: str) -> Any:
        """Wait until `condition()` holds."""
        return self.pipeline.wait_for(condition, PATIENCE_SECONDS, what)

    def counted(self, name: str, **labels: str) -> float:
        """A counter's value, all processes together."""
        with self.pipeline.client() as client:
            text = client.get("/metrics").raise_for_status().text
        return sum(
            sample.value
            for family in text_string_to_metric_families(text)
            for sample in family.samples
            if sample.name == name and labels.items() <= sample.labels.items()
        )

    def wait_for_count(self, least: float, name: str, **labels: str) -> None:
        """Wait until a counter has risen to `least`."""
        self.wait(lambda: self.counted(name, **labels) >= least, f"{name}{labels} to be {least}")

    def wait_for_good_lines(self) -> None:
        """Wait until lines that are sent from now on have become events, by every way."""
        wanted = {f"good-{way}": number + 1 for way, number in self.trickle.sent.items()}

        def passed() -> bool:
            seen = Counter(dict.fromkeys(wanted, 0))
            for event in self.events('"good-'):
                name = event["host"]["name"]
                seen[name] = max(seen[name], event["process"]["pid"])
            return all(seen[name] >= number for name, number in wanted.items())

        self.wait(passed, "good lines by every way")


@pytest.fixture(scope="module")
def mill(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mill]:
    folder = tmp_path_factory.mktemp("bad_input")
    doors = Doors(folder)
    (folder / "rules").mkdir()
    (folder / "rules" / "root.yml").write_text(RULES)
    detections = {"builtin": False, "rules": [str(folder / "rules")]}
    pipeline = Pipeline(folder, {"ingest": doors.settings(), "detections": detections})
    pipeline.start()
    pipeline.wait_for(lambda: (pipeline.data / "ingest" / "listeners.json").exists(), PATIENCE_SECONDS, "the listeners")
    trickle = Trickle(doors)
    trickle.start()
    bus = pipeline.bus()
    try:
        yield Mill(pipeline, doors, trickle, bus, {})
    finally:
        with suppress(BaseException):
            trickle.stop()
        bus.close()
        pipeline.stop()


def noise(seed: int, size: int) -> bytes:
    return random.Random(seed).randbytes(size)


def bulk(*documents: Any, **action: str) -> bytes:
    rows = [row for document in documents for row in ({"create": action}, document)]
    return b"".join((row if isinstance(row, bytes) else orjson.dumps(row)) + b"\n" for row in rows)


def test_binary_noise_by_every_way_becomes_dead_letters_and_refusals(mill: Mill) -> None:
    marker = b"noise-marker-" + noise(0, 20).replace(b"\n", b"")
    line = marker + noise(1, 600).replace(b"\n", b"") + b"\n"
    refused = mill.counted("vagt_ingest_refused_total", listener="syslog.2", reason="handshake")
    for way in ("tcp", "tls"):
        with mill.doors.session(way) as session:
            session.sendall(line)
    mill.doors.datagram(line)
    mill.doors.write("noise.log", line * 2)
    assert mill.doors.post("/ingest/v1/unknown", line).json() == {"accepted": 1}
    for way in ("tls", "http"):  # and where TLS or HTTP should begin
        with suppress(OSError), mill.doors.connect(way) as plain:
            plain.sendall(noise(2, 5000))
    assert mill.doors.post("/_bulk", noise(3, 5000)).status_code == 400

    found = mill.wait(lambda: len(found := mill.letters(marker)) >= 6 and found, "the dead letters")
    assert {record.headers["protocol"] for record in found} == {"syslog+tcp", "syslog+tls", "syslog+udp", "file", "http"}
    assert {record.value for record in found} == {line.rstrip(b"\n")}
    assert all("binary noise" in record.headers["reason"] for record in found)
    mill.wait_for_count(refused + 1, "vagt_ingest_refused_total", listener="syslog.2", reason="handshake")
    mill.wait_for_good_lines()


@pytest.mark.parametrize("way", ["tcp", "http", "file"])
def test_a_line_of_ten_megabytes_is_a_dead_letter_and_the_next_line_arrives(mill: Mill, way: str) -> None:
    head = f"long-line-by-{way} "
    line = head.encode() + b"z" * (LONG - len(head))
    data = line + b"\n" + good_line(f"after-{way}", 1) + b"\n"
    if way == "tcp":
        with mill.doors.session("tcp") as session:
            session.sendall(data)
    elif way == "http":
        assert mill.doors.post("/ingest/v1/linux.auth", data).json() == {"accepted": 2}
    else:
        mill.doors.write("long.log", data)
    _, [letter] = mill.outcome(head)
    assert (letter.headers["length"], letter.headers["sha256"]) == (str(LONG), sha256(line).hexdigest())
    assert letter.value == line[: 64 << 10]
    assert "over the limit" in letter.headers["reason"]
    assert mill.counted("vagt_ingest_dead_letters_total", tenant="751", reason="too_long") >= 1
    mill.outcome(f"good-after-{way}")


@pytest.mark.parametrize(
    ("frames", "reason"),
    [
        (b"20 <13>lying-short 1 2 this is longer than 20 bytes", "framing"),
        (b"12 <13>before..x <13>no count", "framing"),
        (b"99999999 <13>too much is announced", "too_long"),
        (b"500 <13>ends before its time", "truncated"),
    ],
    ids=["too short", "no number", "too much", "cut off"],
)
@pytest.mark.parametrize("way", ["tcp", "tls"])
def test_octet_counts_that_lie_are_counted_drops(mill: Mill, way: str, frames: bytes, reason: str) -> None:
    dropped = mill.counted("vagt_ingest_dropped_total", tenant="751", source="unknown", reason=reason)
    with mill.doors.session(way) as session:
        session.sendall(b"18 <13>a good counted" + frames)
    mill.wait_for_count(dropped + 1, "vagt_ingest_dropped_total", tenant="751", source="unknown", reason=reason)


def test_senders_that_never_finish_are_cut_off_and_others_are_served_meanwhile(mill: Mill) -> None:
    labels = [
        ("syslog.2", "handshake", b"\x16\x03\x01\x02\x00\x01", "tls"),
        ("syslog.0", "frame_timeout", b"999 <13>the rest never comes", "tcp"),
        ("http", "header_timeout", b"POST /_bulk HTTP/1.1\r\nHost: sl", "http"),
        (
            "http",
            "body_timeout",
            b"POST /ingest/v1/linux.auth HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer token-of-aarhus-only-for-this-test\r\n"
            b"Content-Length: 100\r\n\r\nabc",
            "http",
        ),
    ]
    before = {reason: mill.counted("vagt_ingest_refused_total", listener=name, reason=reason) for name, reason, _, _ in labels}
    with ExitStack() as stack:
        held = [(stack.enter_context(mill.doors.connect(way)), begun) for *_, begun, way in labels for _ in range(20)]
        for sock, begun in held:
            sock.sendall(begun)
        mill.wait_for_good_lines()
        for sock, _ in held:
            with suppress(ConnectionResetError):
                while sock.recv(4096):
                    pass
    for name, reason, _, _ in labels:
        mill.wait_for_count(before[reason] + 20, "vagt_ingest_refused_total", listener=name, reason=reason)


@pytest.mark.parametrize(
    ("name", "reason"), [("stranger.example.dk", "unknown_certificate"), (None, "handshake")], ids=["stranger", "none"]
)
def test_a_certificate_that_nobody_knows_is_refused(mill: Mill, name: str | None, reason: str) -> None:
    before = mill.counted("vagt_ingest_refused_total", listener="syslog.2", reason=reason)
    with (
        suppress(OSError),
        mill.doors.connect("tls") as plain,
        mill.doors.tls_context(name).wrap_socket(plain, server_hostname="127.0.0.1") as session,
    ):
        session.sendall(b"<13>stranger-marker\n")
        session.recv(1)
    mill.wait_for_count(before + 1, "vagt_ingest_refused_total", listener="syslog.2", reason=reason)
    assert not [record for record in mill.raw() if b"stranger-marker" in record.value]


def sample_line(source: str) -> bytes:
    """The first line of a source's own samples."""
    folder = Path(normalise.sources.__path__[0]) / source.replace(".", "_") / "samples"
    path = next(one for one in sorted(folder.iterdir()) if one.suffix in (".log", ".json") and ".expected" not in one.name)
    return path.read_bytes().split(b"\n")[0]


@pytest.mark.parametrize("source", SOURCES)
def test_bytes_that_are_no_utf8_stop_no_source(mill: Mill, source: str) -> None:
    line = sample_line(source)
    marker = f"broken-utf8-{source}"
    middle = len(line) // 2
    broken = line[:middle] + marker.encode() + b"\xff\xfe\xc3(\xed\xa0\x80\xf8" + line[middle:]
    for wanted in (source, "unknown"):
        assert mill.doors.post(f"/ingest/v1/{wanted}", broken).status_code == 200
    events, letters = mill.outcome(marker, 2)
    assert {record.value for record in letters} <= {broken}
    assert {event["organization"]["id"] for event in events} <= {"751"}


def test_json_bombs_are_dead_letters_or_refused_and_stop_nothing(mill: Mill) -> None:
    deep = {
        "objects": b'{"bomb-deep-objects":' + b'{"a":' * 100_000 + b"1" + b"}" * 100_001,
        "arrays": b'{"bomb-deep-arrays":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    }
    keys = orjson.dumps({"bomb-many-keys": 1, "event_type": "alert"} | {f"k{number:x}": number for number in range(60_000)})
    assert 800_000 < len(keys) < 1 << 20
    for source in (*SOURCES, "unknown"):
        for bomb in (*deep.values(), keys):
            assert mill.doors.post(f"/ingest/v1/{source}", bomb).json() == {"accepted": 1}
    answer = mill.doors.post("/_bulk", bulk(*deep.values(), {"message": good_line("after-bomb", 1).decode()}))
    assert [item["create"]["status"] for item in answer.json()["items"]] == [400, 400, 201]
    mill.outcome("good-after-bomb")
    for marker in ("bomb-deep-objects", "bomb-deep-arrays", "bomb-many-keys"):
        mill.outcome(marker, len(SOURCES) + 1)
    mill.wait_for_good_lines()


def test_a_gzip_bomb_is_refused_and_counted(mill: Mill) -> None:
    before = mill.counted("vagt_ingest_refused_total", listener="http", reason="gzip_bomb")
    bomb = gzip.compress(b"\0" * (100 << 20), 9)
    for path in ("/ingest/v1/linux.auth", "/_bulk"):
        answer = mill.doors.post(path, bomb, **{"Content-Encoding": "gzip"})
        assert (answer.status_code, answer.json()["error"]["type"]) == (413, "gzip_bomb")
    assert mill.counted("vagt_ingest_refused_total", listener="http", reason="gzip_bomb") == before + 2


@pytest.mark.parametrize(
    ("token", "source", "status"),
    [
        (None, "linux.auth", 401),
        ("wrong", "linux.auth", 401),
        (LIMITED, "linux.auth", 403),
        (LIMITED, "fortinet.fortigate", 200),
    ],
    ids=["no token", "wrong token", "not its source", "its source"],
)
def test_a_token_admits_what_it_may_and_nothing_else(mill: Mill, token: str | None, source: str, status: int) -> None:
    marker = f"token-marker-{token}-{source}"
    answer = mill.doors.post(f"/ingest/v1/{source}", marker.encode(), token=token)
    assert answer.status_code == status
    document = {"message": marker, "event": {"dataset": source}}
    answer = mill.doors.post("/_bulk", bulk(document), token=token)
    statuses = [item["create"]["status"] for item in answer.json().get("items", [])]
    assert (answer.status_code, statuses) == (status, []) or (answer.status_code, statuses) == (
        200,
        [{200: 201}.get(status, status)],
    )
    stored = [record for record in mill.raw() if marker.encode() in record.value]
    assert len(stored) == (2 if status == 200 else 0)


def test_a_clock_ten_years_off_is_flagged_and_correlated_by_the_time_of_receipt(mill: Mill) -> None:
    clocks = {f"clock-{years:+d}": datetime.now(UTC) + timedelta(days=365 * years) for years in (10, -10)}
    with mill.doors.session("tcp") as session:
        for host, wrong in clocks.items():
            for number in range(5):  # months apart by their own clock: only by the time of receipt they are one window
                stamp = (wrong + timedelta(days=60 * number)).isoformat(timespec="seconds")
                login = f"sshd[{number}]: Accepted password for root from 203.0.113.9 port 40000 ssh2"
                session.sendall(f"<86>{stamp} {host} {login}\n".encode())
    for host, wrong in clocks.items():
        events, _ = mill.outcome(host, 5)
        assert {event["vagt"]["clock_skewed"] for event in events} == {True}
        assert wrong.isoformat()[:10] in {event["@timestamp"][:10] for event in events}
    wanted = {"Root login": 5, "Many root logins": 1, "A source's clock is wrong": 1}
    today = datetime.now(UTC).date().isoformat()[:7]
    for host in clocks:
        found = mill.wait(lambda host=host: len(found := findings(mill, host)) >= 7 and found, f"the findings of {host}")
        assert Counter(document["rule"]["name"] for document in found) == wanted
        for document in found:
            assert document["@timestamp"].startswith(today), document["rule"]["name"]
            assert document["organization"]["id"] == "751"


def findings(mill: Mill, marker: str) -> list[dict[str, Any]]:
    """The findings in which `marker` stands."""
    return [orjson.loads(record.value) for record in mill.records("findings") if marker.encode() in record.value]


def test_correlation_of_sound_clocks_is_not_disturbed_by_wrong_ones(mill: Mill) -> None:
    with mill.doors.session("tcp") as session:
        for number in range(5):
            line = good_line("sound", number, "Accepted password for root from 203.0.113.9 port 40000 ssh2")
            session.sendall(line + b"\n")

    def correlated() -> bool:
        return "Many root logins" in {document["rule"]["name"] for document in findings(mill, "good-sound")}

    mill.wait(correlated, "the correlation")
    assert not any(event.get("vagt", {}).get("clock_skewed") for event in mill.events("good-sound"))


@pytest.mark.parametrize(
    "stamp",
    [
        "Feb 30 12:00:00",
        "Nov 31 12:00:00",
        "Jan  1 25:61:61",
        "Feb 29 12:00:00",
        "Xyz 99 99:99:99",
        "2026-02-30T12:00:00Z",
        "0000-00-00T00:00:00Z",
        "9999-12-31T23:59:59-12:00",
        "0001-01-01T00:00:00+14:00",
        "2026-11-22T12:00:00+99:99",
    ],
)
def test_dates_without_a_year_or_a_day_are_read_or_told(mill: Mill, stamp: str) -> None:
    marker = "date-" + stamp.replace(" ", "_").replace(":", "-").replace("+", "p").lower()
    line = f"<86>{stamp} {marker} sshd[1]: Connection closed by 192.0.2.7 port 40000 [preauth]"
    assert mill.doors.post("/ingest/v1/linux.auth", line.encode()).status_code == 200
    assert mill.doors.post("/ingest/v1/unknown", line.encode()).status_code == 200
    events, letters = mill.outcome(marker, 2)
    for event in events:
        assert datetime.fromisoformat(event["@timestamp"]).year >= 1
    assert all(record.headers["reason"] for record in letters)


def test_a_log_cannot_say_whose_it_is(mill: Mill) -> None:
    spoof = {
        "organization": {"id": "851", "name": "Aalborg"},
        "tenant": "851",
        "_index": "logs-linux.auth-851",
        "_id": "x",
        "data_stream": {"namespace": "851", "dataset": "linux.auth", "type": "logs"},
        "vagt": {"clock_skewed": True, "finding": {"level": "critical"}},
        "event": {"id": "aaaaaaaaaaaaaaaaaaaaaaaaaa", "kind": "alert", "dataset": "suricata.eve", "original": "spoof-original"},
        "timestamp": datetime.now(UTC).isoformat(),
        "event_type": "dns",
        "src_ip": "192.0.2.1",
        "host": {"name": "spoof-marker"},
    }
    for source in (*SOURCES, "unknown"):
        assert mill.doors.post(f"/ingest/v1/{source}?tenant=851", orjson.dumps(spoof)).status_code == 200
    answer = mill.doors.post(
        "/logs-suricata.eve-851/_bulk", bulk({**spoof, "event": {"dataset": "suricata.eve"}}, _index="logs-851")
    )
    assert answer.json()["errors"] is False
    for name in ("tenant", "source", "position", "organization"):
        assert mill.doors.post("/ingest/v1/syslog.generic", b"<13>spoof-marker header", **{name: "851"}).status_code == 200
    events, letters = mill.outcome("spoof-marker", len(SOURCES) + 1 + 1 + 4)
    for event in events:
        assert event["organization"] == {"id": "751", "name": "Aarhus"}
        assert event["data_stream"]["namespace"] == "751"
        assert event["event"]["id"] != "aaaaaaaaaaaaaaaaaaaaaaaaaa"
        assert event["event"]["kind"] != "alert" or event["event"]["dataset"] == "suricata.eve"
        assert "clock_skewed" not in event.get("vagt", {}) and "finding" not in event.get("vagt", {})
    assert {record.headers["tenant"] for record in letters} <= {"751"}
    assert not [topic for topic in mill.bus.topics() if "851" in topic]


def test_reasons_of_dead_letters_are_one_plain_line(mill: Mill) -> None:
    evil = "\x1b[31mreason-marker\x1b[2J\nINJECTED: yes\r\n\x07\u202e"
    bodies = [
        f"<86>{evil} host sshd[1]: x",
        f"<86>Feb 30 12:00:00{evil} host sshd[1]: Accepted",
        f"<86>2026-13-45T{evil} host sshd[1]: x",
        f"date=2026-13-45 time={evil} devname={evil} logid={evil} type={evil}",
        f"<166>{evil}: %ASA-6-302013{evil}: Built",
        f"%ASA-9-{evil}",
        json.dumps({"timestamp": evil, "event_type": evil, "flow_id": evil}),
        json.dumps({"EventID": evil, "Channel": evil, "EventTime": evil, "Event": {"System": {"EventID": evil}}}),
    ]
    for source in SOURCES:
        documents = [{"message": body, "event": {"dataset": source}} for body in bodies]
        assert mill.doors.post("/_bulk", bulk(*documents)).json()["errors"] is False
    mill.outcome("reason-marker", len(bodies) * len(SOURCES))
    reasons = [record.headers["reason"] for record in mill.letters(b"reason-marker")]
    assert reasons
    assert [reason for reason in reasons if not reason.isprintable()] == []
    listed = mill.pipeline.vagt("dead", "list", "--limit", "1000")
    assert listed.returncode == 0, listed.stderr
    assert "\x1b" not in listed.stdout and "\u202e" not in listed.stdout


def test_a_followed_file_that_vanishes_or_becomes_something_else_stops_no_other(mill: Mill) -> None:
    places = [mill.doors.folder / f"vanish-{number}.log" for number in range(4)]
    for number, place in enumerate(places):
        place.write_bytes(b"".join(good_line("file", 1, f"vanish-marker-{number}-{n}") + b"\n" for n in range(10)))
    mill.outcome("vanish-marker-", 40)
    for place in places:
        place.unlink()
    places[1].mkdir()
    places[2].symlink_to(places[2])
    places[3].symlink_to("/dev/zero")
    mill.wait_for_good_lines()
    for place in places[1:]:
        place.rmdir() if place.is_dir() and not place.is_symlink() else place.unlink()
    for number, place in enumerate(places):
        place.write_bytes(good_line("file", 1, f"back-marker-{number}") + b"\n")
    events, _ = mill.outcome("back-marker-", 4)
    assert len(events) == 4 and len(mill.events("vanish-marker-")) == 40


def test_dead_letters_are_listed_and_shown_with_reason_and_bytes(mill: Mill) -> None:
    body = b"shown-marker \x00\x01\x02\x03\x04\x05\x06\x07\x1b[31m" + bytes(range(32)).replace(b"\n", b"") * 20
    assert mill.doors.post("/ingest/v1/linux.auth", body).status_code == 200
    _, [record] = mill.outcome("shown-marker")
    letter = f"{record.partition}-{record.offset}"
    listed = json.loads(mill.pipeline.vagt("dead", "list", "--tenant", "751", "--limit", "10000", "--format", "json").stdout)
    [line] = [one for one in listed if one["id"] == letter]
    assert (line["tenant"], line["source"], line["stage"]) == ("751", "linux.auth", "normalise")
    shown = mill.pipeline.vagt("dead", "show", letter)
    assert json.loads(shown.stdout)["reason"] == line["reason"] and "\x1b" not in shown.stdout
    replayed = mill.pipeline.vagt("dead", "replay", letter)
    assert json.loads(replayed.stdout) == {"replayed": 1}
    again = mill.wait(lambda: len(found := mill.letters(b"shown-marker")) == 2 and found, "the letter again")
    assert {one.headers["position"] for one in again} == {record.headers["position"]}
    whole = [one for one in listed if one["length"] == LONG]
    refused = mill.pipeline.vagt("dead", "replay", whole[0]["id"])
    assert refused.returncode == 2 and "only the first part" in refused.stderr


def test_an_unknown_tenant_on_the_command_line_is_refused(mill: Mill, tmp_path: Path) -> None:
    (tmp_path / "a.log").write_bytes(good_line("file", 1) + b"\n")
    refused = mill.pipeline.vagt("replay", str(tmp_path / "a.log"), "--tenant", "999")
    assert refused.returncode == 2 and "--tenant 999" in refused.stderr and "Traceback" not in refused.stderr


def test_every_log_was_accounted_for_and_every_good_line_is_one_event(mill: Mill) -> None:
    mill.trickle.stop()
    mill.pipeline.wait_until_drained()
    assert "Traceback" not in mill.pipeline.log.read_text()
    assert mill.counted("vagt_stage_poison_records_total") == 0
    made = Counter(event["event"]["id"] for event in mill.events())
    dead = {record.headers["position"] for record in mill.letters()}
    for record in mill.raw():
        tenant, _ = split_raw_topic(record.topic)
        position = record.headers["position"]
        assert event_id(tenant, position, record.value, 0) in made or position in dead, record
    mill.pipeline.stop()
    context = make_context(load_settings(mill.pipeline.config, {}))
    search = ArchiveSearch(context)
    seen: Counter[tuple[str, int]] = Counter()
    ids: Counter[str] = Counter()
    cursor = None
    while True:
        page = search.search_events(system_scope("test"), EventQuery(), cursor, 1000)
        assert page.problems == []
        ids.update(event["event"]["id"] for event in page.items)
        good = [event for event in page.items if event.get("process", {}).get("name") == "sshd"]
        seen.update((event["host"]["name"], event["process"]["pid"]) for event in good if "preauth" in event["message"])
        cursor = page.cursor
        if cursor is None:
            break
    for way in WAYS:
        arrived = {number: count for (host, number), count in seen.items() if host == f"good-{way}"}
        assert arrived == dict.fromkeys(range(1, mill.trickle.sent[way] + 1), 1), way
    assert ids.keys() == made.keys() and set(ids.values()) == {1}
