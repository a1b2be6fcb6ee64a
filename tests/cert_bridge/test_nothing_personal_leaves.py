"""No user, inside host or address, municipality, CPR number, query or log line is in a bundle; outside facts are."""

import string
from ipaddress import ip_address
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cert_bridge.bundle import build_bundle, json_of
from cert_bridge.minimise import Minimiser, clean_text
from cert_bridge.pseudonyms import load_key, pseudonyms_for
from cert_bridge.queries import get_bundle
from tests.cert_bridge.bridge import EVERYONE, SIGMA, Bridge, finding, incident
from tests.cert_bridge.conftest import MakeBridge
from vagt.errors import SettingsError
from vagt.settings.cert_bridge import CertBridgeSettings, TargetSettings

KEY = bytes(range(32))
CERT = TargetSettings(name="cert")


def _minimiser(target: TargetSettings = CERT, tenant: str = "751", name: str = "Aarhus", **more: Any) -> Minimiser:
    return Minimiser(CertBridgeSettings(**more), target, pseudonyms_for(KEY, target.name), tenant, name)


def _shared(bridge: Bridge, **changed: Any) -> str:
    bridge.tell(incident(**changed))
    return orjson.dumps(get_bundle(EVERYONE, bridge.context, "incident1", "cert")).decode()


# Marked, so that a clear value cannot stand in the bundle by chance (`id`, `a1`, …).
_WORDS = st.text(string.ascii_lowercase + string.digits, min_size=3, max_size=12).map(lambda text: f"zq{text}xj")
_NETWORKS = ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10")
_INSIDE4 = st.sampled_from(_NETWORKS).flatmap(lambda network: st.ip_addresses(v=4, network=network))
_INSIDE6 = st.ip_addresses(v=6, network="fc00::/7")


@given(user=_WORDS, host=_WORDS, inside=st.one_of(_INSIDE4, _INSIDE6), town=_WORDS, kind=st.sampled_from(["user", "host"]))
@settings(max_examples=60, deadline=None)
def test_no_clear_user_host_address_or_municipality_is_in_a_bundle(
    user: str, host: str, inside: Any, town: str, kind: str
) -> None:
    about = finding(
        user={"name": user, "email": f"{user}@{town}.dk", "target": {"name": f"{user}2"}},
        host={"name": f"{host}.{town}.local", "hostname": host, "ip": [str(inside)]},
        source={"ip": str(inside), "domain": f"{host}.{town}.dk"},
        destination={"ip": "203.0.113.9"},
        observer={"name": f"fw-{host}"},
        url={"full": f"https://evil.example/{user}@x/{town}?user={user}&cpr=010203-1234"},
        dns={"question": {"name": f"{host}.intern"}},
        related={"user": [user], "hosts": [host], "ip": [str(inside), "203.0.113.9"]},
    )
    about["message"] = f"Failed password for {user} from {inside}"
    told = incident(
        entity=f"{kind}:{user if kind == 'user' else host}",
        tenant_name=town.capitalize(),
        title=f"{town.capitalize()}: {user} on {host} from {inside}, CPR 010203-1234",
    )
    minimiser = _minimiser(name=town.capitalize())
    text = json_of(build_bundle(told, [about], minimiser, ("unit", "IT"), {"ssh-guessing": SIGMA}.get)).decode().lower()
    for clear in (user, host, town, str(inside), "010203-1234", "0102031234", "failed password"):
        assert clear not in text, clear
    assert "203.0.113.9" in text and "evil.example" in text
    assert minimiser.pseudonyms.of("user", "751", user) in text


def test_the_stix_ids_cannot_be_found_by_guessing(bridge: Bridge) -> None:
    """Ids of observables are made of pseudonyms; ids of our objects of the keyed incident id."""
    shared = _shared(bridge)
    other = json_of(
        build_bundle(incident(), bridge.findings_of("incident1", 9), _minimiser(), ("unit", "IT-driftsenhed"), bridge.rules.get)
    ).decode()
    ids = [{one["id"] for one in orjson.loads(text)["objects"]} for text in (shared, other)]
    common = {one.partition("--")[0] for one in ids[0] & ids[1]}
    assert common == {"marking-definition", "attack-pattern", "indicator", "ipv4-addr", "identity"}
    assert len({one for one in ids[0] & ids[1] if one.startswith("identity")}) == 1  # the unit, by its public name


def test_two_targets_see_different_pseudonyms_and_each_the_same_again(make_bridge: MakeBridge) -> None:
    bridge = make_bridge(targets=[{"name": "one"}, {"name": "two"}])
    bridge.tell(incident())

    def account(target: str) -> str:
        objects = get_bundle(EVERYONE, bridge.context, "incident1", target)["objects"]
        return str(next(one["account_login"] for one in objects if one["type"] == "user-account"))

    first = account("one")
    assert first.startswith("user-") and first != account("two")
    bridge.restart()
    bridge.tell(incident(version=2, state="acknowledged"))
    assert account("one") == first


def test_the_municipality_is_named_only_where_the_target_asks_for_it(make_bridge: MakeBridge) -> None:
    assert "Aarhus" not in _shared(make_bridge(), title="VPN i Aarhus")
    assert '"name":"Aarhus"' in _shared(make_bridge(targets=[{"name": "cert", "municipality": "name"}]))


def test_a_rule_that_names_someone_is_not_shared(bridge: Bridge) -> None:
    bridge.rules["ssh-guessing"] = SIGMA.replace("{b: c}", "{user.name: hemmelig}")
    assert '"type":"indicator"' not in _shared(bridge)
    assert bridge.deliveries()[0]["withheld"]["rule that names an account, host or municipality"] == 1


def test_why_things_were_withheld_is_recorded(bridge: Bridge) -> None:
    bridge.findings["incident1"] = [finding(source={"ip": "10.0.0.1"}, user={"name": "ole"}, host={"name": "pc1"})]
    _shared(bridge)
    assert bridge.deliveries()[0]["withheld"] == {
        "account: a pseudonym": 1,
        "host: a pseudonym": 1,
        "inside address: its zone as a pseudonym": 1,
        "log lines and matched fields are never shared": 1,
    }


@pytest.mark.parametrize(
    ("address", "inside"),
    [
        ("10.1.1.1", True),
        ("172.31.255.255", True),
        ("172.32.0.1", False),
        ("100.64.0.1", True),
        ("203.0.113.7", False),
        ("198.51.100.9", True),
        ("fd12::1", True),
        ("fe80::1", True),
        ("2001:db8::1", False),
        ("::ffff:10.0.0.1", True),
        ("::ffff:203.0.113.7", False),
    ],
)
def test_what_counts_as_inside(address: str, inside: bool) -> None:
    minimiser = _minimiser(internal_networks=("198.51.100.0/24",))
    assert minimiser.is_inside(ip_address(address)) is inside


@pytest.mark.parametrize(
    ("domain", "shared"),
    [
        ("evil.example", True),
        ("EVIL.example.", True),
        ("xn--80ak6aa92e.com", True),
        ("srv01", False),
        ("srv01.kommune.local", False),
        ("vpn.aarhus.dk", False),
        ("intra.egen.example.org", False),
        ("010203-1234.example.com", False),
        ("7.2.0.192.in-addr.arpa", False),
        ("not a domain", False),
    ],
)
def test_which_domains_are_shared(domain: str, shared: bool) -> None:
    seen = _minimiser(internal_domains=("egen.example.org",)).observe([finding(dns={"question": {"name": domain}})])
    assert bool(seen.domains) is shared


@pytest.mark.parametrize(
    ("name", "domain"),
    [
        ("Høje-Taastrup", "hoejetaastrup.dk"),
        ("Høje-Taastrup", "www.hoje-taastrup.dk"),
        ("Ringkøbing-Skjern", "ringkoebingskjern.dk"),
        ("Ærø", "aeroe.dk"),
        ("Lyngby-Taarbæk", "lyngby-taarbaek.dk"),
    ],
)
def test_a_municipality_is_known_in_its_domain_however_it_is_spelt(name: str, domain: str) -> None:
    assert not _minimiser(name=name).observe([finding(url={"domain": domain})]).domains


@pytest.mark.parametrize(
    ("url", "shared"),
    [
        ("https://evil.example/a/b?x=1#y", "https://evil.example/a/b"),
        ("http://bruger:kode@evil.example:8080/", "http://evil.example:8080/"),
        ("https://evil.example/borger/010203-1234/", "https://evil.example/"),
        ("https://evil.example/ole@firma.dk", "https://evil.example/"),
        ("https://evil.example/aarhus/login", "https://evil.example/"),
        ("http://[2001:db8::7]/x", "http://[2001:db8::7]/x"),
        ("http://10.0.0.1/x", None),
        ("http://srv01/x", None),
        ("file:///etc/passwd", None),
        ("http://[broken", None),
        ("http://evil.example:99999/", None),
    ],
)
def test_what_of_a_url_is_shared(url: str, shared: str | None) -> None:
    assert _minimiser().observe([finding(url={"full": url})]).urls == ({shared} if shared else set())


def test_texts_lose_names_cpr_numbers_and_addresses() -> None:
    text = "Ole (010203-1234, ole@aarhus.dk) on srv1; colector and root stay"
    cleaned = "[withheld] ([withheld], [withheld] on [withheld]; colector and root stay"
    assert clean_text(text, {"ole", "srv1", "root", ""}) == cleaned


def test_the_key_is_made_once_readable_by_us_alone_and_damage_is_named(tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("keys")
    key = load_key(folder)
    assert load_key(folder) == key and len(key) == 32
    path = folder / "keys" / "cert_bridge.key"
    assert path.stat().st_mode & 0o777 == 0o600
    assert [one.name for one in path.parent.iterdir()] == ["cert_bridge.key"]
    path.write_bytes(key[:5])
    with pytest.raises(SettingsError, match="damaged"):
        load_key(folder)


_ODD = st.recursive(st.none() | st.integers() | st.text(max_size=8), lambda inner: st.lists(inner, max_size=3), max_leaves=5)
_PART = st.dictionaries(st.sampled_from(["ip", "name", "full", "domain", "hash", "question", "user"]), _ODD, max_size=4)


@given(st.dictionaries(st.sampled_from(["source", "user", "host", "url", "dns", "file", "related"]), _ODD | _PART, max_size=5))
@settings(max_examples=80, deadline=None)
def test_odd_values_in_a_finding_never_break_the_minimiser(odd: dict[str, Any]) -> None:
    seen = _minimiser().observe([finding(**odd)])
    assert seen.withheld["log lines and matched fields are never shared"] == 1
