"""Plain (not structured) text of a Junos security message to the names that structured data has.

Fields that later releases append stay in `message`: their number and order differ from release to release.
"""

import re

from normalise.sources.juniper_srx.fields import Pairs

_ENDS = r"(?P<sa>\S+)/(?P<sp>\d+)->(?P<da>\S+)/(?P<dp>\d+) (?:0x\w+ )?(?P<service>\S+) "
_NAT = r"(?P<nsa>\S+)/(?P<nsp>\d+)->(?P<nda>\S+)/(?P<ndp>\d+) (?:0x\w+ )?"
_RULES = r"(?:(?:\w+ rule|N/A) (?P<srule>\S+) (?:\w+ rule|N/A) (?P<drule>\S+)|(?P<srule2>\S+) (?P<drule2>\S+)) "
_POLICY = r"(?P<proto>\d{1,3})(?:\(\d+\))? (?P<policy>\S+) (?P<szone>\S+) (?P<dzone>\S+)"
_USER = r"(?P<user>[^\s()]+)\((?P<roles>[^)]*)\) (?P<interface>\S+)"
_VOLUME = r" (?P<sid>\d+) (?P<pc>\d+)\((?P<bc>\d+)\) (?P<ps>\d+)\((?P<bs>\d+)\) (?P<elapsed>\d+)"
_APPLICATION = r"(?P<app>\S+) (?P<nested>\S+) "
_CREATED = re.compile(f"session created {_ENDS}{_NAT}{_RULES}{_POLICY} (?P<sid>\\d+)(?: {_USER})?")
_CLOSED = re.compile(
    f"session closed (?P<reason>[^:]{{1,64}}): {_ENDS}{_NAT}{_RULES}{_POLICY}{_VOLUME}(?: {_APPLICATION}{_USER})?"
)
_DENIED = re.compile(f"session denied {_ENDS}{_POLICY}(?: {_APPLICATION}{_USER})?")
_WEB = re.compile(
    r'WebFilter: ACTION="(?P<action>[^"]*)" (?P<sa>[^\s(]+)\((?P<sp>\d+)\)->(?P<da>[^\s(]+)\((?P<dp>\d+)\) '
    r'CATEGORY="(?P<category>[^"]*)" '
    r'REASON="(?P<reason>[^"]*)" PROFILE="(?P<profile>[^"]*)" URL=(?P<url>\S+) OBJ=(?P<obj>\S+)(?: username (?P<user>\S+))?'
)
_IDP = re.compile(
    r"IDP: at (?P<epoch>\d+), (?P<kind>\S+) Attack log <(?P<sa>[^/\s]+)/(?P<sp>\d+)->(?P<da>[^/\s]+)/(?P<dp>\d+)> "
    r"for (?P<pname>\S+) protocol "
    r"and service (?P<service>\S+) application (?P<app>\S+) by rule (?P<rule>\S+) of rulebase (?P<base>\S+) in "
    r"policy (?P<policy>\S+?)\. "
    r"attack: (?:id=\d+, )?repeat=(?P<repeat>\d+), action=(?P<action>\w+), threat-severity=(?P<severity>\w+), "
    r"name=(?P<attack>[^,]+), "
    r"NAT <(?P<nsa>[^:\s]+):(?P<nsp>\d+)->(?P<nda>[^:\s]+):(?P<ndp>\d+)>"
    r"(?:.{0,200}intf:(?P<szone>[^:\s]+):(?P<interface>[^-\s]\S*?)->(?P<dzone>[^:\s]+):(?P<out>[^,\s]+))?"
)
_SCREEN = re.compile(
    r"(?P<attack>[^!]{1,80}!) (?:source: (?P<sa>[^,\s]+?)(?::(?P<sp>\d+))?, )?(?:destination: "
    r"(?P<da>[^,\s]+?)(?::(?P<dp>\d+))?, )?"
    r"(?:protocol-id: (?P<proto>\d+), )?zone name: (?P<szone>[^,\s]+), interface name: (?P<interface>[^,\s]+), "
    r"action: (?P<action>\S+)"
)
_NAMES = {
    "sa": "source-address", "sp": "source-port", "da": "destination-address", "dp": "destination-port",
    "service": "service-name",
    "nsa": "nat-source-address", "nsp": "nat-source-port", "nda": "nat-destination-address", "ndp": "nat-destination-port",
    "srule": "src-nat-rule-name", "srule2": "src-nat-rule-name", "drule": "dst-nat-rule-name", "drule2": "dst-nat-rule-name",
    "proto": "protocol-id", "policy": "policy-name", "szone": "source-zone-name", "dzone": "destination-zone-name",
    "sid": "session-id-32", "user": "username", "roles": "roles", "interface": "packet-incoming-interface",
    "pc": "packets-from-client",
    "bc": "bytes-from-client", "ps": "packets-from-server", "bs": "bytes-from-server", "elapsed": "elapsed-time",
    "app": "application",
    "nested": "nested-application", "reason": "reason", "action": "action", "category": "category", "profile": "profile",
    "url": "url",
    "obj": "obj", "epoch": "epoch-time", "kind": "message-type", "pname": "protocol-name", "rule": "rule-name",
    "base": "rulebase-name",
    "repeat": "repeat-count", "severity": "threat-severity", "attack": "attack-name", "out": "destination-interface-name",
}  # fmt: skip
_PATTERNS = {
    "RT_FLOW_SESSION_CREATE": _CREATED, "RT_FLOW_SESSION_CREATE_LS": _CREATED, "RT_FLOW_SESSION_CLOSE": _CLOSED,
    "RT_FLOW_SESSION_CLOSE_LS": _CLOSED, "RT_FLOW_SESSION_DENY": _DENIED, "RT_FLOW_SESSION_DENY_LS": _DENIED,
    "WEBFILTER_URL_PERMITTED": _WEB, "WEBFILTER_URL_BLOCKED": _WEB, "WEBFILTER_URL_REDIRECTED": _WEB,
    "IDP_ATTACK_LOG_EVENT": _IDP, "IDP_ATTACK_LOG_EVENT_LS": _IDP,
}  # fmt: skip


def read_plain(tag: str, text: str) -> Pairs | None:
    """The attributes of a plain message; None where its text is not of the tag's form, or the tag has none."""
    pattern = _PATTERNS.get(tag) or (_SCREEN if tag.startswith("RT_SCREEN_") else None)
    match = None if pattern is None else pattern.match(text)
    if match is None:
        return None
    return {_NAMES[name]: value for name, value in match.groupdict().items() if value is not None}
