"""json.ecs, json.generic, keyvalue.generic, text.generic: what is claimed, mapped, refused; what a sender may not say."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from normalise.registry import source_for, sources
from tests.normalise.reading import events, reader
from vagt.errors import NormaliseError

NAMES = ("json.ecs", "json.generic", "keyvalue.generic", "text.generic")
ECS = {"@timestamp": "2026-11-22T09:15:30Z", "ecs.version": "1.6.0"}


@pytest.mark.parametrize(
    ("body", "source"),
    [
        (json.dumps(ECS), "json.ecs"),
        ('{"@timestamp":"2026-11-22T09:15:30Z","message":"no version"}', "json.generic"),
        ('{"a":1}', "json.generic"),
        ('[{"a":1},{"a":2}]', "json.generic"),
        ('<13>Nov 22 10:00:00 host app[7]: {"a":1}', "json.generic"),
        ('<13>Nov 22 10:00:00 host app[7]: took {"a":1}', "syslog.generic"),
        ('{"MESSAGE":"x","_TRANSPORT":"journal"}', "syslog.generic"),
        ('level=info msg="two words" user=bo took=3', "keyvalue.generic"),
        ("<13>Nov 22 10:00:00 host app: a=1 b=2 c=3 d=4", "keyvalue.generic"),
        ("<13>Nov 22 10:00:00 host app: the job ended with a=1 b=2 c=3 d=4 and that was all there is to say", "syslog.generic"),
        ("User: bo\nAction: login\nResult: failed\nAddress: 192.0.2.1", "keyvalue.generic"),
        ("hello", "text.generic"),
        ("a=1 b=2", "text.generic"),
        ("s\u00f8ren var her: ja, det var han; og så: nej", "text.generic"),
    ],
)
def test_each_takes_its_own_and_the_last_takes_the_rest(body: str, source: str) -> None:
    assert source_for(None, body.encode())[0].id == source


def test_the_last_resort_says_that_it_is_one() -> None:
    source, detected = source_for(None, b"hello")
    assert detected
    assert source.is_fallback
    assert [one.id for one in sources().values() if one.is_fallback] == ["text.generic"]
    assert list(sources())[-1] == "text.generic"


@pytest.mark.parametrize("name", ["organization", "data_stream", "vagt"])
def test_what_only_vagt_may_say_is_the_senders_word(name: str) -> None:
    event = reader(sources()["json.ecs"])(
        json.dumps(ECS | {name: {"id": "999", "source": {"partly": "x"}}, f"{name}.id": "998"})
    )
    assert event["json"]["ecs"]["sender"][name]["id"] == "998"
    assert event["organization"]["id"] == "751"
    assert event["data_stream"] == {"type": "logs", "dataset": "json.ecs", "namespace": "751"}
    assert "vagt" not in event


@pytest.mark.parametrize("name", ["id", "ingested", "created", "dataset", "module", "original"])
def test_ids_and_times_of_the_envelope_are_vagts(name: str) -> None:
    event = reader(sources()["json.ecs"])(json.dumps(ECS | {"event": {name: "mine"}}))
    assert event["event"][name] != "mine"
    assert event["json"]["ecs"]["sender"][f"event_{name}"] == "mine"


def test_ecs_keeps_its_place_and_all_else_is_named() -> None:
    document = ECS | {
        "source": {"ip": "192.0.2.1", "colour": "red"},
        "log.level": "info",
        "shop": {"cart": 1},
        "http.response.status_code": "200",
    }
    event = reader(sources()["json.ecs"])(json.dumps(document))
    assert event["source"] == {"ip": "192.0.2.1"}
    assert event["http"]["response"]["status_code"] == 200
    assert event["json"]["ecs"]["fields"] == {"source_colour": "red", "shop": {"cart": 1}}


def test_common_names_are_mapped_in_any_spelling_and_the_first_counts() -> None:
    event = reader(sources()["json.generic"])(
        '{"Src-IP":"192.0.2.1","source_ip":"192.0.2.2","USER":"bo","user":"eve","proto":"6","Level":"WARN"}'
    )
    assert event["source"]["ip"] == "192.0.2.1"
    assert event["user"]["name"] == "bo"
    assert event["log"]["level"] == "warning"
    assert event["json"]["generic"] == {"source_ip": "192.0.2.2", "user": "eve"}


def test_a_denied_connection_is_said_to_be_one() -> None:
    event = reader(sources()["keyvalue.generic"])("action=deny srcip=192.0.2.1 dstip=192.0.2.2 proto=17 srcport=5 dstport=53")
    assert event["event"]["category"] == ["network"]
    assert event["event"]["type"] == ["connection", "denied"]
    assert event["network"]["transport"] == "udp"


def test_broken_json_is_an_event_with_its_text() -> None:
    event = reader(sources()["json.generic"])('{"level":"info","msg":"cut o')
    assert event["message"] == '{"level":"info","msg":"cut o'
    assert event["vagt"]["source"]["partly"] == "broken JSON"


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("body", [b"", b" \r\n", b"\x00\x01\x02\x03\x04" * 20], ids=["nothing", "blanks", "noise"])
def test_nothing_and_noise_are_refused(name: str, body: bytes) -> None:
    with pytest.raises(NormaliseError):
        events(sources()[name], body)


VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3),
    max_leaves=9,
)
KEYS = st.sampled_from(
    "@timestamp ecs.version time date level host host.name event event.kind event.category source.ip url user.name user log "
    "message network.transport src_ip proto md5 labels organization.id vagt process.pid file.hash.md5 records geo".split()
)


@settings(max_examples=400, deadline=None)
@given(st.dictionaries(KEYS | st.text(max_size=9), VALUES, max_size=9), st.booleans())
def test_no_document_breaks_anything_and_none_says_whose_it_is(document: dict[str, Any], is_ecs: bool) -> None:
    body = json.dumps((ECS | document) if is_ecs else document).encode()
    for event in events(sources()["json.ecs" if is_ecs else "json.generic"], body):
        assert event["organization"] == {"id": "751", "name": "Municipality 751"}
        assert event["data_stream"]["namespace"] == "751"
        assert set(event.get("vagt", {})) <= {"unmapped", "source", "encoding"}


TEXTS = st.lists(
    st.sampled_from(
        ["a=", "b: ", '"', ", ", "; ", "\n", "<13>", "Nov 22 10:00:00 ", "h ", "{", "}", "[", "\\", "=", "time=", "1 "]
    )
    | st.text(max_size=5),
    max_size=30,
)


@settings(max_examples=400, deadline=None)
@given(TEXTS.map("".join) | st.binary(max_size=200))
def test_hostile_input_raises_normalise_error_only(text: str | bytes) -> None:
    body = text.encode() if isinstance(text, str) else text
    for name in NAMES:
        source = sources()[name]
        source.recognise(body)
        try:
            found = events(source, body)
        except NormaliseError:
            continue
        assert {event["event"]["dataset"] for event in found} == {name}
