"""Bundles parse as STIX 2.1 without anything custom, hang together, and have the same ids each time."""

from typing import Any

import pytest
import stix2

from cert_bridge.queries import get_bundle
from cert_bridge.stix_objects import account_object, address_object, file_object, observable
from tests.cert_bridge.bridge import EVERYONE, SIGMA, Bridge, finding, incident
from tests.cert_bridge.conftest import MakeBridge

RICH = finding(
    source={"ip": "203.0.113.7", "domain": "evil.example"},
    destination={"ip": "10.1.2.3"},
    user={"name": "ole"},
    host={"name": "srv-ad-01"},
    url={"full": "https://evil.example/drop?cpr=010203-1234"},
    file={"hash": {"md5": "a" * 32, "sha256": "b" * 64}, "path": "C:\\Users\\ole\\x.exe"},
)


def _bundle(bridge: Bridge, target: str = "cert", **changed: Any) -> dict[str, Any]:
    bridge.tell(incident(**changed))
    return get_bundle(EVERYONE, bridge.context, "incident1", target)


def _of(bundle: dict[str, Any], kind: str) -> list[dict[str, Any]]:
    return [one for one in bundle["objects"] if one["type"] == kind]


def test_a_bundle_parses_and_every_reference_is_inside(bridge: Bridge) -> None:
    bridge.findings["incident1"] = [RICH, finding(2, rule="public", source={"ip": "2001:db8::7"})]
    public = {"id": "public", "name": "A public rule", "level": "high"}
    bundle = _bundle(bridge, rules=[*incident()["rules"], public])
    parsed = stix2.parse(bundle, allow_custom=False)
    ids = {one["id"] for one in bundle["objects"]}
    assert len(ids) == len(parsed.objects)
    for one in bundle["objects"]:
        for name, value in one.items():
            if name.endswith(("_ref", "_refs")):
                assert {value} if isinstance(value, str) else set(value) <= ids, (one["type"], name)
    kinds = {one["type"] for one in bundle["objects"]}
    assert kinds == {
        "marking-definition",
        "identity",
        "attack-pattern",
        "indicator",
        "sighting",
        "observed-data",
        "ipv4-addr",
        "ipv6-addr",
        "domain-name",
        "url",
        "file",
        "user-account",
        "incident",
        "note",
        "report",
    }


@pytest.mark.parametrize(
    "stix",
    [
        address_object("203.0.113.7"),
        address_object("2001:db8::7"),
        observable("domain-name", {"value": "evil.example"}, "value"),
        observable("url", {"value": "https://evil.example/ø"}, "value"),
        account_object("user-abc"),
        file_object((("SHA-256", "b" * 64), ("MD5", "a" * 32))),
        file_object((("SHA-256", "b" * 64),)),
    ],
    ids=lambda stix: stix["type"],
)
def test_an_observable_has_the_id_that_the_standard_gives_it(stix: dict[str, Any]) -> None:
    without = {name: value for name, value in stix.items() if name != "id"}
    assert stix2.parse(without, allow_custom=False).id == stix["id"]


def test_our_own_rule_is_an_indicator_and_a_public_one_a_reference(bridge: Bridge) -> None:
    public = {"id": "public", "name": "A public rule", "level": "high"}
    about = finding(2, rule="public", user={"name": "eva"})
    about["rule"]["reference"] = "https://example.org/rule"
    bridge.findings["incident1"] = [RICH, about]
    bundle = _bundle(bridge, rules=[*incident()["rules"], public])
    (indicator,) = _of(bundle, "indicator")
    assert (indicator["pattern_type"], indicator["pattern"]) == ("sigma", SIGMA)
    seen = {one["sighting_of_ref"].partition("--")[0] for one in _of(bundle, "sighting")}
    assert seen == {"indicator", "attack-pattern"}
    (told,) = _of(bundle, "incident")
    assert told["external_references"][1] == {
        "source_name": "sigma",
        "external_id": "public",
        "description": "A public rule",
        "url": "https://example.org/rule",
    }


@pytest.mark.parametrize(
    ("tlp", "identity"),
    [
        ("CLEAR", "94868c89-83c2-464b-929b-a1a8aa3c8487"),
        ("GREEN", "bab4a63c-aed9-4cf5-a766-dfca5abac2bb"),
        ("AMBER", "55d920b0-5e8b-4f79-9ee9-91f868d9b421"),
        ("AMBER+STRICT", "939a9414-2ddd-4d32-a0cd-375ea402b003"),
        ("RED", "e828b379-4e03-4974-9ac4-e53a884c97c1"),
    ],
)
def test_everything_carries_the_target_s_mark(make_bridge: MakeBridge, tlp: str, identity: str) -> None:
    bundle = _bundle(make_bridge(targets=[{"name": "cert", "tlp": tlp}]))
    (marking,) = _of(bundle, "marking-definition")
    assert marking["id"] == f"marking-definition--{identity}"
    assert all(one["object_marking_refs"] == [marking["id"]] for one in bundle["objects"] if one is not marking)
    stix2.parse(bundle, allow_custom=False)


def test_an_update_keeps_the_ids_and_moves_modified(bridge: Bridge) -> None:
    first = _bundle(bridge)
    later = _bundle(bridge, version=2, state="closed", verdict="false_positive", updated="2026-11-22T13:00:00.000Z")
    before, after = (_of(bundle, "incident")[0] for bundle in (first, later))
    assert before["id"] == after["id"] and before["created"] == after["created"]
    assert (before["modified"], after["modified"]) == ("2026-11-22T12:00:00.000Z", "2026-11-22T13:00:00.000Z")
    (extension,) = after["extensions"].values()
    assert (extension["determination"], extension["investigation_status"]) == ("false-positive", "closed")
    assert {one["id"] for one in first["objects"]} == {one["id"] for one in later["objects"]}


def test_the_note_tells_plain_receivers_the_controls(bridge: Bridge) -> None:
    (note,) = _of(_bundle(bridge), "note")
    assert "nis2:21.2.b" in note["content"] and note["labels"] == ["priority:P1", "nis2:21.2.b"]


def test_a_target_gets_only_the_kinds_that_it_may(make_bridge: MakeBridge) -> None:
    bridge = make_bridge(targets=[{"name": "cert", "share": ["addresses"]}])
    bridge.findings["incident1"] = [RICH]
    bundle = _bundle(bridge)
    kinds = {one["type"] for one in bundle["objects"]}
    assert kinds == {"marking-definition", "identity", "observed-data", "ipv4-addr", "incident", "note", "report"}
    (delivery,) = bridge.deliveries()
    assert delivery["withheld"]["urls: not shared with this target"] == 1
    stix2.parse(bundle, allow_custom=False)


def test_an_incident_without_observables_still_makes_a_valid_bundle(bridge: Bridge) -> None:
    bridge.findings["incident1"] = [finding()]
    stix2.parse(_bundle(bridge, techniques=[], controls=[], tenant="unit"), allow_custom=False)
