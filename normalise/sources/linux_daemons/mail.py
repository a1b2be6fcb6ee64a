"""Messages of mail servers: IMAP, POP and SMTP daemons, and webmail (postfix has a source of its own)."""

# ruff: noqa: E501  (a pattern stays on one line)

from normalise.sources.linux_daemons.shapes import Row

_DOVECOT = "dovecot imap-login pop3-login managesieve-login submission-login imap pop3 auth auth-worker dovecot-auth"
_SENDMAIL = "sendmail sm-mta sm-msp-queue sm-acceptingconnections mta"
_EXIM = "exim exim4"
_RELAY = r"(?:<host> )?\[(?:IPv6:)?<ip>\](?: \(may be forged\))?"
_EXIM_HOST = r"(?:<host> )?(?:\(<~>\) )?\[<ip>\](?::<port>)?"
_EXIM_LAST = r"<~>(?:H=)?(?:<host> )?(?:\([^()]{0,255}\) )?\[<ip>\](?::<port>)?(?: I=\[<dip>\](?::<dport>)?)?"

MAIL: tuple[Row, ...] = (
    # dovecot: login processes, then the authentication process and its workers
    (
        _DOVECOT,
        "success",
        "Login: user=",
        r"(?:\S+-login: )?(?:Info: )?Login: user=<<user~>>, method=\S+, rip=<ip>(?:, lip=<dip>)?",
    ),
    (_DOVECOT, "aborted", "(no auth attempts", r"(?:\S+-login: )?<reason~> \(no auth attempts<~>rip=<ip>(?:, lip=<dip>)?"),
    (_DOVECOT, "aborted", "(disconnected ", r"(?:\S+-login: )?<reason~> \(disconnected <~>rip=<ip>(?:, lip=<dip>)?"),
    (
        _DOVECOT,
        "login",
        "auth",
        r"(?:\S+-login: )?(?:Info: )?(?:Aborted login|Login aborted|Disconnected|Remote closed connection)<~>\((?:<reason>)[^()]*\)(?: \(\w+\))?:(?: user=<<user~>>,)?(?: method=\S+,)? rip=<ip>(?:, lip=<dip>)?",
    ),
    (
        _DOVECOT,
        "login",
        "): ",
        r"(?:auth(?:-worker)?(?:\(\d+\))?: )?(?:Info: )?(?:conn \S+ \([^()]*\): )?(?:auth-worker<\d+>: )?\w[\w-]*\(<user~>,<ip>(?:,<[^<>]*>)?\): (?:Info: )?(?:pam_authenticate\(\) failed: )?(?P<reason>unknown user|[Pp]assword mismatch|Authentication failure|Permission denied|invalid credentials|User not known|Invalid credentials)",
    ),
    (
        _DOVECOT,
        "login",
        ",sasl:",
        r"(?:auth(?:-worker)?: )?(?:auth)?\(<user~>,<ip>,sasl:\w+\)(?:<[^<>]*>)?: (?:Info: )?(?:\S+: )?(?P<reason>unknown user|[Pp]assword mismatch|Authentication failure)",
    ),
    # sendmail
    (
        _SENDMAIL,
        "login",
        "AUTH failure",
        r"\w+: AUTH failure \(\S+\): <reason>.{0,512}?(?:, user=<user*>)?, relay=" + _RELAY + "$",
    ),
    (_SENDMAIL, "login", "possible SMTP attack", r"\w+: " + _RELAY + ": possible SMTP attack: <reason*>"),
    (_SENDMAIL, "mail", "ruleset=", r"(?:\w+: )?ruleset=\w+, .{0,512}relay=" + _RELAY + ", reject=<reason*>"),
    (_SENDMAIL, "aborted", "pre-greeting", r"\w+: rejecting commands from +" + _RELAY + " due to <reason*>"),
    (_SENDMAIL, "mail", "[rejected]", r"\w+: " + _RELAY + r": (?P<reason>(?i:expn|vrfy|etrn) \S{1,256}) \[rejected\]"),
    (_SENDMAIL, "aborted", "did not issue", r"\w+: " + _RELAY + r" <reason~> during connection to \S+"),
    # exim: the host that it saw stands last, names that the client says come before
    (
        _EXIM,
        "login",
        " authenticator failed for ",
        r"(?:\S+ )?\S+ authenticator failed for .{0,512}?(?:<host> )?(?:\(.{0,255}\) )?\[<ip>\](?::<port>)?(?: I=\[<dip>\](?::<dport>)?)?: 535 <reason~>(?:: \d+ Time\(s\)|\(set_id=<user*>\)|$)",
    ),
    (
        _EXIM,
        "mail",
        "rejected RCPT",
        _EXIM_LAST + r" (?:[A-Za-z]{1,3}=\S{1,255} ){0,8}F=\S+ (?:temporarily )?rejected RCPT \S+: <reason*>",
    ),
    (
        _EXIM,
        "mail",
        "sender verify fail",
        _EXIM_LAST + r" (?:[A-Za-z]{1,3}=\S{1,255} ){0,8}sender verify fail for \S+: <reason*>",
    ),
    (_EXIM, "mail", "rejected after DATA", _EXIM_LAST + r" (?:[A-Za-z]{1,3}=\S{1,255} ){0,8}<~>rejected after DATA: <reason*>"),
    (_EXIM, "mail", "rejected by", _EXIM_LAST + r" (?:[A-Za-z]{1,3}=\S{1,255} ){0,8}<~>(?P<reason>rejected by .{1,256})"),
    (_EXIM, "mail", "rejected EHLO", _EXIM_LAST + r" (?:[A-Za-z]{1,3}=\S{1,255} ){0,8}<~>(?P<reason>rejected EHLO .{1,256})"),
    (_EXIM, "mail", "rejected HELO", _EXIM_LAST + r" (?:[A-Za-z]{1,3}=\S{1,255} ){0,8}<~>(?P<reason>rejected HELO .{1,256})"),
    (
        _EXIM,
        "refused",
        "dropped: ",
        "SMTP call from " + _EXIM_HOST + r"(?: I=\[<dip>\](?::<dport>)?)? dropped: <reason~>(?: \(|$)",
    ),
    (
        _EXIM,
        "login",
        "AUTH command used when not advertised",
        'SMTP protocol error in ".{0,512}" H=' + _EXIM_HOST + r"(?: I=\[<dip>\](?::<dport>)?)? <reason*>",
    ),
    (_EXIM, "aborted", "no MAIL in SMTP", r"no MAIL in SMTP connection from " + _EXIM_HOST),
    (
        _EXIM,
        "refused",
        "closed by DROP in ACL",
        r"(?:[\w-]+ )?SMTP connection from " + _EXIM_HOST + "<~> closed by DROP in ACL",
    ),
    (
        _EXIM,
        "mail",
        "SA: Action: ",
        r"(?:[\w-]{16,23} )?SA: Action: <reason~>: .{0,1024}\(host=(?:<host> )?\[<ip>\]\)",
    ),
    (
        _EXIM,
        "refused",
        "synchronization error",
        "SMTP protocol synchronization error \\(<reason~>\\): rejected connection from H=" + _EXIM_HOST,
    ),
    # courier, cyrus, UW imapd, solid-pop3d, perdition, qmail
    (
        "imapd imapd-ssl pop3d pop3d-ssl courierpop3login courierpop3d courierimapd",
        "login",
        "LOGIN FAILED",
        r"LOGIN FAILED, (?:method=\S+, )?(?:user=<user*>, )?ip=\[<ip>\](?:, port=\[<port>\])?",
    ),
    ("imapd imapd-ssl pop3d pop3d-ssl", "success", "LOGIN, ", r"LOGIN, user=<user*>, ip=\[<ip>\](?:, port=\[<port>\])?"),
    (
        "courieresmtpd esmtpd",
        "login",
        "535 ",
        r'error,relay=<ip>,(?:port=<port>,)?msg="535 <reason~>"(?:,cmd: AUTH LOGIN <user>$)?',
    ),
    (
        "courieresmtpd esmtpd",
        "mail",
        "error,relay=",
        r"error,relay=<ip>,(?:port=<port>,)?(?:ident=[^,]*,)?from=<[^<>]*>,to=<[^<>]*>: <reason*>",
    ),
    (
        "imap imaps pop3 pop3s imapd pop3d lmtpd timsieved sieve nntpd",
        "login",
        "badlogin: ",
        r"badlogin: (?:<host> ?)?\[<ip>\] \S+ (?:<user> )?\[?(?P<reason>SASL.{1,256}?|authentication failure)\]?$",
    ),
    ("imap imaps pop3 pop3s imapd pop3d timsieved", "success", "login: ", r"login: (?:<host> ?)?\[<ip>\] <user> "),
    (
        "imapd ipop3d imap",
        "login",
        " host=",
        r"(?P<reason>Login failed|Login excessive login failures|Login disabled|Failed \S+ override of|AUTHENTICATE \S+ failure) (?:of )?(?:user=<user~> )?(?:auth=\S* )? ?host=(?:<host> )?\[<ip>\]",
    ),
    (
        "solid-pop3d",
        "login",
        " - ",
        r"(?P<reason>authentication failed|root login not allowed|can't find APOP secret)(?: for (?:mapped )?user <user~>)? - <ip>$",
    ),
    (
        "perdition",
        "login",
        'status="failed',
        r'Auth: <ip>:<port>->(?:<dip>:<dport>)? .{0,512}authentication_id="<user~>".{0,512}status="failed: <reason~>"',
    ),
    ("qmail rblsmtpd", "refused", "rblsmtpd: ", r"(?:\d+\.\d+ )?rblsmtpd: <ip> pid \d+ <reason*>"),
    ("qmail", "refused", "badiprbl", r"(?:\d+\.\d+ )?qmail-smtpd: \d{3} badiprbl: ip <ip> rbl: <reason*>"),
    ("rblsmtpd", "refused", " blocked ", r"<reason> blocked <ip> "),
    # webmail and groupware
    (
        "roundcube",
        "login",
        "ogin",
        r"(?:<\w+> )?(?:IMAP Error: |PHP Error: )?(?:FAILED login|Failed login|Login failed) for <user~>(?: against \S+)? from <ip>(?:\([^()]*\))?(?:$|\. [A-Z]|\.? in session \w+)",
    ),
    ("horde", "login", "FAILED LOGIN", r"(?:HORDE )?(?:\[\w{1,32}\] ){0,4}FAILED LOGIN for <user~> \[<ip>\]"),
    ("squirrelmail", "login", "[LOGIN_ERROR]", r"\[LOGIN_ERROR\] <user~> \(\S*\) from <ip>: <reason*>"),
    (
        "sogod",
        "login",
        "might not have worked",
        r"SOGoRootPage Login from '<ip>(?:, [^']*)?' for user '<user~>' might not have worked",
    ),
    ("openwebmail", "login", " error - ", r"\(<ip>\) <user~> - (?:login|userinfo) error - <reason*>"),
    (
        "oracleims",
        "login",
        'mi="Bad password"',
        r'<co .{0,512}tr="TCP\|<dip>\|<dport>\|<ip>\|<port>" ap="\w+" mi="<reason~>" us="<user~>"',
    ),
    (
        "domino",
        "login",
        "uthentication fail",
        r"(?i:smtp(?: server)?)(?: \[\S+\])?:? (?:Authentication failed for user <user*> ?; connecting host \[?<ip>\]?$|.{0,512} \[?<address>\]? authentication failure using <reason*>)",
    ),
    (
        "assp",
        "login",
        "uthentication",
        r"(?:\S+ )?(?:\[[\w-]+\] )*<ip> (?:<<user~>> )?(?:max sender authentication errors|\[SMTP Error\] 535) <reason*>",
    ),
    ("assp", "mail", "relay attempt blocked", r"(?:\S+ )?(?:\[[\w-]+\] )*<ip> <[^<>]*> to: \S+ <reason*>"),
    ("kerio", "login", "Failed ", r"(?P<reason>Failed \w+ login) from <ip>(?: with|, )"),
    ("kerio", "login", "doesn't exist", r"\w+: User <user> (?P<reason>doesn't exist)\. Attempt from IP address <ip>\."),
    ("kerio", "mail", "IP address ", r"(?:Attempt to deliver to unknown recipient \S+, from \S+, IP address <ip>$)"),
    ("kerio", "mail", "found in DNS blacklist", r"IP address <ip> <reason*>"),
    ("kerio", "mail", "rejected: ", r"Message from IP address <ip>, sender \S* rejected: <reason*>"),
    ("kerio", "attack", "attack detected", r"(?P<reason>SMTP Spam attack detected) from <ip>"),
)
