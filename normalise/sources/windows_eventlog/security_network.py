"""The network in the Security channel: firewall, filtering platform, IPsec, network policy server (RADIUS), 802.1X."""

from typing import Any

from normalise.placing import mac
from normalise.sources.windows_eventlog.document import text
from normalise.sources.windows_eventlog.meaning import Meanings, both, placed, says
from normalise.sources.windows_eventlog.objects import account, address
from normalise.sources.windows_eventlog.security_subjects import by_subject, connection
from vagt.contracts.event import Event

Fields = dict[str, Any]


def _policy_server(event: Event, data: Fields) -> None:
    """Who wants in, from which station, by which policy; the device that asks (NAS) stays in `winlog.event_data`."""
    by_subject(event, data)
    station = text(data, "CallingStationID")
    if station is not None and len(station) <= 64:
        if (hardware := mac(station)) is not None:
            event["source"] = {"mac": hardware}
        elif (ip := address(station)) is not None:
            event["source"] = {"ip": ip}
    called, cut, name = (text(data, "CalledStationID") or "").rpartition(":")
    if cut and name and mac(called) is not None:
        event["network"] = {"name": name}  # `00-00-5E-00-53-10:KOMMUNE`: an access point and its network
    _policy(event, data)


_policy = placed(rule="NetworkPolicyName ProxyPolicyName", reason="Reason")


def _wireless(event: Event, data: Fields) -> None:
    by_subject(event, data)
    if (user := account(text(data, "Identity"))) is not None and "user" not in event:
        event["user"] = user
    for field, end in (
        ("LocalMac", "source"),
        ("PeerMac", "destination"),
        ("LocalMacAddr", "source"),
        ("PeerMacAddr", "destination"),
    ):
        if (hardware := mac((text(data, field) or "")[:64])) is not None:
            event[end] = {"mac": hardware}
    if (name := text(data, "SSID")) is not None:
        event["network"] = {"name": name}
    if (reason := text(data, "ReasonText")) is not None:
        event["event"]["reason"] = reason


_rule = placed(
    rule_id="RuleId ConnectionSecurityRuleId AuthenticationSetId CryptographicSetId",
    rule="RuleName ConnectionSecurityRuleName AuthenticationSetName CryptographicSetName",
)
_filter = both(
    by_subject, placed(user="UserSid", pid="ProcessId", rule_id="FilterId", rule="FilterName CalloutName SubLayerName")
)
_tunnel = placed(source="LocalAddress", source_port="LocalPort", destination="RemoteAddress", destination_port="RemotePort")
_ALLOWED, _DENIED = "network/allowed connection", "network/denied connection"
_SETTING = "configuration/change"
_VERBS = (("added", "configuration/creation"), ("modified", _SETTING), ("deleted", "configuration/deletion"))
_PLATFORM = "windows-filtering-platform"
NETWORK: Meanings = {
    **{code: says("ipsec-main-mode-established", "network/connection start", _tunnel) for code in ("4650", "4651")},
    **{code: says("ipsec-main-mode-failed", "network/connection", _tunnel, "failure") for code in ("4652", "4653")},
    "4654": says("ipsec-quick-mode-failed", "network/connection", _tunnel, "failure"),
    "4655": says("ipsec-main-mode-ended", "network/connection end", _tunnel),
    "4709": says("ipsec-service-started", "process/start"),
    "4710": says("ipsec-service-disabled", "configuration/change"),
    "4711": says("ipsec-policy-applied", "configuration/info"),
    "4712": says("ipsec-service-failed", "process/info", outcome="failure"),
    "4944": says("windows-firewall-policy-active", "configuration/info", _rule),
    "4945": says("windows-firewall-rule-listed", "configuration/info", _rule),
    "4946": says("windows-firewall-rule-added", "configuration/creation", _rule),
    "4947": says("windows-firewall-rule-modified", _SETTING, _rule),
    "4948": says("windows-firewall-rule-deleted", "configuration/deletion", _rule),
    "4949": says("windows-firewall-reset", _SETTING),
    "4950": says("windows-firewall-setting-changed", _SETTING),
    **{
        code: says("windows-firewall-rule-ignored", "configuration/info", _rule, "failure")
        for code in ("4951", "4952", "4953", "4957", "4958")
    },
    "4954": says("windows-firewall-group-policy-changed", _SETTING),
    "4956": says("windows-firewall-profile-changed", _SETTING),
    **{code: says("ipsec-packet-dropped", _DENIED, _tunnel) for code in ("4960", "4961", "4962", "4963", "4965")},
    "4976": says("ipsec-negotiation-packet-invalid", "network/info", _tunnel),
    "4977": says("ipsec-negotiation-packet-invalid", "network/info", _tunnel),
    "4978": says("ipsec-negotiation-packet-invalid", "network/info", _tunnel),
    "5024": says("windows-firewall-service-started", "process/start"),
    "5025": says("windows-firewall-service-stopped", "process/end"),
    **{
        code: says("windows-firewall-policy-not-read", "configuration/info", outcome="failure")
        for code in ("5027", "5028", "5029")
    },
    "5030": says("windows-firewall-service-failed", "process/end", outcome="failure"),
    "5031": says("windows-firewall-application-blocked", _DENIED, placed(program="Application")),
    "5032": says("windows-firewall-notification-failed", "process/info", outcome="failure"),
    "5033": says("windows-firewall-driver-started", "driver/start"),
    "5034": says("windows-firewall-driver-stopped", "driver/end"),
    "5035": says("windows-firewall-driver-failed", "driver/info", outcome="failure"),
    "5037": says("windows-firewall-driver-error", "driver/end"),
    **{
        code: says(f"ipsec-{what}-{verb}", kinds, _rule)
        for codes, what in (
            (("5040", "5041", "5042"), "authentication-set"),
            (("5043", "5044", "5045"), "connection-security-rule"),
            (("5046", "5047", "5048"), "crypto-set"),
        )
        for code, (verb, kinds) in zip(codes, _VERBS, strict=True)
    },
    "5146": says("layer-2-packet-blocked", "network/denied", connection),
    "5147": says("layer-2-packet-blocked", "network/denied", connection),
    "5148": says("denial-of-service-detected", "network intrusion_detection/denied"),
    "5149": says("denial-of-service-subsided", "network intrusion_detection/info"),
    "5150": says("packet-blocked", _DENIED, connection),
    "5151": says("packet-blocked", _DENIED, connection),
    "5152": says("packet-blocked", _DENIED, connection),
    "5153": says("packet-blocked", _DENIED, connection),
    "5154": says("listen-permitted", _ALLOWED, connection),
    "5155": says("listen-blocked", _DENIED, connection),
    "5156": says("connection-permitted", _ALLOWED, connection),
    "5157": says("connection-blocked", _DENIED, connection),
    "5158": says("bind-permitted", _ALLOWED, connection),
    "5159": says("bind-blocked", _DENIED, connection),
    "5168": says("smb-service-name-check-failed", "network/access denied", by_subject, "failure"),
    "5440": says(f"{_PLATFORM}-callout-listed", "configuration/info", _filter),
    "5441": says(f"{_PLATFORM}-filter-listed", "configuration/info", _filter),
    "5442": says(f"{_PLATFORM}-provider-listed", "configuration/info", _filter),
    "5443": says(f"{_PLATFORM}-context-listed", "configuration/info", _filter),
    "5444": says(f"{_PLATFORM}-sublayer-listed", "configuration/info", _filter),
    "5446": says(f"{_PLATFORM}-callout-changed", _SETTING, _filter),
    "5447": says(f"{_PLATFORM}-filter-changed", _SETTING, _filter),
    "5448": says(f"{_PLATFORM}-provider-changed", _SETTING, _filter),
    "5449": says(f"{_PLATFORM}-context-changed", _SETTING, _filter),
    "5450": says(f"{_PLATFORM}-sublayer-changed", _SETTING, _filter),
    "5451": says("ipsec-quick-mode-established", "network/connection start", _tunnel),
    "5452": says("ipsec-quick-mode-ended", "network/connection end", _tunnel),
    "5478": says("ipsec-service-started", "process/start"),
    "5479": says("ipsec-service-stopped", "process/end"),
    **{code: says("ipsec-service-failed", "process/info", outcome="failure") for code in ("5480", "5483", "5484", "5485")},
    "5632": says("wireless-authentication-requested", "authentication network/start", _wireless),
    "5633": says("wired-authentication-requested", "authentication network/start", _wireless),
    "6272": says("network-access-granted", "authentication network/start allowed", _policy_server, "success"),
    "6273": says("network-access-denied", "authentication network/start denied", _policy_server, "failure"),
    "6274": says("network-access-request-discarded", "authentication network/info", _policy_server, "failure"),
    "6275": says("network-accounting-request-discarded", "network/info", _policy_server, "failure"),
    "6276": says("network-access-quarantined", "authentication network/start", _policy_server),
    "6277": says("network-access-granted-on-probation", "authentication network/start allowed", _policy_server, "success"),
    "6278": says("network-access-granted", "authentication network/start allowed", _policy_server, "success"),
    "6279": says("network-access-user-locked", "iam/user change", _policy_server, "failure"),
    "6280": says("network-access-user-unlocked", "iam/user change", _policy_server, "success"),
    **{
        code: says("branch-cache-message-refused", "network/info", placed(source="IpAddress Address"), "failure")
        for code in ("6400", "6401", "6402", "6403", "6404", "6405", "6406", "6409")
    },
}
