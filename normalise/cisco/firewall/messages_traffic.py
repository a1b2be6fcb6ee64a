"""Messages about traffic: connections, translations, denied packets, inspection, threats."""

# ruff: noqa: E501  (a text stays on one line, to be compared with the guide)
from normalise.cisco.firewall.meanings import (
    ALLOWED,
    DENIED,
    DROPPED,
    FAILED,
    FLOW_END,
    FLOW_START,
    MONITORED,
    NOTED,
    RESET,
    THREAT,
    THREAT_DENIED,
)
from normalise.cisco.firewall.shapes import Row

CONNECTIONS: tuple[Row, ...] = (
    (
        "302013 302015 302017 302035 302303",
        r"Built (?P<direction>outbound) <transport>(?: state-bypass)? connection (?:<connection_id> )?(?:for|from) "
        r"{D}{DN}{DU} to {S}{SN}{SUA}{BY}",
        NOTED,
    ),
    (
        "302013 302015 302017 302035 302303 302022-302026",
        r"Built (?:<direction> )?(?:(?:director|backup|forwarder) +stub )?<transport>(?: state-bypass)? connection "
        r"(?:<connection_id> )?(?:for|from) {S}{SN}{SU} to {D}{DN}{DUA}{BY}",
        NOTED,
    ),
    (
        "302014 302016 302018 302036 302304 302023-302027",
        r"Teardown (?:(?:director|backup|forwarder) +stub )?<transport>(?: state-bypass)? connection (?:<connection_id> )?(?:for|from) "
        r"{S}{SUN} to {D}{DUN}(?: duration <duration>)?(?: (?:forwarded )?bytes <bytes>)?"
        r"(?: (?!\()<reason>)?(?: from <termination_initiator>)?{BY}$",
        FLOW_END,
    ),
    (
        "302020",
        r"Built (?:<direction> )?(?P<transport>ICMP) connection for faddr <d>(?:/\d+)?{DU} gaddr <s_nat>(?:/\d+)? "
        r"laddr <s>(?:/\d+)?{SU}(?: type <icmp_type> code <icmp_code>)?",
        FLOW_START,
    ),
    (
        "302021",
        r"Teardown (?P<transport>ICMP) connection for faddr <d>(?:/\d+)?{DU} gaddr <s_nat>(?:/\d+)? "
        r"laddr <s>(?:/\d+)?{SU}(?: type <icmp_type> code <icmp_code>)?",
        FLOW_END,
    ),
    ("302021", r"Teardown <transport> connection <connection_id> from {S}{SN} to {D}{DN}", FLOW_END),
    ("302010", r"<in_use> in use, <most_used> most used", NOTED),
    ("302003 302004 302012 302033", r"[\w-]+ .*?faddr <s>(?:/<s_port>)? to laddr <d>(?:/<d_port>)?", NOTED),
    ("303002", r"(?P<service>FTP) connection from {S}{SU} to {D}{DU}, user <client_user> <ftp_action> file <file>$", NOTED),
    ("303004 303005", r"Strict FTP inspection .*? from {S} to {D}, <reason>$", DENIED),
    (
        "304001",
        r"(?:(?P<s_user>[^@\s]+)@)?<s>(?:\(<idfw_user>\))? Accessed (?:JAVA )?URL (?:(?P<url_user>[^@\s]+)@)?(?P<d>[^@\s]+?):(?P<url>(?:\w+://|/)\S*)",
        ALLOWED,
    ),
    (
        "304002",
        r"Access denied URL <url> SRC <s>(?:\(<idfw_user>\))? DEST <d>(?:{ON})?",
        DENIED,
    ),
    ("305011", r"Built <nat_type> <transport> translation from {S}{SU} to {D}", NOTED),
    (
        "305012",
        r"Teardown <nat_type> <transport> translation from {S}{SU} to {D}(?: duration <duration>)?",
        FLOW_END,
    ),
    ("305009", r"Built <nat_type> translation from <s_if>:<s>{SU} to <d_if>:<d>", NOTED),
    ("305010", r"Teardown <nat_type> translation from <s_if>:<s>{SU} to <d_if>:<d>(?: duration <duration>)?", FLOW_END),
    (
        "305005 305006",
        r"(?P<reason>No translation group found|\w+ translation creation failed) for (?:protocol )?<transport> "
        r"src {S}{SU} dst {D}{DU}(?: {ICMP})?",
        FAILED,
    ),
    (
        "305013",
        r"(?P<reason>Asymmetric NAT rules matched for forward and reverse flows); Connection (?:for )?(?:protocol )?<transport> "
        r"src {S}{SU} dst {D}{DU}(?: {ICMP})? denied",
        DENIED,
    ),
    ("607001", r"Pre-allocate (?P<service>SIP) (?P<sip_channel>\w+) (?:<transport> )?secondary channel for {D} to {S}", NOTED),
    ("609001", r"Built local-host <s_if>:<s>", FLOW_START),
    ("609002", r"Teardown local-host <s_if>:<s> duration <duration>", FLOW_END),
    (
        "805001 805002 805003",
        r"(?:Offloaded )?<transport> [Ff]low (?:is no longer offloaded )?for connection <connection_id> from {S}{SN} to {D}{DN}",
        NOTED,
    ),
)

DENIALS: tuple[Row, ...] = (
    ("106001", r"<direction> <transport> connection denied from {FROM} to {TO} flags <flags>{ON}", DENIED),
    (
        "106002",
        r"<transport> Connection denied by <direction> list <rule_name> src <s>(?: <s_port>)? dest <d>(?: <d_port>)?",
        DENIED,
    ),
    ("106006", r"Deny <direction> <transport> from {FROM}{SU} to {TO}{DU}{ON}", DENIED),
    ("106007", r"Deny <direction> <transport> from {FROM}{SU} to {TO}{DU} due to (?P<service>DNS) <dns_kind>", DENIED),
    ("106010", r"Deny <direction> (?:protocol )?<transport> src {S}{SU} dst {D}{DU}", DENIED),
    ("106011", r"Deny <direction> \((?P<reason>No xlate)\) (?:protocol )?<transport> src {S}{SU} dst {D}{DU}", DENIED),
    ("106012", r"Deny IP from <s> to <d>, (?P<reason>IP options:.*)", DENIED),
    ("106013", r"Dropping (?P<reason>echo request) from <s> to PAT address <d>", DENIED),
    ("106014", r"Deny <direction> (?P<transport>icmp) src {S}{SU} dst {D}{DU} {ICMP}", DENIED),
    ("106015", r"Deny <transport> \((?P<deny_reason>no connection)\) from {FROM} to {TO} flags <flags>{ON}", DENIED),
    ("106016", r"Deny IP spoof from \(<s>\) to <d>{ON}", DENIED),
    ("106017", r"Deny IP due to (?P<deny_reason>Land Attack) from <s> to <d>", DENIED),
    ("106018", r"(?P<transport>ICMP) packet type <icmp_type> denied by <direction> list <rule_name> src <s> dest <d>", DENIED),
    ("106020", r"Deny IP (?P<deny_reason>teardrop fragment) \(.*?\) from <s> to <d>", DENIED),
    ("106021", r"Deny <transport> (?P<deny_reason>reverse path check) from {FROM} to {TO}{ON}", DENIED),
    ("106022", r"Deny <transport> (?P<deny_reason>connection spoof) from {FROM} to {TO}{ON}", DENIED),
    (
        "106023",
        r"Deny (?:protocol )?<transport> src {S}{SU} dst {D}{DU}(?: {ICMP})? by access-group \"?<rule_name>\"?(?: \[<hash>, )?",
        DENIED,
    ),
    ("106027", r"(?:<rule_name>: )?Deny src <s> dst <d>(?: by access-group \"?<access_group>\"?)?", DENIED),
    (
        "106100",
        r"access-list <rule_name> <acl_action> <transport> <s_if>/<s>\((?P<s_port>\d+)\){SU} -> "
        r"<d_if>/<d>\((?P<d_port>\d+)\){DU} hit-cnt <hit_count>",
        DENIED,
    ),
    (
        "106102 106103",
        r"access-list <rule_name> <acl_action> <transport> for user '?<account>'? <s_if>/<s>\((?P<s_port>\d+)\) -> "
        r"<d_if>/<d>\((?P<d_port>\d+)\) hit-cnt <hit_count>",
        DENIED,
    ),
    ("107001 107002", r"RIP .*? from <s>.*?{ON}", FAILED),
    ("108003", r"Terminating (?P<service>E?SMTP)/?\w* connection; (?P<reason>.*?) from {S} to {D}", DENIED),
    ("110002", r"(?P<reason>Failed to locate egress interface) for <transport> from {S} to {TO}", FAILED),
    ("110003", r"(?P<reason>Routing failed to locate next hop) for <transport> from {S} to {D}", FAILED),
    (
        "201002 201003 201009-201013",
        r"(?P<reason>.*?) (?:exceeded|on).*? from <s>(?:/<s_port>)? to <d>(?:/<d_port>)?(?:{ON})?",
        FAILED,
    ),
    ("202010", r"(?P<reason>(?:NAT|PAT) pool exhausted)\. Unable to create <transport> connection from {S} to {D}", FAILED),
    ("209003-209006", r"(?P<reason>.*?): +src = <s>, dest = <d>, proto = <transport>", DENIED),
    ("313001 313008", r"Denied <transport> type=<icmp_type>, code=<icmp_code> from <s>{ON}", DENIED),
    (
        "313004",
        r"Denied (?P<transport>ICMP) type=<icmp_type>, from (?:laddr )?<s>{ON} to <d>: (?P<deny_reason>.*)",
        DENIED,
    ),
    (
        "313005",
        r"(?P<deny_reason>No matching connection for ICMP error message): <transport> src {S}{SU} dst {D}{DU} {ICMP} "
        r"on <on_if> interface\.(?: +Original IP payload: (?P<payload_transport>\S+) src \S+?/(?P<payload_s_port>\d+).*? "
        r"dst \S+?/(?P<payload_d_port>\d+))?",
        NOTED,
    ),
    ("313009", r"Denied invalid (?P<transport>ICMP) code <icmp_code>, for {S}{SN}{SU} to {D}{DN}{DU}", DENIED),
    ("322001", r"Deny MAC address <mac>, possible spoof attempt{ON}", THREAT_DENIED),
    ("322002 322003", r"ARP inspection check failed for arp \w+ received from host <mac>{ON}", THREAT_DENIED),
    ("407001", r"Deny traffic for local-host <s_if>:<s>, (?P<reason>.*)", DENIED),
    ("407002", r"(?P<reason>Embryonic limit .*? exceeded).*? for .*?from {FROM} to {TO}", FAILED),
    ("410001", r"Dropped <transport> (?P<service>DNS) <dns_kind> from {S} to {D}; <reason>$", DENIED),
    ("419001", r"Dropping <transport> packet from {S} to {D}, reason: <reason>$", DENIED),
    (
        "419002",
        r"(?P<duplicate>Duplicate TCP SYN) from {S} to {D} with different initial sequence number",
        NOTED,
    ),
    ("420002 434002 434004", r"(?:IPS|SFR) requested .*?to drop <transport> packet from {S}{SU} to {D}", DROPPED),
    ("434004", r"SFR requested .*? to bypass further packet redirection and process <transport> flow from {S} to {D}", NOTED),
    ("420003 434003", r"(?:IPS|SFR) requested to reset <transport> connection from {S}{SU} to {D}", RESET),
    ("421001", r"<transport> flow from {S} to {D} is dropped because (?P<reason>.*)", DENIED),
    ("500003", r"(?P<reason>Bad TCP hdr length \(.*?\)) from {FROM} to {TO}, flags: <flags>, on interface <on_if>", DENIED),
    ("500004", r"(?P<reason>Invalid transport field) for protocol=<transport>, from {FROM} to {TO}", DENIED),
    ("710001", r"<transport> access requested from {FROM} to <d_if>:<d>/<service>", NOTED),
    ("710002", r"<transport> access permitted from {FROM} to <d_if>:<d>/<service>", ALLOWED),
    ("710003", r"<transport> access denied by ACL from {FROM} to {D}", DENIED),
    ("710003", r"<transport> access denied by ACL from {FROM} to <d_if>:<d>/<service>", DENIED),
    ("710004", r"(?P<reason>TCP connection limit exceeded) from {FROM} to {D}", FAILED),
    ("710005", r"<transport> request discarded from {FROM} to {D}", FAILED),
    ("710006", r"<transport> request discarded from <s> to <d_if>:<d>", NOTED),
)

THREATS: tuple[Row, ...] = (
    ("338001-338004", r"Dynamic [Ff]ilter <filter_action> (?:black ?listed) <transport> traffic from {FILTERED}", MONITORED),
    (
        "338005-338008",
        r"Dynamic [Ff]ilter <filter_action> (?:black ?listed) <transport> traffic from {FILTERED}",
        THREAT_DENIED,
    ),
    ("338101-338104", r"Dynamic [Ff]ilter <filter_action> (?:white ?listed) <transport> traffic from {FILTERED}", ALLOWED),
    ("338201-338204", r"Dynamic [Ff]ilter <filter_action> (?:gr[ae]y ?listed) <transport> traffic from {FILTERED}", MONITORED),
    ("338301 338302", r"(?:Intercepted DNS reply for|Address <d> discovered for) domain <domain> from <list_name>", NOTED),
    ("400000-400051", r"IPS:<signature> (?P<signature_name>.*?) from <s> to <d>{ON}", THREAT),
    ("401002", r"Shun added: <s>", THREAT),
    ("401003", r"Shun deleted: <s>", NOTED),
    ("401004", r"Shunned packet: <s> =+>? ?<d>{ON}", THREAT_DENIED),
    ("405001", r"Received ARP \w+ collision from <s>/<mac>{ON}", THREAT),
    ("405003", r"IP address collision detected between host <s> at <mac> and interface <on_if>", THREAT),
    (
        "733100",
        r"\[? ?(?P<burst_object>.*?)\]? drop (?P<burst_id>rate[- ]\d+) exceeded\. Current burst rate is <burst_rate> per second, "
        r"max configured rate is <burst_limit>; Current average rate is <average_rate> per second, "
        r"max configured rate is <average_limit>; Cumulative total count is (?P<cumulative_count>\d+)",
        THREAT,
    ),
    ("733101", r"\[?(?:Object|Host|Subnet) <s>\]? is (?P<threat_role>targeted|attacking)", THREAT),
    ("733102", r"Threat-detection adds host <s> to shun list", THREAT_DENIED),
    ("733103", r"Threat-detection removes host <s> from shun list", NOTED),
    ("733104 733105", r"TD_SYSLOG_TCP_INTERCEPT_<threat_role>", THREAT),
)
