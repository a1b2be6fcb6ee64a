"""What the messages mean in ECS terms, and what a facility says of a message that no table has."""

from normalise.cisco.firewall.meanings import (
    ALLOWED,
    AUTH_NOTED,
    CHANGE,
    COMMAND,
    DEVICE,
    DEVICE_CHANGE,
    DEVICE_ERROR,
    LOCKED,
    LOGIN,
    LOGIN_FAILED,
    LOGOUT,
    NOTED,
    UNLOCKED,
    USER_ADDED,
    USER_DELETED,
)
from normalise.cisco.firewall.shapes import Meaning

__all__ = [
    "ALLOWED", "AUTH_NOTED", "CHANGE", "COMMAND", "DEVICE", "DEVICE_CHANGE", "DEVICE_ERROR", "LOCKED", "LOGIN",
    "LOGIN_FAILED", "LOGOUT", "NOTED", "UNLOCKED", "USER_ADDED", "USER_DELETED",
]  # fmt: skip

DENIED = Meaning("packet-dropped", type=("connection", "denied"), outcome="success")
CONFIG_COMMAND = Meaning("command-executed", ("configuration",), ("change",), "success", own=True)
THREAT = Meaning("intrusion-detected", ("network", "intrusion_detection"), ("info",), kind="alert")
LISTED = Meaning("access-list", type=("connection",), outcome="success")  # allowed or denied, by its word
SESSION = Meaning("session-requested", ("session", "network"), ("start",), own=True)
SESSION_CLOSED = Meaning("session-closed", ("session", "network"), ("end",), own=True)
LINK = Meaning("link-changed", ("network",), ("info",))
NEIGHBOUR = Meaning("neighbour-changed", ("network",), ("info",))
PORT_LOGIN = Meaning("port-authenticated", ("authentication", "network"), ("start", "allowed"), "success")
PORT_REFUSED = Meaning("port-authentication-failed", ("authentication", "network"), ("start", "denied"), "failure")
PORT_STARTED = Meaning("port-authentication-started", ("authentication", "network"), ("info",))
PORT_VIOLATION = Meaning("port-violation", ("network", "intrusion_detection"), ("denied",), "success", "alert")
SPOOFING = Meaning("spoofed-address", ("network", "intrusion_detection"), ("info",), kind="alert")
PEER_REFUSED = Meaning("peer-authentication-failed", ("authentication", "network"), ("denied",), "failure")
JOINED = Meaning("client-joined", ("session", "network"), ("start", "connection"), "success")
LEFT = Meaning("client-left", ("session", "network"), ("end", "connection"))
EXCLUDED = Meaning("client-excluded", ("network",), ("denied",), "success")
FLOW = Meaning("flow-creation", type=("connection", "start"))
FLOW_END = Meaning("flow-expiration", type=("connection", "end"))
TUNNEL_ERROR = Meaning("tunnel-error", type=("info",), outcome="failure")
TUNNEL = Meaning("tunnel-changed", type=("info",))
SERVER_LOST = Meaning("authentication-server-lost", ("host",), ("info",), "failure", own=True)
SERVER_BACK = Meaning("authentication-server-back", ("host",), ("info",), "success", own=True)
LOGGING = Meaning("logging-changed", ("configuration",), ("change",), own=True)
INSTALL = Meaning("software-installed", ("package", "configuration"), ("installation", "change"), own=True)
RELOAD = Meaning("device-restart", ("host",), ("start",), own=True)

# by the last part of the facility (XR's are `PKT_INFRA-LINK`)
_CLASSES: dict[Meaning, str] = {
    LINK: "LINK LINEPROTO ETHPORT ETH_PORT_CHANNEL EC LACP UDLD CDP LLDP PORT_CHANNEL BUNDLE_MGR ETHPC",
    NEIGHBOUR: "BGP OSPF OSPFV3 DUAL EIGRP LDP HSRP VRRP GLBP PIM ISIS BFD STANDBY ADJ LSP IFMGR RSVP MSDP",
    NOTED: "SPANTREE STP STM VTP SW_VLAN SW_MATM IP IPV6 ARP DHCP DHCPD DHCP_SNOOPING NTP TCP NAT SNMP VPC L2FM FEX IGMP "
    "NETFLOW PM STORM_CONTROL ILPOWER POE VLAN_MGR COPP ACLLOG ACLMGR CRYPTO IKEV2 IPSEC PKI SSH DOT1X MAB AUTHMGR EPM",
    DEVICE: "SYS SYSMGR PLATFORM PLATFORM_ENV ENV FAN ENVMON NOHMS PFMA MODULE REDUNDANCY STACKMGR SMART_LIC LICENSE HA "
    "OIR CPU MEM MEMORY IOSXE IOSXE_INFRA IOSXE_PLATFORM IOSXE_OIR CALL_HOME CALLHOME SFF8472 TRANSCEIVER USBFLASH "
    "CONTROLLER DIAG SYSTEM INSTALL IMAGE_DNLD SSL SMI PNP PNPA SUPERVISOR PARSER HA_EM SNMPD DAEMON KERN USER",
    AUTH_NOTED: "SEC_LOGIN AAA AAAA RADIUS TACACS LOGIN AUTHPRIV SECURITYD SSHD",
}  # fmt: skip
BY_FACILITY = {facility: meaning for meaning, facilities in _CLASSES.items() for facility in facilities.split()}
