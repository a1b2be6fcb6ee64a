"""Messages about packets: access lists, the zone firewall, the intrusion prevention of IOS, spoofed addresses, tunnels."""

# ruff: noqa: E501  (a text stays on one line, to be compared with the guide)
from normalise.cisco.mnemonics.meanings import (
    DENIED,
    FLOW,
    FLOW_END,
    LISTED,
    NOTED,
    PORT_VIOLATION,
    SPOOFING,
    THREAT,
    TUNNEL,
    TUNNEL_ERROR,
)
from normalise.cisco.mnemonics.shapes import Row

_LIST = (
    r"(?:access-)?list (?P<acl>\S+)(?: \((?P<sequence_of_list>\d+)\))?(?:\(\w+\))? (?P<verdict>permitted|denied|permit|deny) "
)

TRAFFIC: tuple[Row, ...] = (
    ("IPACCESSLOGP ACCESSLOGP", _LIST + r"{PROTOCOL} {SP}{VIA} ?-> ?{DP}{PACKETS}", LISTED),
    (
        "IPACCESSLOGDP ACCESSLOGDP",
        _LIST + r"{PROTOCOL} {S}{VIA} ?-> ?{D} \((?P<icmp_type>\d{1,3})/(?P<icmp_code>\d{1,3})\){PACKETS}",
        LISTED,
    ),
    (
        "IPACCESSLOGRP IPACCESSLOGNP ACCESSLOGNP ACCESSLOGSP IPACCESSLOGSP",
        _LIST + r"{PROTOCOL} {S}{VIA} ?-> ?{D}{PACKETS}",
        LISTED,
    ),
    ("IPACCESSLOGS", _LIST + r"{S}{VIA},? (?P<packets>\d{1,12}) packets?", LISTED),
    ("IPACCESSLOGRL", r"access-list logging (?:rate-limited or missed|datagram) (?P<packets>\d{1,12}) packets?", NOTED),
    (
        "ACLLOG_FLOW_INTERVAL ACLLOG_NEW_FLOW ACLLOG_PKTCOUNT",
        r"(?=.*?Src IP: ?{S})(?=.*?Dst IP: ?{D})(?=.*?Src Port: ?(?P<s_port>\d{1,5}))?(?=.*?Dst Port: ?(?P<d_port>\d{1,5}))?"
        r"(?=.*?Src Intf: ?(?P<ingress>[\w/.-]+))?(?=.*?Protocol: ?\"?(?P<transport>\w+))?(?=.*?ACL Name: ?(?P<acl>[^,\s]+))?"
        r"(?=.*?ACE Action: ?(?P<verdict>Permit|Deny))?(?=.*?Hit-count ?[=:] ?(?P<packets>\d{1,12}))?",
        LISTED,
    ),
    (
        "FW-DROP_PKT IOSXE-PLATFORM IOSXE_DATAPLANE-FW_DROP_PKT FW-DROP_TCP_PKT FW-DROP_UDP_PKT",
        r"(?:.{0,200}%FW-6-DROP_PKT: )?Dropping {PROTOCOL} (?:session|pkt) (?:from {PORT} )?{SC} (?:=> )?{DC}"
        r"(?: ?on zone-pair (?P<zone_pair>\S+) class (?P<zone_class>\S+))?(?:.*? due to (?P<reason>.+?)(?: with ip ident.*)?)?$",
        DENIED,
    ),
    (
        "SESS_AUDIT_TRAIL_START",
        r"(?:\(target:class\)-\((?P<zone_pair>[^)]*)\):)?Start (?P<service>[\w.-]+) session: initiator \({SC}\) -- responder \({DC}\)",
        FLOW,
    ),
    (
        "SESS_AUDIT_TRAIL",
        r"(?:\(target:class\)-\((?P<zone_pair>[^)]*)\):)?Stop (?P<service>[\w.-]+) session: initiator \({SC}\) sent (?P<s_bytes>\d{1,15}) bytes -- "
        r"responder \({DC}\) sent (?P<d_bytes>\d{1,15}) bytes",
        FLOW_END,
    ),
    (
        "IPS-SIGNATURE",
        r"Sig:(?P<signature>\d+) Subsig:(?P<subsignature>\d+) Sev:(?P<signature_severity>\w+) (?P<rule>.+?) \[{SC} -> {DC}\]"
        r"(?:.*?RiskRating:(?P<risk>\d+))?",
        THREAT,
    ),
    (
        "DHCP_SNOOPING_DENY INVALID_ARP PERMIT_ARP ACL_DENY",
        r".*?on (?P<ingress>[\w/.-]+), vlan (?P<vlan>\d{1,4})\.\(\[?{MAC}/{S}/[0-9a-fA-F.]+/{D}",
        SPOOFING,
    ),
    (
        "DHCP_SNOOPING_UNTRUSTED_PORT DHCP_SNOOPING_MATCH_MAC_FAIL DHCP_SNOOPING_FAKE_INTERFACE",
        r".*?message type: (?P<reason>\w+)(?:.*?MAC sa: {MAC})?",
        SPOOFING,
    ),
    ("DUPADDR DUP_SRC_IP DUPADDR_DETECTED", r"(?i:duplicate address ){S} on {IF}, sourced by {MAC}", SPOOFING),
    (
        "MACFLAP_NOTIF L2FM_MAC_MOVE L2FM_MAC_MOVE2",
        r"(?:Host|Mac) {MAC} in vlan (?P<vlan>\d{1,4}) (?:is flapping between port (?P<interface>\S+) and port (?P<other_interface>\S+)|has moved (?:from )?(?P<from>\S+) to (?P<to>\S+))",
        NOTED,
    ),
    (
        "PSECURE_VIOLATION PSECURE_VIOLATION_VLAN ETH_PORT_SEC_SECURITY_VIOLATION_MAX_MAC_VLAN",
        r".*?(?:caused by )?MAC address:? {MAC} on port {PORT}",
        PORT_VIOLATION,
    ),
    (
        "ERR_DISABLE ERRDISABLE",
        r"(?P<reason>psecure-violation|security-violation|bpduguard|arp-inspection|dhcp-rate-limit|storm-control) error detected on {IF}, putting",
        PORT_VIOLATION,
    ),
    ("ERR_DISABLE ERRDISABLE", r"(?P<reason>[\w -]+?) error detected on {IF}, putting", NOTED),
    ("BLOCK_BPDUGUARD", r"Received BPDU on (?:port )?{IF} with BPDU Guard", PORT_VIOLATION),
    ("ROOTGUARD_BLOCK", r".*?on (?:port )?{IF}", PORT_VIOLATION),
    (
        "RECVD_PKT_INV_SPI",
        r".*?destaddr=(?P<d>[0-9A-Fa-f.:]+), prot=(?P<transport>\d+), spi=(?P<spi>\w+)(?:\(\w+\))?(?:, srcaddr=(?P<s>[0-9A-Fa-f.:]+))?",
        TUNNEL_ERROR,
    ),
    (
        "IKMP_NO_SA IKMP_MODE_FAILURE IKMP_BAD_MESSAGE IKMP_NOT_ENCRYPTED",
        r"(?P<reason>.*?(?:peer at|from) {PEER}.*)",
        TUNNEL_ERROR,
    ),
    ("SESSION_STATUS CRYPTO-SESSION", r".*?[Tt]unnel is (?P<state>UP|DOWN)\.? *Peer {PEER}", TUNNEL),
    ("NEG_ABORT", r"Negotiation aborted due to (?:ERROR: )?(?P<reason>.*)", TUNNEL_ERROR),
    (
        "IP_THEFT MAC_THEFT MAC_AND_IP_THEFT",
        r"(?=.*?\bA=(?P<s>[0-9A-Fa-f.:]+))(?=.*?\bM=(?P<mac>[0-9A-Fa-f.:]+))?(?=.*?\bV=(?P<vlan>\d{1,4}))?(?=.*?\bI=(?P<ingress>[\w/.-]+))?",
        SPOOFING,
    ),
    ("STORM_CONTROL-FILTERED STORM_CONTROL-SHUTDOWN", r"An? (?P<storm>\w+) storm detected on {IF}", NOTED),
)
