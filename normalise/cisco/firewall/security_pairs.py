"""The pairs of a security event, `Key: value, Key: value`, and the names that they have below `cisco.*.security`."""

import re
from functools import lru_cache

Pairs = dict[str, str]
_KEY = re.compile(r"[A-Z][A-Za-z0-9_/]{1,40}(?: [A-Za-z][A-Za-z0-9_/]{1,40}){0,4}")
_BORDER = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
# whose values are texts that others wrote, or long ones: a comma and a word with a colon in them begin no pair
_FREE = frozenset(("Message", "UserAgent", "URL", "URI", "HTTPReferer", "FileName", "ArchiveFileName", "HTTP_URI"))
_LONGEST_VALUE = 8192


def read_pairs_of_event(text: str) -> Pairs:
    """All pairs of `text` in their order; a key that comes twice has both values, parted by a comma.

    A value reaches to the next `, Key: `. After a value that others write (a user agent, a file's name) only a key of the
    guide begins a pair. Empty where `text` does not begin with a pair.
    """
    pairs: Pairs = {}
    last = ""
    for part in text.split(", "):
        key, colon, value = part.partition(": ")
        if colon and (key in _KNOWN or (last not in _FREE and _is_key(key))):
            last = key
            pairs[key] = f"{pairs[key]}, {value}" if key in pairs else value
        elif not last:
            return {}
        elif len(pairs[last]) < _LONGEST_VALUE:
            pairs[last] += f", {part}"
    return pairs


@lru_cache(maxsize=1024)
def _is_key(text: str) -> bool:
    return _KEY.fullmatch(text) is not None


def vendor_name(key: str) -> str:
    """`ACPolicy` is `ac_policy`, `Prefilter Policy` is `prefilter_policy`: as Elastic's integration has them."""
    return _BORDER.sub("_", key).replace(" ", "_").replace("/", "_").replace("__", "_").lower()


def with_vendor_names(pairs: Pairs) -> Pairs:
    """The pairs under the names that they have below `security`."""
    return {_NAMES[key] if key in _NAMES else vendor_name(key): value for key, value in pairs.items()}


_KNOWN = frozenset(
    "AccessControlRuleAction AccessControlRuleName AccessControlRuleReason ACPolicy ApplicationProtocol ArchiveDepth "
    "ArchiveFileName ArchiveFileStatus ArchiveSHA256 Classification Client ClientAppDetector ClientVersion "
    "ConnectionDuration ConnectionID ConnectType DestinationIP_DynamicAttribute DestinationSecurityGroup "
    "DestinationSecurityGroupTag DestinationSecurityGroupType DetectionType DeviceUUID DNS_Sinkhole DNS_TTL DNSQuery "
    "DNSRecordType DNSResponseType DNSSICategory DstIP DstPort EgressInterface EgressVRF EgressZone "
    "EncryptedVisibilityConfidenceScore EncryptedVisibilityFingerprint EncryptedVisibilityProcessName "
    "EncryptedVisibilityThreatConfidence EncryptedVisibilityThreatConfidenceScore EndpointProfile EventPriority "
    "FileAction FileCount FileDirection FileName FilePolicy FileSandboxStatus FileSHA256 FileSize "
    "FileStaticAnalysisStatus FileStorageStatus FileType FirstPacketSecond GID HTTP_Hostname HTTP_URI HTTPReferer "
    "HTTPResponse ICMPCode ICMPType IngressInterface IngressVRF IngressZone InitiatorBytes InitiatorPackets InlineResult "
    "InlineResultReason InstanceID IntrusionPolicy IPReputationSICategory IPSCount Message MitreAttackGroups MPLS_Label "
    "NAPPolicy NAT_InitiatorIP NAT_InitiatorPort NAT_ResponderIP NAT_ResponderPort NetBIOSDomain NumIOC "
    "OriginalClientSrcIP Priority Protocol ReferencedHost ResponderBytes ResponderPackets Revision SecIntMatchingIP "
    "SHA_Disposition SID SourceIP_DynamicAttribute SourceSecurityGroup SourceSecurityGroupTag SourceSecurityGroupType "
    "SperoDisposition SrcIP SrcPort SSLActualAction SSLCertificate SSLCipherSuite SSLExpectedAction SSLFlowStatus "
    "SSLPolicy SSLRuleName SSLServerCertStatus SSLServerName SSLSessionID SSLTicketID SSLURLCategory SSLVersion TCPFlags "
    "ThreatName ThreatScore URI URL URLCategory URLReputation URLSICategory User UserAgent VLAN_ID WebApplication".split()
) | {"Endpoint Profile", "Prefilter Policy", "Security Group", "Tunnel or Prefilter Rule"}
_NAMES = {key: vendor_name(key) for key in _KNOWN}
