"""Messages about people and devices that ask to be let in: logins, commands, changes, 802.1X, wireless clients, peers."""

# ruff: noqa: E501  (a text stays on one line, to be compared with the guide)
from normalise.cisco.mnemonics.meanings import (
    AUTH_NOTED,
    CHANGE,
    COMMAND,
    CONFIG_COMMAND,
    DEVICE,
    EXCLUDED,
    INSTALL,
    JOINED,
    LEFT,
    LOCKED,
    LOGIN,
    LOGIN_FAILED,
    LOGOUT,
    PEER_REFUSED,
    PORT_LOGIN,
    PORT_REFUSED,
    PORT_STARTED,
    SERVER_BACK,
    SERVER_LOST,
    SESSION,
    SESSION_CLOSED,
    UNLOCKED,
    USER_ADDED,
    USER_DELETED,
)
from normalise.cisco.mnemonics.shapes import Row

_BRACKETS = r"\[user: ?(?P<user>[^\]]*)\] \[Source: ?(?P<s>[^\]]*)\] \[localport: ?(?P<d_port>\d{0,5})\](?: \[Reason: ?(?P<reason>[^\]]*)\])?"
_SSH2 = r"from (?P<s>[^\s(]+) \(tty = (?P<tty>\d+)\)"
_CRYPTO = r"(?: using crypto cipher '(?P<cipher>[^']*)', hmac '(?P<hmac>[^']*)')?"
_LINE = r"(?P<terminal>(?:vty|tty|con|aux|console)\S*)"
_CLIENT = r".*?client \((?:{MAC}|[^)]*)\)(?: with reason \((?P<reason>[^)]*)\))? on [Ii]nterface {PORT}(?: AuditSessionID:? (?P<audit_session>\w+))?(?:.*?Failure reason: (?P<failure>[^.]+))?(?:.*?[Uu]ser-?[Nn]ame: (?P<user>\S+))?"

LOGINS: tuple[Row, ...] = (
    ("LOGIN_SUCCESS", r"Login Success " + _BRACKETS, LOGIN),
    ("LOGIN_FAILED", r"Login failed " + _BRACKETS, LOGIN_FAILED),
    ("WEBLOGIN_SUCCESS", r"Login Success from host {S} by user '?{USER}'?", LOGIN),
    ("WEBLOGIN_FAILED WEBLOGIN_FAILURE", r"Login (?:Un[Ss]uccessful|[Ff]ailed) from host {S} by user '?{USER}'?", LOGIN_FAILED),
    ("QUIET_MODE_ON", r".*?" + _BRACKETS, LOCKED),
    ("QUIET_MODE_OFF", r"Quiet Mode is OFF", UNLOCKED),
    ("SSH2_USERAUTH", r"User '(?P<user>[^']*)' authentication for SSH2 Session " + _SSH2 + _CRYPTO + r" {RESULT}", LOGIN),
    ("SSH2_SESSION", r"SSH2 Session request " + _SSH2 + _CRYPTO + r" {RESULT}", SESSION),
    ("SSH2_CLOSE", r"SSH2 Session " + _SSH2 + r" for user '(?P<user>[^']*)'" + _CRYPTO + r",? closed", SESSION_CLOSED),
    ("SSH_SESSION SSH_USERAUTH", r".*?(?:'(?P<user>[^']*)' )?.*?" + _SSH2 + r".*?{RESULT}", SESSION),
    (
        "PRIV_AUTH_PASS",
        r"Privilege level set to (?P<privilege>\d+) by {USER}(?: on " + _LINE + r")?(?: \((?P<s>[^)]+)\))?",
        LOGIN,
    ),
    (
        "PRIV_AUTH_FAIL",
        r"Authentication to [Pp]rivilege level (?P<privilege>\d+) failed by {USER}(?: on "
        + _LINE
        + r")?(?: \((?P<s>[^)]+)\))?",
        LOGIN_FAILED,
    ),
    ("SYS-LOGOUT", r"User {USER} has exited tty session (?P<tty>\d+)(?:\((?P<s>[^)]*)\))?", LOGOUT),
    (
        "INFO_SUCCESS AUTHEN_SUCCESS INFO_USER_LOGIN",
        r"Successfully authenticated user {NAMED} from '(?P<s>[^']*)' on '(?P<terminal>[^']*)'",
        LOGIN,
    ),
    (
        "INFO_FAILURE AUTHEN_FAILED",
        r"Failed authentication attempt by user {NAMED} from '(?P<s>[^']*)'(?: on '(?P<terminal>[^']*)')?",
        LOGIN_FAILED,
    ),
    ("INFO_USER_LOGOUT CLOSE", r"User {NAMED} from '(?P<s>[^']*)' logged out on '(?P<terminal>[^']*)'", LOGOUT),
    ("CLOSE", r"User {NAMED} logged out", LOGOUT),
    (
        "INFO_GENERAL",
        r"sshd\[\d+\]: Failed authentication/?\S* for (?:<unknown>|{USER}) from {S} port (?P<s_port>\d{1,5})",
        LOGIN_FAILED,
    ),
    ("INFO_GENERAL", r"sshd\[\d+\]: Accepted (?P<method>\S+) for {USER} from {S} port (?P<s_port>\d{1,5})", LOGIN),
    (
        "SYSTEM_MSG",
        r"(?:pam_aaa:)?(?:error: PAM: )?Authentication (?:failed|failure) (?:for (?:illegal |invalid )?(?:user )?(?P<user>\S+) )?from {S}",
        LOGIN_FAILED,
    ),
    (
        "SYSTEM_MSG",
        r"Failed (?P<method>\S+) for (?:illegal user |invalid user )?{USER} from {S}(?: port (?P<s_port>\d{1,5}))?",
        LOGIN_FAILED,
    ),
    ("SYSTEM_MSG", r"Accepted (?P<method>\S+) for {USER} from {S}(?: port (?P<s_port>\d{1,5}))?", LOGIN),
    (
        "SYSTEM_MSG",
        r"pam_\w+\((?P<pam_service>[\w.-]+):session\): session (?P<opened>opened) for user (?P<user>[^\s(]+)",
        SESSION,
    ),
    (
        "SYSTEM_MSG",
        r"pam_\w+\((?P<pam_service>[\w.-]+):session\): session (?P<closed>closed) for user (?P<user>[^\s(]+)",
        SESSION_CLOSED,
    ),
    ("SYSTEM_MSG", r"[Nn]ew user:? (?:added )?(?:.*?name[= ])?(?P<user>[\w.-]+)", USER_ADDED),
    ("SYSTEM_MSG", r"[Dd]elete user '?(?P<user>[\w.-]+)", USER_DELETED),
    ("LOGIN_AUTH_PASSED", r".*?remote_ip: {S} user_name: (?P<user>[^\s,]+)", LOGIN),
    ("LOGIN_AUTH_REJECTED", r".*?remote_ip: {S} user_name: (?P<user>[^\s,]+), ?(?P<reason>.*)", LOGIN_FAILED),
    ("SNMP-AUTHFAIL AUTHFAIL", r"Authentication failure for SNMP (?:req|request) from host {S}", LOGIN_FAILED),
    ("SNMPD-ERROR", r"SNMP log error : .*?Authentication failed .*?from {S}", LOGIN_FAILED),
    ("LOGIN_AUTHENTICATION_FAILURE AAA-AUTHEN_FAIL", r".*?user '?{USER}'?", LOGIN_FAILED),
)

CHANGES: tuple[Row, ...] = (
    (
        "CONFIG_I VSHD_SYSLOG_CONFIG_I",
        r"Configured from (?P<origin>\S+) by {USER} on (?P<s>[0-9A-Fa-f.:]+)@(?P<terminal>\S+)",
        CHANGE,
    ),
    ("CONFIG_I VSHD_SYSLOG_CONFIG_I", r"Configured from (?P<origin>\S+) by " + _LINE + r"(?: \((?P<s>[^)]+)\))?", CHANGE),
    (
        "CONFIG_I VSHD_SYSLOG_CONFIG_I",
        r"Configured from (?P<origin>\S+) by {USER} on " + _LINE + r"(?: \((?P<s>[^)]+)\))?",
        CHANGE,
    ),
    ("CONFIG_I VSHD_SYSLOG_CONFIG_I", r"Configured from (?P<origin>\S+)(?: by {USER})?", CHANGE),
    (
        "CONFIG_P",
        r"Configured programmatically by process (?P<process_of_change>\S+) from (?P<origin>\S+)(?: as {USER} on "
        + _LINE
        + r")?",
        CHANGE,
    ),
    ("DB_COMMIT", r"Configuration committed by user {NAMED}\.(?: Use '[^']*?(?P<commit>\d+)')?", CHANGE),
    ("CFGLOG_LOGGEDCMD", r"User: ?(?P<user>\S*) +logged command: ?!exec: ?(?P<command>.*)", COMMAND),
    ("CFGLOG_LOGGEDCMD", r"User: ?(?P<user>\S*) +logged command: ?(?P<command>.*)", CONFIG_COMMAND),
    ("HA_EM-LOG", r"(?P<policy>[^:]{0,100}(?:CLI|[Cc]li|[Cc]md|[Cc]ommand)[^:]{0,100}): ?(?P<command>.*)", COMMAND),
    ("HA_EM-LOG", r"(?P<policy>[^:]{1,128}): ", DEVICE),
    (
        "AAA_ACCOUNTING_MESSAGE",
        r"(?P<accounting>start):(?:(?P<s>[0-9A-Fa-f.:]+)@)?(?P<terminal>[^:]*):(?P<user>[^:]*):$",
        SESSION,
    ),
    (
        "AAA_ACCOUNTING_MESSAGE",
        r"(?P<accounting>stop):(?:(?P<s>[0-9A-Fa-f.:]+)@)?(?P<terminal>[^:]*):(?P<user>[^:]*):(?P<reason>.*)$",
        SESSION_CLOSED,
    ),
    (
        "AAA_ACCOUNTING_MESSAGE",
        r"(?P<accounting>start|update|stop):(?P<s>[0-9A-Fa-f.:]+)@(?P<terminal>[^:]*):(?P<user>[^:]*):(?P<command>.*?)(?: \((?P<result>SUCCESS|FAILURE)\))?$",
        COMMAND,
    ),
    (
        "AAA_ACCOUNTING_MESSAGE",
        r"(?P<accounting>start|update|stop):(?P<terminal>[^:]*):(?P<user>[^:]*):(?P<command>.*?)(?: \((?P<result>SUCCESS|FAILURE)\))?$",
        COMMAND,
    ),
    (
        "AAA-MSG AAAA-MSG SHELL-CMD CMD_LOG SHELL_CMD",
        r"(?:.*?[Uu]ser:? '?(?P<user>[^\s',]+)'?[ ,].*?)?(?:command|cmd):? ?'?(?P<command>.*?)'?$",
        COMMAND,
    ),
    ("INSTALL_OPERATION_INFO", r"User: {USER},? Install Operation: (?P<operation>\w+) ?(?P<package>\S*)", INSTALL),
)

PORTS: tuple[Row, ...] = (
    ("DOT1X-SUCCESS AUTHMGR-SUCCESS MAB-SUCCESS SESSION_MGR-SUCCESS", _CLIENT, PORT_LOGIN),
    ("DOT1X-FAIL AUTHMGR-FAIL MAB-FAIL SESSION_MGR-FAIL AUTHMGR-SECURITY_VIOLATION", _CLIENT, PORT_REFUSED),
    (
        "AUTHMGR-START SESSION_MGR-START AUTHMGR-NOMOREMETHODS AUTHMGR-FAILOVER AUTHMGR-RESULT DOT1X-RESULT_OVERRIDE MAB-START",
        _CLIENT,
        PORT_STARTED,
    ),
    (
        "MAX_EAP_RETRIES MAX_EAPOL_KEY_RETRANS_FOR_MOBILE AAA_AUTH_SEND_FAIL ABORT_AUTH INVALID_REPLAY_CTR",
        r".*?(?P<reason>\b[A-Z].*?) (?:for|from|to) (?:mobile|client) {MAC}",
        PORT_REFUSED,
    ),
    (
        "CLIENT_ADDED_TO_RUN_STATE CLIENT_MOVED_TO_RUN_STATE",
        r"Username entry \((?P<user>[^)]*)\) (?:joined|moved) with ssid \((?P<ssid>[^)]*)\) for device with MAC: {MAC}",
        JOINED,
    ),
    ("CLIENT_ADDED_TO_RUN_STATE CLIENT_MOVED_TO_RUN_STATE", r".*?MAC: {MAC}", JOINED),
    (
        "CLIENT_DELETED CLIENT_MOVED_TO_DELETE_STATE CLIENT_DISASSOCIATED",
        r".*?MAC: ?{MAC}(?:.*?[Rr]eason: ?(?P<reason>.+))?",
        LEFT,
    ),
    (
        "ADD_TO_BLACKLIST_REASON ADD_TO_BLACKLIST_REASON_DYNAMIC ADD_TO_EXCLUSIONLIST ADD_TO_EXCLUSIONLIST_REASON_DYNAMIC ADD_TO_EXCLUSIONLIST_REASON",
        r"Client MAC: ?{MAC}(?: with IP: ?(?P<s>[0-9A-Fa-f.:]+))? was added to exclusion list.*?[Rr]eason: ?(?P<reason>.+)",
        EXCLUDED,
    ),
    ("RADIUS_DEAD", r"RADIUS server (?P<server>[0-9A-Fa-f.:]+?):(?P<server_ports>[\d,]+) is not responding", SERVER_LOST),
    (
        "RADIUS_ALIVE SERVERALIVE",
        r"(?:Group \S+: )?R(?:adius|ADIUS) server (?P<server>[0-9A-Fa-f.:]+?):(?P<server_ports>[\d,]+) is (?:being marked alive|responding again)",
        SERVER_BACK,
    ),
    (
        "RADIUS_ERROR_MESSAGE TACACS_ERROR_MESSAGE",
        r"(?P<reason>.*?(?:server|servers) (?P<server>[0-9A-Fa-f.:]+)? ?.*)",
        SERVER_LOST,
    ),
    ("TCP-BADAUTH BADAUTH", r"(?P<reason>(?:No|Invalid) (?:MD5|TCP-AO|MAC)?.*?) from {SP} to {DP}", PEER_REFUSED),
    ("LDP-PWD SOCKET_TCP_PACKET_MD5_AUTHEN_FAIL", r"(?P<reason>.*)", PEER_REFUSED),
    ("AUTH_NOTICE", r"(?P<reason>.*)", AUTH_NOTED),
)
