"""Declared sources: what a `source.yaml` may say, what its errors name, and that nothing in it takes more than linear time."""

import re
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from normalise.declared.compiled import load_declared
from normalise.declared.safe_regex import compile_regex
from normalise.declared.templates import compile_template
from normalise.registry import source_for, sources, use_declared
from tests.normalise.reading import events, reader
from vagt.errors import NormaliseError, SettingsError

BASE: dict[str, Any] = {"id": "acme.gate", "title": "Acme Gate", "marks": ["GATE "]}
ROOT = Path(__file__).parents[2]


def write(folder: Path, kinds: list[dict[str, Any]], **more: Any) -> Path:
    path = folder / "acme_gate" / "source.yaml"
    path.parent.mkdir(exist_ok=True)
    path.write_text(yaml.safe_dump(BASE | more | {"kinds": [{"name": f"kind {n}", **kind} for n, kind in enumerate(kinds)]}))
    return path


def one(folder: Path, kind: dict[str, Any], line: str, **more: Any) -> dict[str, Any]:
    return reader(load_declared(write(folder, [kind], **more)))(line)


LOGIN = {
    "fields": {
        "user.name": "user",
        "source.ip": "ip",
        "event.category": {"value": "authentication"},
        "event.outcome": {"from": "result", "map": {"ok": "success"}, "default": "failure"},
    },
    "when": [{"if": {"result": ["no", "locked"]}, "fields": {"event.reason": "result"}}],
}
WAYS = {
    "template": ({"template": "GATE %{user:word} %{ip:ip} %{result}"}, "GATE bo 192.0.2.1 no"),
    "regex": ({"regex": r"GATE (?P<user>[^ ]+) (?P<ip>[^ ]+) (?P<result>.*)"}, "GATE bo 192.0.2.1 no"),
    "csv": ({"csv": {"columns": ["", "user", "ip", "result"], "delimiter": ";"}}, 'GATE ;bo;"192.0.2.1";no'),
    "keyvalue": ({"keyvalue": {"needs": ["user"]}}, 'GATE user=bo ip="192.0.2.1" result=no'),
    "pairs": ({"keyvalue": {"pair": ":", "separator": ";"}}, "GATE x;user: bo; ip: 192.0.2.1; result: no"),
    "json": ({"json": {"needs": ["user"]}}, '{"x": "GATE ", "user": "bo", "ip": "192.0.2.1", "result": "no"}'),
}  # fmt: skip


@pytest.mark.parametrize(("way", "line"), WAYS.values(), ids=WAYS.keys())
@pytest.mark.parametrize("header", ["", "<13>Nov 22 10:00:00 gate7 "])
def test_every_way_of_reading_fills_the_same_fields(tmp_path: Path, way: dict[str, Any], line: str, header: str) -> None:
    event = one(tmp_path, {**way, **LOGIN}, header + line)
    assert event["user"]["name"] == "bo"
    assert event["source"]["ip"] == "192.0.2.1"
    assert event["event"]["category"] == ["authentication"]
    assert event["event"]["outcome"] == "failure"
    assert event["event"]["reason"] == "no"
    assert event.get("host", {}).get("name") == ("gate7" if header else None)


def test_what_goes_nowhere_stays_the_vendors_and_what_does_not_fit_too(tmp_path: Path) -> None:
    kind = {"keyvalue": {}, "fields": {"source.ip": "ip", "source.port": "port"}, "drop": ["noise"], "keep": ["ip"]}
    event = one(tmp_path, kind, "GATE ip=192.0.2.1 port=many noise=1 door.no=7")
    assert event["acme"]["gate"] == {"ip": "192.0.2.1", "port": "many", "door_no": "7"}


@pytest.mark.parametrize(
    ("field", "rule", "text", "value"),
    [
        ("event.duration", {"type": "seconds"}, "1.5s", 1_500_000_000),
        ("event.duration", {"type": "milliseconds"}, "2", 2_000_000),
        ("@timestamp", {"format": "dd/MM/yyyy HH:mm:ss"}, "22/11/2026 10:15:30", "2026-11-22T09:15:30.000Z"),
        ("@timestamp", {}, "1795338930", "2026-11-22T09:15:30.000Z"),
        ("source.mac", {"type": "mac"}, "00:00:5e:00:53:01", "00-00-5E-00-53-01"),
        ("dns.header_flags", {"type": "list", "map": {"rd": "RD"}}, "qr,rd", ["RD"]),
        ("user.roles", {}, "admin", ["admin"]),
        ("acme.gate.open", {"type": "boolean"}, "yes", True),
        ("network", {"type": "transport"}, "17", {"iana_number": "17", "transport": "udp"}),
        ("url", {"type": "url"}, "/a?b", {"original": "/a?b", "path": "/a", "query": "b"}),
        ("source.port", {"type": "port"}, "99999", None),
    ],
)
def test_values_get_their_type(tmp_path: Path, field: str, rule: dict[str, Any], text: str, value: Any) -> None:
    event = one(tmp_path, {"template": "GATE [%{x}]", "fields": {field: {"from": "x", **rule}}}, f"GATE [{text}]")
    for name in field.split("."):
        event = event.get(name, {}) if isinstance(event, dict) else event
    assert event == (value if value is not None else {})


X = {"template": "GATE %{x}"}
FAULTS = [
    (X | {"fields": {"source.ipp": "x"}}, "fields.source.ipp: ECS has no such field; did you mean source.ip"),
    (X | {"fields": {"user.name": "y"}}, "kinds.0.fields.user.name: nothing reads 'y'; the kind reads x"),
    (X | {"fields": {"event.category": {"value": "login"}}}, "'login' is not allowed; ECS has api, authentication"),
    ({"template": "GATE %{x}%{y}"}, "kinds.0.template: nothing parts %{x} from %{y}"),
    ({"template": "GATE %{x:date}"}, "no type date; the types of a template are text"),
    ({"template": "GATE"}, "the template reads nothing"),
    ({"regex": "GATE (?P<x>.*) end"}, "kinds.0.regex: behind a *, + or ? stands something that it could take itself"),
    ({"regex": "(?P<x>(a+)+)"}, "a repeat within a repeat"),
    ({"regex": "(?P<x>[a"}, "no regular expression"),
    (X | {"csv": {"columns": ["a"]}}, "give exactly one of template, regex, csv, keyvalue and json"),
    (X | {"filds": {}}, "kinds.0.filds: unknown key"),
    (X | {"fields": {"user.name": {"from": "x", "value": "y"}}}, "give either from"),
    (X | {"fields": {"user.name": 7}}, "write a name that the kind reads"),
    (X | {"fields": {"url.path": {"from": "x", "type": "url"}}}, "fills the object url"),
    (X | {"when": [{"if": {"z": "1"}, "fields": {"user.name": "x"}}]}, "kinds.0.when.0.if: nothing reads 'z'"),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "said"), FAULTS, ids=[said[:40] for _, said in FAULTS])
def test_an_error_names_file_key_and_way_out(tmp_path: Path, kind: dict[str, Any], said: str) -> None:
    path = write(tmp_path, [kind])
    with pytest.raises(SettingsError) as error:
        load_declared(path)
    assert str(error.value).startswith(f"{path}: ")
    assert said in str(error.value)


@pytest.mark.parametrize("text", ["", "- a\n", "id: [", "id: acme.gate\n"])
def test_a_file_that_is_none_is_an_error(tmp_path: Path, text: str) -> None:
    path = tmp_path / "source.yaml"
    path.write_text(text)
    with pytest.raises(SettingsError, match=re.escape(str(path))):
        load_declared(path)


REFUSED = [
    r"(?P<a>.*)x", r"(?P<a>(?:a|b)*c*)*", r"(?P<a>\d+)(?P<b>\d*)", r"(?P<a>a?a?a)", r"(?P<a>(?:a?){30}a{30})", r"(?P<a>x)(?=y)",
    "(?P<a>" + "a|" * 20 + "b)", r"(?P<a>(?:\w(?:a1\w|\w\w)){2,24})",
    r"(?P<a>x)\1", r"(?P<a>\w*\w)", r"(?P<a>[^ ]* ?) (?P<b>x)", r"(?P<a>(?:ab)*)abc",
    r"(?P<a>.{0,5000})b",
]  # fmt: skip


@pytest.mark.parametrize("pattern", REFUSED)
def test_patterns_that_could_take_long_are_refused(pattern: str) -> None:
    with pytest.raises(ValueError, match=r"repeat|behind|not allowed|empty|choices|class"):
        compile_regex(pattern)


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(
    st.from_regex(r"\A(\[\^?[a-c ]\]|[a-c ]|\\d|\\w|\(\?:[a-c]{1,2}\))([*+?]|\{1,3\})?(\1|[a-c ]){0,5}\Z"),
    st.sampled_from("abc 1"),
)
def test_a_pattern_that_is_taken_is_given_up_after_few_steps(pattern: str, char: str) -> None:
    try:
        compiled = compile_regex(f"(?P<x>{pattern})")
    except ValueError:
        return
    text = char * 20_000 + "!"
    found = compiled.fullmatch(text)  # what goes back over the text does not end within the test's time
    assert found is None or found["x"] == text


def test_a_template_reads_a_long_text_without_its_end_once() -> None:
    assert compile_template("%{a} %{b} %{c} %{d} %{e};")("x " * 500_000) is None


def test_a_record_that_no_kind_fits_is_an_event_if_it_has_a_mark(tmp_path: Path) -> None:
    source = load_declared(write(tmp_path, [{"template": "GATE %{x:long}"}]))
    (event,) = events(source, "GATE opened by a ghost")
    assert event["vagt"]["source"]["partly"] == "no kind of source.yaml fits"
    with pytest.raises(NormaliseError, match=r"acme\.gate"):
        events(source, "nothing of ours")


def test_what_is_left_stays_beside_fields_of_the_sources_own(tmp_path: Path) -> None:
    kind = {"template": "GATE %{zone} %{door} %{keys}", "fields": {"acme.gate.keys": {"from": "keys", "type": "list"}}}
    event = one(tmp_path, kind | {"keep": ["keys"]}, "GATE north 7 red,blue")
    assert event["acme"]["gate"] == {"zone": "north", "door": "7", "keys": ["red", "blue"]}


@pytest.mark.parametrize(("zone", "hour"), [({}, "09"), ({"zone": "UTC"}, "10"), ({"zone": "Europe/London"}, "10")])
def test_a_product_may_fix_the_zone_of_its_own_stamps_but_not_of_the_header(
    tmp_path: Path, zone: dict[str, str], hour: str
) -> None:
    kind = {"template": "GATE %{time}", "fields": {"@timestamp": {"from": "time", "format": "yyyy-MM-dd HH:mm:ss"}}}
    assert one(tmp_path, kind, "GATE 2026-11-22 10:00:00", **zone)["@timestamp"] == f"2026-11-22T{hour}:00:00.000Z"
    plain = {"template": "GATE %{door}"}
    assert one(tmp_path, plain, "<13>Nov 22 10:00:00 gate7 GATE 7", **zone)["@timestamp"] == "2026-11-22T09:00:00.000Z"


def test_a_zone_that_there_is_not_is_an_error_that_names_it(tmp_path: Path) -> None:
    path = write(tmp_path, [X], zone="Mars/Olympus")
    with pytest.raises(SettingsError, match=f"{re.escape(str(path))}: zone: 'Mars/Olympus' is no IANA time zone"):
        load_declared(path)


@pytest.fixture
def own(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path
    use_declared(None)


def test_the_units_own_folder_joins_ours(own: Path) -> None:
    write(own, [{"template": "GATE %{x:long}"}])
    use_declared(own)
    assert source_for(None, b"GATE 7")[0].id == "acme.gate"
    use_declared(None)
    assert "acme.gate" not in sources()


def test_a_faulty_own_folder_is_an_error_and_changes_nothing(own: Path) -> None:
    path = write(own, [{"template": "GATE %{x"}])
    with pytest.raises(SettingsError, match=re.escape(str(path))):
        use_declared(own)
    assert source_for(None, b"GATE 7")[0].id == "text.generic"
    with pytest.raises(SettingsError, match=r"normalise\.declared: there is no folder"):
        use_declared(own / "nowhere")


def test_an_own_source_may_not_have_an_id_of_ours(own: Path) -> None:
    path = write(own, [{"template": "GATE %{x}"}], id="cisco.asa")
    path.parent.rename(own / "cisco_asa")
    with pytest.raises(SettingsError, match="give yours another id"):
        use_declared(own)


def test_the_pages_example_is_a_source_that_reads_a_line(tmp_path: Path) -> None:
    page = (ROOT / "docs" / "adding_a_source.md").read_text(encoding="utf-8")
    (text,) = re.findall(r"```yml\n(id: .*?)```", page, re.DOTALL)
    path = tmp_path / "source.yaml"
    path.write_text(textwrap.dedent(text))
    read = reader(load_declared(path))
    for header in ("", "<13>Nov 22 10:00:00 gate7 "):
        event = read(header + "GATE[7]: 22/11/2026 10:15:30 login user=bo from 192.0.2.1:4000 refused")
        assert event["@timestamp"] == "2026-11-22T09:15:30.000Z"
        assert (event["user"]["name"], event["source"]["port"], event["event"]["reason"]) == ("bo", 4000, "refused")
