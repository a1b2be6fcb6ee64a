"""Events of firewalls and load balancers are shown the rules of the logsources that they belong to."""

import pytest

from detections.ecs_places import ecs_key, ecs_places
from detections.places import Route
from normalise.registry import sources
from tests.normalise.reading import events, samples

CASES = [
    ("sophos.xg", b'log_type="Firewall"', Route("sigma", None, "firewall", None)),
    ("sophos.xg", b'log_component="HTTP" log_subtype="Denied"', Route("sigma", None, "proxy", None)),
    ("sophos.xg", b'log_subtype="Virus"', Route("sigma", None, "antivirus (ecs)", None)),
    ("juniper.srx", b"RT_FLOW_SESSION_DENY", Route("sigma", None, "firewall", None)),
    ("juniper.srx", b"WEBFILTER_URL_BLOCKED", Route("sigma", None, "proxy", None)),
    ("juniper.srx", b"RPD_BGP_NEIGHBOR", Route("sigma", "juniper", None, "bgp")),
    ("sonicwall.firewall", b" m=36 ", Route("sigma", None, "firewall", None)),
    ("sonicwall.firewall", b" m=14 ", Route("sigma", None, "proxy", None)),
    ("f5.bigip", b"access_json", Route("sigma", None, "webserver", None)),
    ("f5.bigip", b"DNS_REQUEST", Route("sigma", None, "dns", None)),
    ("f5.bigip", b"Network Event", Route("sigma", None, "firewall", None)),
    ("citrix.adc", b"APPFW_SQL", Route("sigma", None, "webserver", None)),
    ("citrix.adc", b"ACL_PKT_LOG", Route("sigma", None, "firewall", None)),
    ("watchguard.firebox", b"Unhandled", Route("sigma", None, "firewall", None)),
    ("watchguard.firebox", b"HTTP request", Route("sigma", None, "proxy", None)),
    ("watchguard.firebox", b"Virus found", Route("sigma", None, "antivirus (ecs)", None)),
    ("stormshield.sns", b'logtype="filter"', Route("sigma", None, "firewall", None)),
    ("stormshield.sns", b'logtype="web"', Route("sigma", None, "proxy", None)),
    ("barracuda.firewall", b"Block: ", Route("sigma", None, "firewall", None)),
    ("barracuda.firewall", b" TR ", Route("sigma", None, "webserver", None)),
]


@pytest.mark.parametrize(
    ("source", "part", "route"), CASES, ids=[f"{one[0]} {one[2].category or one[2].service}" for one in CASES]
)
def test_an_event_is_shown_the_rules_of_its_logsource(source: str, part: bytes, route: Route) -> None:
    chosen = sources()[source]
    body = next(line for line in samples(chosen) if part in line)
    for event in events(chosen, body):
        assert any(place.admits(route) for place in ecs_places(ecs_key(event)))  # type: ignore[arg-type]
