"""Messages of FTP, VPN, proxy, database and telephony daemons, of name servers and of what guards a host."""

# ruff: noqa: E501  (a pattern stays on one line)

from normalise.sources.linux_daemons.shapes import Row

_PEER = r"'<ip>(?::<port>)?'"
_PJSIP = r"\((?:UDP|TCP|TLS|WS|WSS):\[?<ip>\]?:<port>\)"
_ASTERISK_PLACE = r"(?:\w{1,16}\[\d{1,10}\](?:\[C-\w{1,16}\])?:? )?(?:[\w/]{1,64}\.c: {0,2}(?:\d{1,6} (?:in )?\w{1,64}: )?)?"
_CLIENT = r"(?:(?:[\w-]+: )?\w+: )?client (?:@0x[0-9a-f]+ )?<ip>#<port>(?: \(\S*\))?:(?: view \S+:)? "

REMOTE: tuple[Row, ...] = (
    # FTP
    ("vsftpd", "login", "FAIL LOGIN", r'(?:\[pid \d+\] )?\[<user~>\] FAIL LOGIN: Client "<ip>"(?:, "<reason~>")?'),
    ("vsftpd", "success", "OK LOGIN", r'(?:\[pid \d+\] )?\[<user~>\] OK LOGIN: Client "<ip>"'),
    ("proftpd", "login", "no such user", r"\S+ \(\S+\[<ip>\]\)(?:: -|:| -) USER <user*>: (?P<reason>no such user found)"),
    ("proftpd", "login", "Login failed", r"\S+ \(\S+\[<ip>\]\)(?:: -|:| -) USER <user*> \(Login failed\)(?:: <reason*>)?"),
    (
        "proftpd",
        "login",
        "SECURITY VIOLATION",
        r"\S+ \(\S+\[<ip>\]\)(?:: -|:| -) SECURITY VIOLATION: <user> (?P<reason>login attempted)",
    ),
    ("proftpd", "login", "login attempts", r"\S+ \(\S+\[<ip>\]\)(?:: -|:| -) (?P<reason>Maximum login attempts .{0,128})"),
    ("proftpd", "success", "Login successful", r"\S+ \(\S+\[<ip>\]\)(?:: -|:| -) (?:USER|ANON) <user*>: Login successful"),
    ("wu-ftpd ftpd in.ftpd", "login", "failed login from", r"failed login from (?:<host> )?\[<ip>\]"),
    ("pure-ftpd", "login", "Authentication failed", r"\(\S*@<host>\) \[WARNING\] Authentication failed for user \[<user~>\]"),
    # VPN, proxies, remote desktops
    (
        "openvpn ovpn-server",
        "aborted",
        "SIGUSR1[soft,connection-reset]",
        r"<ip>:<port> (?P<reason>SIGUSR1\[soft,connection-reset\] received)",
    ),
    (
        "openvpn ovpn-server",
        "login",
        "Auth Username/Password verification failed",
        r"(?:\S+/)?<ip>:<port> .{0,64}Auth Username/Password verification failed",
    ),
    ("openvpn ovpn-server", "refused", "VERIFY ERROR", r"(?:\S+/)?<ip>:<port> VERIFY ERROR: <reason*>"),
    ("openvpn ovpn-server", "refused", "TLS Error", r"(?:\S+/)?<ip>:<port> TLS Error: <reason*>"),
    (
        "softethervpn",
        "login",
        "User authentication failed",
        r'<~>Connection "[^"]*": User authentication failed\. The user name that has been provided was "<user*>", from <ip>\.',
    ),
    (
        "danted sockd",
        "login",
        "failed",
        r"info: block\(\d+\): tcp/accept \]: <ip>\.<port> \S+: error .{0,256}?: (?:system password authentication failed for user \"<user~>\"|pam_authenticate\(\) for user \"(?P<account>.{0,256})\" failed: <reason*>)",
    ),
    ("3proxy", "login", " ", r"\S+ 0+[1-9]\d* (?P<user>\S+) <ip>:<port> "),
    ("xrdp-sesman xrdp", "login", "AUTHFAIL", r"AUTHFAIL: user=<user*> ip=<ip> time="),
    (
        "screensharingd",
        "login",
        "Authentication: FAILED",
        r"Authentication: FAILED :: User Name: <user*> :: Viewer Address: <ip> ::",
    ),
    (
        "screensharingd",
        "success",
        "Authentication: SUCCEEDED",
        r"Authentication: SUCCEEDED :: User Name: <user*> :: Viewer Address: <ip> ::",
    ),
    (
        "guacd guacamole",
        "login",
        "Authentication attempt from ",
        r"(?:\S+ )?(?:\[[^\]]*\] )?(?:WARN(?:ING)?:? +)?(?:\S+ - )?Authentication attempt from \[?<ip>(?:, [^\]]*)?\]? for user \"<user~>\"(?: .{0,64})? failed",
    ),
    # databases and directories
    (
        "mysqld mysql mariadbd mariadb",
        "login",
        "Access denied for user",
        r"(?:[\d-]{6,10}[ T]+[\d:.]{7,15}Z? (?:\d+ )?)?(?:\[\w+\] )?(?:\[[\w-]+\] )*Access denied for user '<user~>'@'<host>'",
    ),
    ("slapd", "login", "err=49", r"conn=\d+ .{0,64}err=49 "),
    # telephony
    (
        "asterisk",
        "login",
        "SecurityEvent=",
        _ASTERISK_PLACE
        + r'SecurityEvent="(?P<reason>FailedACL|InvalidAccountID|ChallengeResponseFailed|InvalidPassword|UnexpectedAddress|LoadAverageLimit|SessionLimit|MemoryLimit|RequestBadFormat|RequestNotAllowed|AuthMethodNotAllowed)",.{0,2048}?,AccountID="(?P<user>[^"]{0,256})".{0,2048},RemoteAddress="IPV[46]/\w+/<ip>/<port>"',
    ),
    (
        "asterisk",
        "success",
        'SecurityEvent="SuccessfulAuth"',
        _ASTERISK_PLACE
        + r'SecurityEvent="SuccessfulAuth".{0,2048}?,AccountID="(?P<user>[^"]{0,256})".{0,2048},RemoteAddress="IPV[46]/\w+/<ip>/<port>"',
    ),
    (
        "asterisk",
        "login",
        " failed for '",
        _ASTERISK_PLACE
        + r"(?:Registration|Request)(?: '\w+')? from '<user*>' failed for "
        + _PEER
        + r"(?: \(callid: [^()]*\))? - <reason*>",
    ),
    (
        "asterisk",
        "call",
        "rejected because extension not found",
        _ASTERISK_PLACE
        + r"(?:\w+: )?Call (?:from '<user~>' )?\((?:(?:UDP|TCP|TLS|WS|WSS):)?\[?<ip>\]?:<port>\) to extension .{0,256} (?P<reason>rejected because extension not found)",
    ),
    (
        "asterisk",
        "login",
        "to authenticate",
        _ASTERISK_PLACE
        + r"<ip> (?:(?P<reason>failed to authenticate) as|(?P<why>tried to authenticate) with nonexistent user) '<user*>'",
    ),
    ("asterisk", "call", "Rejecting unknown SIP connection", r".{0,64}Rejecting unknown SIP connection from <ip>"),
    (
        "freeswitch",
        "login",
        "sofia_reg.c",
        r"(?:[\d-]{10} [\d:.]{8,15} )?(?:[\d.]+% )?(?:\[\w+\] )?sofia_reg\.c:\d+ (?P<reason>SIP auth (?:challenge|failure) \(\w+\)) on sofia profile '[^']*' for \[<user~>\] from ip <ip>",
    ),
    (
        "freeswitch",
        "login",
        "Can't find user",
        r"(?:[\d-]{10} [\d:.]{8,15} )?(?:[\d.]+% )?(?:\[\w+\] )?sofia_reg\.c:\d+ (?P<reason>Can't find user) \[<user~>\] from <ip>",
    ),
    (
        "murmurd murmur",
        "login",
        "Rejected connection from",
        r"(?:<\w>[\d-]{10} [\d:.]{8,15} )?\d+ => <\d+:<user~>\(-?\d+\)> Rejected connection from <ip>:<port>: <reason*>",
    ),
    (
        "ejabberd",
        "login",
        "authentication for",
        r".{0,512}?Failed (?:\w+ )?(?:\S+ )?authentication for <user> from (?:IP )?<ip>(?:: <reason~>| \(|$)",
    ),
    ("hlds", "login", "Bad Rcon", r'(?P<reason>Bad Rcon): "<~>" from "<ip>:<port>"'),
    (
        "znc",
        "login",
        "failed to login from",
        r"\[<user~>\] failed to login from <ip>(?::<port>)?$",
    ),
    # name servers
    (
        "named named-pkcs11 security update-security",
        "query",
        " denied",
        _CLIENT + r"(?P<reason>(?:query|zone transfer|update|recursive query)[^']{0,64}(?:'[^']{1,255}')?(?: [\w()]+)? denied)",
    ),
    (
        "named security update-security",
        "query",
        "bad zone transfer request",
        _CLIENT + r"(?P<reason>bad zone transfer request: .{1,255})",
    ),
    ("nsd", "query", "refused", r"(?:\w+: )?axfr for (?:zone )?\S+ from (?:client )?<ip> (?P<reason>refused.{0,64})"),
    ("nsd", "query", "ratelimit block", r"(?:\w+: )?(?P<reason>ratelimit block) \S+ type \S+ target \S+ query <ip> "),
    # virtual machines, tunnels, file shares
    (
        "pvedaemon pveproxy proxmox-backup-proxy proxmox-backup",
        "login",
        "authentication failure; rhost=",
        r"authentication failure; rhost=\[?<ip>\]?(?::<port>)? user=<user> msg=<reason*>",
    ),
    (
        "kernel",
        "refused",
        "wireguard: ",
        r"(?:\[ *[\d.]{1,20}\] )?wireguard: \w{1,15}: (?P<reason>Invalid handshake initiation) from <ip>:<port>",
    ),
    (
        "kernel",
        "refused",
        "wireguard: ",
        r"(?:\[ *[\d.]{1,20}\] )?wireguard: \w{1,15}: (?P<reason>Packet has unallowed src IP \S+) from peer \d+ \(<ip>:<port>\)",
    ),
    ("smbd nmbd", "refused", "Denied connection from", r"(?P<reason>Denied connection) from (?:<host> )?\(<ip>\)"),
    ("rshd in.rshd rlogind", "refused", "on illegal port", r"Connection from <ip> (?P<reason>on illegal port)"),
    (
        "proftpd vsftpd in.ftpd in.telnetd tftpd rpcbind portmap mountd dovecot exim sendmail",
        "refused",
        "refused connect from",
        r"refused connect from (?:<host> )?\(?<ip>\)?",
    ),
    ("cimserver", "login", "Authentication failed for user", r"\w+: (?P<reason>Authentication failed) for user <user*>\.$"),
    # what guards a host
    (
        "fail2ban fail2ban.actions fail2ban-server",
        "ban",
        " Ban ",
        r"(?:(?:NOTICE|WARNING) +)?\[(?P<reason>[^\]]{1,64})\] (?:Restore )?Ban <ip>",
    ),
    ("xinetd", "refused", "FAIL: ", r"FAIL: (?P<reason>\S+ \S+) from=<ip>"),
    ("nrpe", "refused", "is not allowed to talk to us", r"Host <ip> is not allowed to talk to us"),
    ("portsentry", "refused", "Blocked", r"Host: \S+/<ip> Port: <dport> \w+ Blocked"),
    ("portsentry", "attack", "attackalert", r"attackalert: <reason~> from host: <host>/<ip> to "),
    ("scanlogd", "attack", " ports ", r"<ip>(?::<port>)? to <dip> (?P<reason>ports .{0,128})"),
    ("suhosin lighttpd php-fpm httpd", "attack", "(attacker '", r".{0,256}?ALERT - <reason~> \(attacker '<ip>', file "),
    (
        "monit",
        "login",
        "access",
        r"(?:Warning: )?(?:HttpRequest: access denied -- client \[?<ip>\]?: (?P<reason>[\w ]+?)(?: '<user~>')?$|Client '<address>' supplied (?P<why>unknown user|wrong password for user) '(?P<account>.{0,256}?)' accessing)",
    ),
)
