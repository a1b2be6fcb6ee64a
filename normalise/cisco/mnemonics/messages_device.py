"""Messages about the device and its lines: links, neighbours, restarts, logging, access points."""

# ruff: noqa: E501  (a text stays on one line, to be compared with the guide)
from normalise.cisco.mnemonics.meanings import DEVICE_CHANGE, DEVICE_ERROR, LINK, LOGGING, NEIGHBOUR, NOTED, RELOAD
from normalise.cisco.mnemonics.shapes import Row

DEVICES: tuple[Row, ...] = (
    ("UPDOWN CHANGED LINK-CHANGED", r"(?:Line protocol on )?Interface {IF},? changed state to (?P<state>[\w ]+)", LINK),
    ("IF_UP IF_ADMIN_UP", r"Interface {IF} is (?P<state>(?:admin )?up)", LINK),
    (
        "IF_DOWN_LINK_FAILURE IF_DOWN_ADMIN_DOWN IF_DOWN_NONE IF_DOWN_INITIALIZING IF_DOWN_ERROR_DISABLED IF_DOWN_CFG_CHANGE "
        "IF_DOWN_PORT_CHANNEL_MEMBERS_DOWN IF_DOWN_PARENT_ADMIN_DOWN IF_DOWN_INTERFACE_REMOVED IF_DOWN_CHANNEL_MEMBERSHIP_UPDATE_IN_PROGRESS",
        r"Interface {IF} is (?P<state>down) ?\((?P<reason>[^)]*)\)",
        LINK,
    ),
    (
        "IF_HARDWARE SPEED IF_DUPLEX IF_BANDWIDTH_CHANGE IF_RX_FLOW_CONTROL IF_TX_FLOW_CONTROL IF_TRUNK_UP IF_TRUNK_DOWN",
        r"Interface {IF}, (?P<reason>.+)",
        LINK,
    ),
    (
        "ADJCHANGE ADJCHANGE_DETAIL",
        r"(?:.*? )?neighbor {PEER} (?:\([^)]*\) )?(?:vpn vrf \S+ )?(?P<state>Up|Down)(?: -? ?(?P<reason>.+))?",
        NEIGHBOUR,
    ),
    (
        "ADJCHG",
        r"Process (?P<process_of_routing>\S+), Nbr {PEER} on {IF} (?:in area \S+ )?from (?P<state_before>\S+) to (?P<state>\w+),? ?(?P<reason>.*)",
        NEIGHBOUR,
    ),
    ("ADJCHANGE", r".*?Nbr {PEER} on {IF} went (?P<state>\w+)", NEIGHBOUR),
    ("NBRCHANGE NBRCHG", r".*?[Nn]eighbor {PEER} ?(?:\({IF}\))? is (?P<state>up|down)(?:: (?P<reason>.*))?", NEIGHBOUR),
    ("NBRCHG", r"LDP Neighbor {PEER}:\d+ \(?.*?is (?P<state>UP|DOWN)(?: \((?P<reason>.*)\))?", NEIGHBOUR),
    ("STATECHANGE", r"{IF} Grp (?P<group>\d+) state (?P<state_before>\w+) -> (?P<state>\w+)", NEIGHBOUR),
    ("NATIVE_VLAN_MISMATCH DUPLEX_MISMATCH", r".*?on {IF}", NOTED),
    ("SYS-RESTART RESTART", r"(?P<reason>System restarted)", RELOAD),
    (
        "RELOAD RELOAD_BY_USER",
        r"Reload requested(?: by (?P<user>\S+) on (?P<terminal>\w+))?(?: \((?P<s>[^)]*)\))?\.?(?: Reload [Rr]eason: ?(?P<reason>.*?)\.?)?$",
        RELOAD,
    ),
    (
        "LOGGINGHOST_STARTSTOP LOGGINGHOST_FAIL",
        r"Logging to host (?P<server>[^\s]+)(?: [Pp]ort (?P<server_port>\d+))? (?P<state>started|stopped|failed)",
        LOGGING,
    ),
    (
        "AP_JOIN_DISJOIN AP_JOINED AP_DISJOINED",
        r".*?AP Name: (?P<access_point>[^,\s]+),? (?:MAC|Mac): {MAC}.*?(?P<state>Joined|Disjoined)",
        DEVICE_CHANGE,
    ),
    (
        "FEX_STATUS NOHMS_ENV_FEX_ONLINE NOHMS_ENV_FEX_OFFLINE",
        r"(?P<module>(?:Fex|FEX)[- ]\d+) (?:is )?(?P<state>[\w-]+)",
        DEVICE_CHANGE,
    ),
    (
        "FEX_PS_FOUND",
        r"(?P<module>Fex \d+ Power Supply \d+) (?P<state>found)(?: \(Serial number (?P<serial>\w+)\))?",
        DEVICE_CHANGE,
    ),
    ("MOD_SOMEPORTS_FAILED", r"(?P<module>Module \d+) \(Serial number: (?P<serial>\w+)\) (?P<reason>.*)", DEVICE_ERROR),
    (
        "SYSTEM_MSG",
        r"\[(?P<fault>[EF]\d+)\]\[(?P<lifecycle>[^\]]*)\]\[(?P<fault_rule>[^\]]*)\]\[(?P<fault_severity>[^\]]*)\]\[(?P<object>[^\]]*)\] ?(?P<reason>.*)",
        DEVICE_ERROR,
    ),
    ("PEER_KEEP_ALIVE_RECV_FAIL", r"(?P<reason>.*)", DEVICE_ERROR),
    ("LOG_CONFIG_CHANGE", r"(?P<reason>.*)", LOGGING),
)
