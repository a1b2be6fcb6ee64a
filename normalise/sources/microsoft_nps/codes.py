"""Numbers in NPS' logs: attributes of the IAS format, columns of the database-compatible one, packets, reasons.

"Interpret IAS Format Log Files", "Interpret NPS Database Format Log Files", "NPS Reason Codes" (learn.microsoft.com).
"""

ATTRIBUTES = {
    "1": "User-Name", "4": "NAS-IP-Address", "5": "NAS-Port", "6": "Service-Type", "7": "Framed-Protocol",
    "8": "Framed-IP-Address", "20": "Callback-Id", "25": "Class", "27": "Session-Timeout", "28": "Idle-Timeout",
    "29": "Termination-Action", "30": "Called-Station-Id", "31": "Calling-Station-Id", "32": "NAS-Identifier",
    "40": "Acct-Status-Type", "41": "Acct-Delay-Time", "42": "Acct-Input-Octets", "43": "Acct-Output-Octets",
    "44": "Acct-Session-Id", "45": "Acct-Authentic", "46": "Acct-Session-Time", "47": "Acct-Input-Packets",
    "48": "Acct-Output-Packets", "49": "Acct-Terminate-Cause", "50": "Acct-Multi-Session-Id", "55": "Event-Timestamp",
    "61": "NAS-Port-Type", "64": "Tunnel-Type", "66": "Tunnel-Client-Endpt", "67": "Tunnel-Server-Endpt",
    "77": "Connect-Info", "87": "NAS-Port-Id", "95": "NAS-IPv6-Address", "4108": "Client-IP-Address",
    "4116": "Client-Vendor", "4127": "Authentication-Type", "4128": "Client-Friendly-Name", "4129": "SAM-Account-Name",
    "4130": "Fully-Qualified-User-Name", "4132": "EAP-Friendly-Name", "4136": "Packet-Type", "4142": "Reason-Code",
    "4149": "NP-Policy-Name", "4154": "Proxy-Policy-Name", "4155": "Provider-Type", "4157": "Remote-Server-Address",
}  # fmt: skip
COLUMNS = (
    "Computer-Name", "Service-Name", "Record-Date", "Record-Time", "Packet-Type", "User-Name", "Fully-Qualified-User-Name",
    "Called-Station-Id", "Calling-Station-Id", "Callback-Number", "Framed-IP-Address", "NAS-Identifier", "NAS-IP-Address",
    "NAS-Port",
    "Client-Vendor", "Client-IP-Address", "Client-Friendly-Name", "Event-Timestamp", "Port-Limit", "NAS-Port-Type",
    "Connect-Info",
    "Framed-Protocol", "Service-Type", "Authentication-Type", "NP-Policy-Name", "Reason-Code", "Class", "Session-Timeout",
    "Idle-Timeout", "Termination-Action", "EAP-Friendly-Name", "Acct-Status-Type", "Acct-Delay-Time", "Acct-Input-Octets",
    "Acct-Output-Octets", "Acct-Session-Id", "Acct-Authentic", "Acct-Session-Time", "Acct-Input-Packets", "Acct-Output-Packets",
    "Acct-Terminate-Cause", "Acct-Multi-Session-Id", "Acct-Link-Count", "Acct-Interim-Interval", "Tunnel-Type",
    "Tunnel-Medium-Type",
    "Tunnel-Client-Endpt", "Tunnel-Server-Endpt", "Acct-Tunnel-Connection", "Tunnel-Pvt-Group-ID", "Tunnel-Assignment-ID",
    "Tunnel-Preference", "MS-Acct-Auth-Type", "MS-Acct-EAP-Type", "MS-RAS-Version", "MS-RAS-Vendor", "MS-CHAP-Error",
    "MS-CHAP-Domain", "MS-MPPE-Encryption-Types", "MS-MPPE-Encryption-Policy", "Proxy-Policy-Name", "Provider-Type",
    "Provider-Name",
    "Remote-Server-Address", "MS-RAS-Client-Name", "MS-RAS-Client-Version",
)  # fmt: skip
PACKETS = {
    "1": "Access-Request", "2": "Access-Accept", "3": "Access-Reject", "4": "Accounting-Request",
    "5": "Accounting-Response", "11": "Access-Challenge",
}  # fmt: skip
STATUSES = {"1": "Start", "2": "Stop", "3": "Interim-Update", "7": "Accounting-On", "8": "Accounting-Off"}
REASONS = {
    "1": "internal error", "2": "access denied", "3": "malformed request", "4": "global catalogue not available",
    "5": "domain not available", "6": "server not available", "7": "no such domain", "8": "no such user", "9": "request ",
    "16": "authentication failure", "17": "password change failure", "18": "unsupported authentication type",
    "19": "no reversibly encrypted password", "20": "LAN Manager authentication not enabled",
    "21": "rejected by an extension", "22": "EAP type cannot be processed", "23": "unexpected EAP error",
    "32": "local users only", "33": "password must be ", "34": "account disabled", "35": "account expired",
    "36": "account locked out", "37": "outside of logon hours", "38": "account restriction",
    "48": "no matching network policy", "49": "no matching connection request policy", "64": "dial-in locked out",
    "65": "dial-in permission denied", "66": "authentication method not enabled", "67": "calling station not permitted",
    "68": "outside of permitted hours", "69": "called station not permitted", "70": "port type not permitted",
    "71": "policy restriction", "112": "rejected by the remote RADIUS server", "256": "certificate revoked",
    "259": "revocation server offline", "260": "message altered", "262": "message incomplete",
    "265": "certificate not trusted", "266": "unexpected message", "295": "certificate authority not trusted",
    "300": "no credentials",
}  # fmt: skip
