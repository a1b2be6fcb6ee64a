"""Windows on the network: its firewall, DNS server and client, file sharing, NTLM, Kerberos and Netlogon.

Firewall, SMB and NTLM after the event manifests of Windows Server 2022 (dumps of them: https://github.com/nasbench/EVTX-ETW-Resources),
what came later after SigmaHQ's rules and https://learn.microsoft.com/en-us/windows-server/get-started/whats-new-windows-server-2025;
DNS after https://learn.microsoft.com/en-us/previous-versions/windows/it-pro/windows-server-2012-r2-and-2012/dn800669(v=ws.11);
Kerberos after KB5008380, KB5014754, KB5020805, KB5021131, Netlogon after KB4557222 and KB5021130.
"""

from ipaddress import IPv6Address
from typing import Any

from normalise.sources.windows_eventlog.dns import dns_query, dns_record, dns_server_packet
from normalise.sources.windows_eventlog.document import number, text
from normalise.sources.windows_eventlog.meaning import Meanings, both, by_writer, placed, says
from normalise.sources.windows_eventlog.objects import address
from normalise.sources.windows_eventlog.security_codes import STATUSES
from vagt.contracts.event import Event

Fields = dict[str, Any]
_rule = placed(rule_id="RuleId", rule="RuleName", user="ModifyingUser", program="ModifyingApplication")
_SETTING = "configuration/change"
FIREWALL: Meanings = {
    # of one profile: 2003 and 2082
    **{code: says("windows-firewall-setting-changed", _SETTING, _rule) for code in ("2002", "2003", "2082", "2083")},
    **{code: says("windows-firewall-rule-added", "configuration/creation", _rule) for code in ("2004", "2071", "2097")},
    **{code: says("windows-firewall-rule-modified", _SETTING, _rule) for code in ("2005", "2073", "2099")},
    **{code: says("windows-firewall-rule-deleted", "configuration/deletion", _rule) for code in ("2006", "2052")},
    "2008": says("windows-firewall-group-policy-changed", _SETTING, _rule),
    "2009": says("windows-firewall-group-policy-failed", "configuration/info", _rule, "failure"),
    **{code: says("windows-firewall-reset", _SETTING, _rule) for code in ("2032", "2060")},
    **{code: says("windows-firewall-rules-deleted", "configuration/deletion", _rule) for code in ("2033", "2059")},
    "2010": says("windows-firewall-interface-profile-changed", _SETTING),
    "2011": says(
        "windows-firewall-application-blocked", "network/denied", placed(program="ApplicationPath", user="ModifyingUser")
    ),
}


def _smb(event: Event, data: Fields) -> None:
    """A client is named, or its socket address is there as Windows has it in memory, in hexadecimal."""
    if (user := text(data, "UserName")) is not None:
        event["user"] = {"name": user}
    source: Fields = {}
    if name := (text(data, "ClientName") or "").strip("\\[]"):
        source |= {"ip": ip} if (ip := address(name)) is not None else {"domain": name}
    raw = text(data, "ClientAddress") or text(data, "Address")
    if raw is not None and (found := _socket_address(raw)) is not None:
        source |= found
    if source:
        event["source"] = source
    if (share := text(data, "ShareName")) is not None:
        event["file"] = {"path": share}
    _set_reason(event, data)


def _socket_address(raw: str) -> Fields | None:
    """`ip` and `port` of a `SOCKADDR_IN` (16 bytes) or `SOCKADDR_IN6` (28 bytes) in hexadecimal (ws2def.h, ws2ipdef.h)."""
    if len(raw) > 512 or not raw.isalnum():
        return None
    try:
        packed = bytes.fromhex(raw)
    except ValueError:
        return None
    if packed[:2] == b"\x02\x00" and len(packed) >= 8:
        ip = ".".join(map(str, packed[4:8]))
    elif packed[:2] == b"\x17\x00" and len(packed) >= 24:
        six = IPv6Address(packed[8:24])
        ip = str(six.ipv4_mapped or six)
    else:
        return None
    port = int.from_bytes(packed[2:4], "big")
    return {"ip": ip, "port": port} if port else {"ip": ip}


def _set_reason(event: Event, data: Fields) -> None:
    status = number(data.get("Status"))
    if status is not None and (reason := STATUSES.get(f"0x{status & 0xFFFFFFFF:08x}")) is not None:
        event["event"]["reason"] = reason


_to_server = placed(destination="ServerName", user="UserName")
SMB_SERVER: Meanings = {
    "551": says("smb-session-authentication-failed", "authentication/start", _smb, "failure"),
    "1001": says("smb1-refused", "network/connection denied"),
    "1003": says("smb-unencrypted-message-refused", "network/denied", _smb, "failure"),
    "1004": says("smb-signature-invalid", "network/denied", _smb, "failure"),
    "1005": says("smb-negotiation-invalid", "network/connection denied", _smb, "failure"),
    "1006": says("smb-share-access-denied", "network/access denied", _smb, "failure"),
    **{code: says("smb-anonymous-access-denied", "network/access denied", _smb, "failure") for code in ("1007", "1009")},
    "1015": says("smb-decryption-failed", "network/denied", _smb, "failure"),
    "1021": says("smb-lan-manager-level-not-default", "configuration/info"),
    "1913": says("smb-over-quic-connection", "network/connection", _smb),
    **{code: says("smb1-used", "network/connection protocol", _smb) for code in ("3000", "3002")},
    "3021": says("smb-client-without-signing", "network/connection info", _smb),
    "3022": says("smb-client-without-encryption", "network/connection info", _smb),
    "4000": says("smb-share-connected", "network/connection access", _smb),
}
SMB_CLIENT: Meanings = {
    "30803": says("smb-connection-failed", "network/connection", _to_server, "failure"),
    "30804": says("smb-connection-lost", "network/connection end", _to_server),
    "30805": says("smb-session-lost", "network/connection end", _to_server),
    "30806": says("smb-session-restored", "network/connection start", _to_server),
    "30832": says("smb-over-quic-connection", "network/connection", _to_server),
    "31001": says("smb-logon-failed", "authentication/start", both(_to_server, by_writer), "failure"),
    "31010": says(
        "smb-share-connection-failed",
        "network/access",
        both(placed(destination="ServerName", file="ShareName"), by_writer),
        "failure",
    ),
    "31013": says("smb-signature-invalid", "network/denied", _to_server, "failure"),
    "31017": says("smb-guest-logon-refused", "authentication/start", _to_server, "failure"),
    "31018": says("smb-guest-logon-allowed", "configuration/info", _to_server),
    "31022": says("smb-guest-logon-allowed", "authentication/start", _to_server),
    **{code: says("smb-server-without-protection", "network/connection info", _to_server) for code in ("31998", "31999")},
    "32000": says("smb1-refused", "network/connection denied", _to_server),
    "32002": says("smb1-used", "network/connection protocol", _to_server),
}
_LOGON = "authentication/info"
_ntlm_out = placed(
    user_name="ClientUserName UserName Username", user_domain="ClientDomainName DomainName Domain",
    destination="TargetName TargetServer", pid="CallerPID CallingPID PID", program="ProcessName",
)  # fmt: skip
_ntlm_in = placed(
    user_name="UserName Username ClientUserName", user_domain="DomainName Domain ClientDomainName",
    source="WorkstationName Workstation ClientMachine ClientName", destination="SChannelName",
    pid="CallerPID CallingPID PID", program="ProcessName",
)  # fmt: skip
# 4002 and 8002 name the account of the program that was called, not who called
_ntlm_service = placed(pid="CallerPID CallingPID PID", program="ProcessName")
NTLM: Meanings = {
    "4001": says("ntlm-outgoing-blocked", _LOGON, _ntlm_out, "failure"),
    "4002": says("ntlm-incoming-blocked", _LOGON, _ntlm_service, "failure"),
    "4003": says("ntlm-in-domain-blocked", _LOGON, _ntlm_in, "failure"),
    "4004": says("ntlm-at-domain-controller-blocked", _LOGON, _ntlm_in, "failure"),
    "4013": says("ntlmv1-blocked", _LOGON, _ntlm_out, "failure"),
    "4014": says("ntlm-credential-blocked", _LOGON, _ntlm_out, "failure"),
    "4024": says("ntlmv1-audited", _LOGON, _ntlm_out),
    "4025": says("ntlmv1-blocked", _LOGON, _ntlm_out, "failure"),
    **{code: says("ntlm-outgoing", _LOGON, _ntlm_out) for code in ("4020", "4021", "8001")},
    **{code: says("ntlm-incoming", _LOGON, _ntlm_in) for code in ("4022", "4023")},
    "8002": says("ntlm-incoming", _LOGON, _ntlm_service),
    "8003": says("ntlm-in-domain", _LOGON, _ntlm_in),
    **{code: says("ntlm-at-domain-controller", _LOGON, _ntlm_in) for code in ("4030", "4031", "4032", "4033", "8004")},
    "8005": says("ntlm-at-domain-controller", _LOGON, _ntlm_in),
    "8006": says("ntlm-at-domain-controller", _LOGON, _ntlm_in),
}
_zone = both(placed(source="Source"), by_writer)
DNS_SERVICE: Meanings = {
    "2": says("dns-server-started", "host/start"),
    "3": says("dns-server-stopped", "host/end"),
    "150": says("dns-plugin-not-loaded", "configuration/info", placed(file="param1 #1"), "failure"),
    "770": says("dns-plugin-loaded", "configuration/change", placed(file="param1 #1")),
    "771": says("dns-plugin-called", "configuration/info"),
    "4013": says("dns-server-waiting", "host/info"),
    "4015": says("dns-directory-error", "host/info", outcome="failure"),
    "6001": says("dns-zone-transferred", "network/protocol access", placed(source="param3 #3")),
    "6004": says("dns-zone-transfer-refused", "network/protocol denied", placed(source="param1 #1"), "failure"),
    "6002": says("dns-zone-transfer-aborted", "network/protocol info", placed(source="param3 #3"), "failure"),
    "6520": says("dns-zone-updated", "network/protocol", placed(source="param3 #3")),
    "6522": says("dns-zone-transfer-started", "network/protocol start", placed(source="param3 #3")),
}
DNS_AUDIT: Meanings = {
    "512": says("dns-zone-created", "configuration/creation", _zone),
    "513": says("dns-zone-deleted", "configuration/deletion", _zone),
    "514": says("dns-zone-changed", "configuration/change", _zone),
    "515": says("dns-record-created", "configuration/creation", both(dns_record, by_writer)),
    "516": says("dns-record-deleted", "configuration/deletion", both(dns_record, by_writer)),
    "517": says("dns-records-deleted", "configuration/deletion", both(dns_record, by_writer)),
    "518": says("dns-node-deleted", "configuration/deletion", both(dns_record, by_writer)),
    "519": says("dns-record-updated", "configuration/creation", both(dns_record, _zone)),
    "520": says("dns-record-removed", "configuration/deletion", both(dns_record, _zone)),
    "521": says("dns-record-scavenged", "configuration/deletion", dns_record),
    "522": says("dns-zone-scope-created", "configuration/creation", by_writer),
    "523": says("dns-zone-scope-deleted", "configuration/deletion", by_writer),
    "525": says("dns-zone-signed", "configuration/change", by_writer),
    "526": says("dns-zone-unsigned", "configuration/change", by_writer),
    "536": says("dns-cache-purged", "configuration/change", by_writer),
    "537": says("dns-forwarders-changed", "configuration/change", by_writer),
    "540": says("dns-root-hints-changed", "configuration/change", by_writer),
    "541": says("dns-setting-changed", "configuration/change", by_writer),
    "542": says("dns-scope-created", "configuration/creation", by_writer),
    "543": says("dns-scope-deleted", "configuration/deletion", by_writer),
    "561": says("dns-zone-reloaded", "configuration/info", by_writer),
    "573": says("dns-delegation-created", "configuration/creation", by_writer),
    "577": says("dns-policy-created", "configuration/creation", by_writer),
    "578": says("dns-policy-created", "configuration/creation", by_writer),
    "579": says("dns-policy-created", "configuration/creation", by_writer),
    "580": says("dns-policy-deleted", "configuration/deletion", by_writer),
    "581": says("dns-policy-deleted", "configuration/deletion", by_writer),
    "582": says("dns-policy-deleted", "configuration/deletion", by_writer),
    # the analytical log
    "256": says("dns-query-received", "network/protocol info", dns_server_packet),
    "257": says("dns-response-sent", "network/protocol info", dns_server_packet, "success"),
    "258": says("dns-response-failed", "network/protocol info", dns_server_packet, "failure"),
    "259": says("dns-query-ignored", "network/protocol info", dns_server_packet, "failure"),
    "260": says("dns-recursive-query-sent", "network/protocol info", dns_server_packet),
    "261": says("dns-recursive-response-received", "network/protocol info", dns_server_packet),
    "262": says("dns-recursive-query-timed-out", "network/protocol info", dns_server_packet, "failure"),
    "263": says("dns-update-received", "network/protocol info", dns_server_packet),
    "264": says("dns-update-answered", "network/protocol info", dns_server_packet),
    **{code: says("dns-zone-transfer-requested", "network/protocol access", dns_server_packet) for code in ("266", "270")},
}
DNS_CLIENT: Meanings = {
    "1014": says("dns-query-timed-out", "network/protocol info", dns_query, "failure"),
    "3006": says("dns-query", "network/protocol start", both(dns_query, by_writer)),
    "3008": says("dns-query-completed", "network/protocol end", both(dns_query, by_writer)),
    "3009": says("dns-query-sent", "network/protocol info", both(dns_query, by_writer)),
    "3018": says("dns-answered-from-cache", "network/protocol info", both(dns_query, by_writer)),
    "3020": says("dns-response", "network/protocol info", both(dns_query, by_writer)),
}
_machine = placed(source="#1", user_name="#2")
NETLOGON: Meanings = {
    "5722": says("machine-logon-failed", "authentication/start", _machine, "failure"),
    "5723": says("machine-logon-failed", "authentication/start", _machine, "failure"),
    "5805": says("machine-logon-failed", "authentication/start", placed(source="#1"), "failure"),
    "5827": says("weak-netlogon-denied", "authentication/start", placed(user_name="#1", user_domain="#2"), "failure"),
    "5828": says("weak-netlogon-denied", "authentication/start", placed(user_name="#2", user_domain="#3"), "failure"),
    "5829": says("weak-netlogon-allowed", "authentication/start", placed(user_name="#1", user_domain="#2"), "success"),
    "5830": says("weak-netlogon-allowed", "authentication/start", placed(user_name="#1", user_domain="#2"), "success"),
    "5831": says("weak-netlogon-allowed", "authentication/start", placed(user_name="#2", user_domain="#3"), "success"),
    # met, and refused only where the domain controller insists on sealing
    "5838": says("unsealed-netlogon", "authentication/start", placed(user_name="#1", user_domain="#2")),
    "5839": says("unsealed-netlogon", "authentication/start", placed(user_name="#2", user_domain="#3")),
    "5840": says("rc4-netlogon-channel", "authentication/start", placed(user_name="#1", user_domain="#2")),
    "5841": says("rc4-netlogon-denied", "authentication/start", placed(user_name="#1", user_domain="#2"), "failure"),
}
_subject = placed(user="#1 AccountName Account")
KDC: Meanings = {
    **{
        code: says("kerberos-encryption-type-missing", "authentication/info", outcome="failure")
        for code in ("14", "16", "26", "27")
    },
    "35": says("kerberos-ticket-without-pac-attributes", "authentication/info"),
    "36": says("kerberos-ticket-without-pac", "authentication/info"),
    "37": says("kerberos-ticket-without-requestor", "authentication/info"),
    "38": says("kerberos-ticket-requestor-mismatch", "authentication/info", outcome="failure"),
    **{
        code: says(action, "authentication/info", _subject, "failure")
        for code, action in (
            ("39", "certificate-mapped-weakly"), ("40", "certificate-older-than-account"), ("41", "certificate-of-another-sid"),
        )
    },
    "42": says("krbtgt-keys-weak", "authentication/info"),
    "43": says("kerberos-pac-signature-invalid", "authentication/info", outcome="failure"),
    "44": says("kerberos-pac-signature-missing", "authentication/info"),
    "45": says("certificate-issuer-not-trusted", "authentication/info", outcome="failure"),
    **{code: says("kerberos-rc4-used", "authentication/info") for code in ("201", "202", "206", "207")},
    "205": says("kerberos-rc4-allowed", "configuration/info"),
    **{code: says("kerberos-rc4-refused", "authentication/info", outcome="failure") for code in ("203", "204", "208", "209")},
}  # fmt: skip
LSA: Meanings = {
    "300": says(
        "groups-assigned-to-logon", "iam/user info", placed(user_name="TargetUserName", user_domain="TargetDomainName")
    ),
    "6033": says("anonymous-lsa-session-denied", "authentication/start", placed(source="#1"), "failure"),
    "6038": says("ntlm-used", "authentication/info"),
    "6039": says("ntlm-used", "authentication/info"),
    "6155": says("unsigned-security-package", "driver/info"),
    "40960": says("security-negotiation-failed", "authentication/info", placed(destination="Target"), "failure"),
    "40961": says("security-negotiation-failed", "authentication/info", placed(destination="Target"), "failure"),
}
LDAP_CLIENT: Meanings = {"30": says("ldap-search", "network/protocol info", placed(program="ProcessName", pid="ProcessId"))}
