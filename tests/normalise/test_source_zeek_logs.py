"""Zeek: JSON and TSV of one record give the same event; each log is told apart from the others, and from JSON of others."""

import json
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from normalise.envelope import normalise_raw
from normalise.registry import source_for
from normalise.sources.zeek_logs.parser import SOURCE
from vagt.contracts.event import Event, get_field
from vagt.contracts.raw import RawLog
from vagt.errors import NormaliseError

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
ZONE = ZoneInfo("Europe/Copenhagen")
SAMPLES = Path(__file__).resolve().parents[2] / "normalise" / "sources" / "zeek_logs" / "samples"
HEADER = ["#separator \\x09", "#set_separator\t,", "#empty_field\t(empty)", "#unset_field\t-"]
ENDS = {"id.orig_h": "10.0.0.1", "id.orig_p": 50000, "id.resp_h": "192.0.2.7", "id.resp_p": 443}


def parse(body: str | bytes) -> list[Event]:
    """The events of one record."""
    content = body if isinstance(body, bytes) else body.encode()
    raw = RawLog("751", None, content, NOON, "file", "sensor", "f:0")
    return normalise_raw(raw, SOURCE, False, ZONE, "2026-11-22T12:00:01.000Z", str)


def one(**record: Any) -> Event:
    """The event of one JSON record with ends."""
    (event,) = parse(json.dumps({"ts": 1795342500.123456, "uid": "C1", **ENDS, **record}))
    return event


def tsv(path: str, fields: str, types: str, *lines: str) -> str:
    """A TSV log with its header."""
    head = [*HEADER, f"#path\t{path}", f"#fields\t{fields}", f"#types\t{types}"]
    return "\n".join([*head, *lines])


def without_record(event: Event) -> Event:
    """The event without what says which record it came from."""
    inner = {key: value for key, value in event["event"].items() if key not in ("id", "original")}
    return {**event, "event": inner}


def test_a_tsv_line_and_the_same_json_give_the_same_event() -> None:
    fields = (
        "ts\tuid\tid.orig_h\tid.orig_p\tid.resp_h\tid.resp_p\tproto\tservice\tduration\torig_bytes\tlocal_orig\ttunnel_parents"
    )
    types = "time\tstring\taddr\tport\taddr\tport\tenum\tstring\tinterval\tcount\tbool\tset[string]"
    line = "1795342500.123456\tC1\t10.0.0.1\t50000\t192.0.2.7\t443\ttcp\t-\t1.500000\t12\tT\t(empty)"
    (found,) = parse(tsv("conn", fields, types, line))
    same = one(_path="conn", proto="tcp", duration=1.50000004, orig_bytes=12, local_orig=True, tunnel_parents=[])
    assert without_record(found) == without_record(same)
    assert found["event"]["end"] == "2026-11-22T10:15:01.623456Z"


def test_escapes_of_tsv_are_read_and_control_characters_stay_spelt_out() -> None:
    (event,) = parse(tsv("weird", "ts\tname\tnotice\taddl", "time\tstring\tbool\tstring", "1.5\tx\tF\ta\\x0ab\\\\c\\x00\\xff"))
    assert event["zeek"]["weird"]["addl"] == "a\nb\\c\\x00\\xff"


def test_a_tsv_file_may_hold_several_headers() -> None:
    first = tsv("known_hosts", "ts\thost", "time\taddr", "1.5\t10.0.0.1", "2.5\t10.0.0.2", "#close\t2026-11-22-10-00-00")
    second = tsv("weird", "ts\tname\tnotice", "time\tstring\tbool", "3.5\tx\tF")
    events = parse(f"{first}\n{second}\n")
    assert [next(iter(event["zeek"])) for event in events] == ["known_hosts", "known_hosts", "weird"]


def test_other_separators_are_taken_from_the_header() -> None:
    head = "#separator |\n#set_separator|;\n#unset_field|NA\n#path|dns\n#fields|ts|answers|query\n"
    (event,) = parse(f"{head}#types|time|vector[string]|string\n1.5|a;b|NA")
    assert event["zeek"]["dns"] == {"answers": ["a", "b"]}


@pytest.mark.parametrize(
    "text",
    [
        "",
        "hello",
        "1795342500.1\tC1\t10.0.0.1",
        "#fields\tts\thost\n#types\ttime\taddr",
        "#fields\tts\thost\n#types\ttime\n1.5\t10.0.0.1",
        "#fields\tts\thost\n#types\ttime\taddr\n1.5",
        '{"message":"x"}',
        '{"ts":"yesterday","_path":"dns"}',
        "[1]",
        "{",
    ],
)
def test_what_is_no_record_of_zeek_is_refused(text: str) -> None:
    with pytest.raises(NormaliseError):
        parse(text)


@pytest.mark.parametrize(
    "body",
    [
        b'{"level":"info","ts":1795342500.1,"logger":"http","msg":"handled request"}',
        b'{"timestamp":"2026-11-22T10:00:00Z","flow_id":1,"event_type":"dns","src_ip":"10.0.0.1"}',
        b'{"ts":"2026-11-22 10:00:00","path":"/x","status":200}',
        b'{"ts":1795342500,"host":"a","message":"b"}',
        b"# /etc/hosts\n#fields of wheat\n",
    ],
)
def test_json_of_others_is_not_claimed(body: bytes) -> None:
    assert not SOURCE.recognise(body)


@pytest.mark.parametrize("path", sorted(SAMPLES.glob("*.json")), ids=lambda path: path.name)
def test_a_log_is_told_by_its_fields_where_nothing_names_it(path: Path) -> None:
    if path.name.endswith(".expected.json"):
        return
    for line in path.read_text().splitlines():
        record = json.loads(line)
        named = record.pop("_path", None)
        (whole,) = parse(line)
        if named in ("loaded_scripts", "cluster", "postgresql"):  # nothing but their name tells them
            continue
        (event,) = parse(json.dumps(record))
        assert event["zeek"].keys() == whole["zeek"].keys(), line


@pytest.mark.parametrize(
    ("path", "log"),
    [
        ("/opt/zeek/logs/current/dns.log", "dns"),
        ("/opt/zeek/logs/2026-11-22/dns.10:00:00-11:00:00.log.gz", "dns"),
        ("C:\\zeek\\dns.log", "dns"),
        ("/var/log/messages", "conn"),
    ],
)
def test_the_shippers_path_says_which_log_it_is(path: str, log: str) -> None:
    line = json.dumps({"ts": 1795342500.5, **ENDS, "proto": "udp", "conn_state": "SF"})
    (event,) = parse(json.dumps({"message": line, "log": {"file": {"path": path}}, "host": {"name": "zeek03"}}))
    assert log in event["zeek"]
    assert event["observer"]["name"] == "zeek03"


def test_a_log_that_is_not_known_is_kept_and_said() -> None:
    event = one(_path="my_protocol", colour="blue", **{"a.b": 1, "a": 2})
    assert event["zeek"]["other"]["log"] == "my_protocol"
    assert event["zeek"]["other"]["fields"]["colour"] == "blue"
    assert event["vagt"]["source"]["partly"] == "log my_protocol"
    assert event["source"]["ip"] == "10.0.0.1"


LOGINS = [
    ({"request_type": "AS", "client": "anna/A", "service": "krbtgt/A", "success": False}, "failure", "anna"),
    ({"username": "anna", "hostname": "pc", "domainname": "A", "success": True}, "success", "anna"),
    ({"auth_success": False, "auth_attempts": 3, "client": "SSH-2.0-x"}, "failure", None),
    ({"username": "anna", "result": "failed"}, "failure", "anna"),
]


@pytest.mark.parametrize(("fields", "outcome", "user"), LOGINS, ids=["kerberos", "ntlm", "ssh", "radius"])
def test_a_login_has_category_outcome_source_and_user(fields: dict[str, Any], outcome: str, user: str | None) -> None:
    event = one(**fields)
    assert "authentication" in event["event"]["category"]
    assert event["event"]["outcome"] == outcome
    assert event["source"]["ip"] == "10.0.0.1"
    assert get_field(event, "user.name") == user


def test_direction_is_what_zeek_knows_of_the_site() -> None:
    public = {"id.orig_h": "192.0.2.9", "conn_state": "SF", "proto": "tcp"}
    assert one(**public, local_orig=True, local_resp=False)["network"]["direction"] == "outbound"
    assert one(**public, local_orig=False, local_resp=False)["network"]["direction"] == "external"


def test_the_same_lookup_names_answers_flags_and_outcome() -> None:
    event = one(
        trans_id=7,
        query="a.example",
        qclass_name="C_INTERNET",
        rcode_name="NXDOMAIN",
        RD=True,
        answers=["192.0.2.1"],
        TTLs=[60.0],
    )
    assert event["dns"]["answers"] == [{"data": "192.0.2.1", "ttl": 60}]
    assert (event["dns"]["header_flags"], event["event"]["outcome"]) == (["RD"], "failure")


def test_a_proxys_requests_do_not_name_the_proxy_after_the_server() -> None:
    whole = one(trans_depth=1, method="GET", host="www.example.com", uri="http://www.example.com:8080/x?y")
    assert whole["url"]["full"] == "http://www.example.com:8080/x?y"
    assert "domain" not in whole["destination"]
    tunnel = one(trans_depth=1, method="CONNECT", host="www.example.com", uri="www.example.com:443")
    assert (tunnel["url"]["domain"], tunnel["url"]["port"]) == ("www.example.com", 443)
    assert "domain" not in tunnel["destination"]


LINES = [
    line for path in sorted(SAMPLES.glob("*.[jl]*")) if "expected" not in path.name for line in path.read_text().splitlines()
]
LINES.append(tsv("dns", "ts\tquery\tanswers", "time\tstring\tvector[string]", "1.5\ta.example\tb,c"))


@settings(max_examples=400, deadline=None)
@given(line=st.sampled_from(LINES), at=st.integers(0, 400), cut=st.integers(0, 30), put=st.text(max_size=12))
def test_a_mutated_record_is_read_or_refused(line: str, at: int, cut: int, put: str) -> None:
    body = (line[:at] + put + line[at + cut :]).encode("utf-8", "surrogatepass")
    SOURCE.recognise(body)
    with suppress(NormaliseError):
        parse(body)


VALUES = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(-(2**70), 2**70), st.floats(allow_nan=False), st.text(max_size=8)),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
NAMES = sorted({name for line in LINES if line.startswith("{") for name in json.loads(line)})


@settings(max_examples=400, deadline=None)
@given(
    line=st.sampled_from([line for line in LINES if line.startswith("{")]),
    wrong=st.dictionaries(st.sampled_from(NAMES), VALUES, max_size=5),
)
def test_values_of_other_types_raise_nothing_else(line: str, wrong: dict[str, Any]) -> None:
    body = json.dumps(json.loads(line) | wrong)
    try:
        events = parse(body)
    except NormaliseError:
        return
    assert all(event["event"]["dataset"] == "zeek.logs" for event in events)


def document_of(case: dict[str, Any], body: str) -> Event:
    assert source_for(None, body.encode())[0] is SOURCE, case["id"]
    (event,) = parse(body)
    assert "unmapped" not in event.get("vagt", {}), case["id"]
    return without_record(event)


@pytest.mark.corpus
def test_every_tsv_line_of_the_corpus_gives_the_document_of_its_json(corpus: Path) -> None:
    pairs = 0
    for path in sorted((corpus / "corpus" / "zeek_tsv_json").glob("*/cases.jsonl")):
        for case in map(json.loads, path.open()):
            lined = document_of(case, "\n".join([*case["tsv_header"], case["raw"]]))
            if case["expected"] is not None:
                assert lined == document_of(case, json.dumps(case["expected"])), case["id"]
                pairs += 1
    assert pairs > 700
