"""Messages of web applications and appliances that log failed logins themselves."""

# ruff: noqa: E501  (a pattern stays on one line)

from normalise.sources.linux_daemons.shapes import Row

APPLICATIONS: tuple[Row, ...] = (
    (
        "bitwarden bitwarden-identity",
        "login",
        "Failed login attempt",
        r"(?:\[\S+\] )?(?P<reason>Failed login attempt(?:, 2FA invalid)?)\. <ip>$",
    ),
    (
        "vaultwarden",
        "login",
        "IP: ",
        r"(?:\[[\w:]{1,128}\]){0,2} ?(?P<reason>(?:Username or password is incorrect|Invalid admin token|Invalid TOTP code)[.!]).{0,128}?IP: <ip>\.?(?: Username: <user~>)?\.?$",
    ),
    ("gitlab", "login", "Failed Login: ", r"(?P<reason>Failed Login): username=<user*> ip=<ip>$"),
    (
        "grafana",
        "login",
        "remote_addr=",
        r'.{0,512}msg="?(?P<reason>Invalid username or password)"? .{0,512}remote_addr=\[?<ip>\]?',
    ),
    (
        "drupal",
        "login",
        "|user|",
        r"\S+\|\d+\|user\|<ip>\|.{0,1024}\|\d*\|.{0,256}\|(?P<reason>Login attempt failed) (?:for|from) <user*>\.$",
    ),
    ("froxlor", "login", "tried to login", r"\[Login Action <ip>\] (?P<reason>Unknown user|User) '<user~>' tried to login"),
    ("froxlor", "login", "ried to login", r'froxlor\.\w+: (?P<reason>.{1,128}?) \{"source":"login",.{0,128}?"user":"<ip>"'),
    ("directadmin", "login", "failed login attempts", r"'<ip>' \d+ (?P<reason>failed login attempts)\. Account '<user~>'"),
    ("webmin", "login", "login as ", r"(?P<reason>Non-existent login|Invalid login|Failed login) as <user*> from <ip>"),
    ("tine20", "login", "Login with username", r".{0,256}?Login with username <user*> from <ip> (?P<reason>failed)"),
    ("routeros", "login", "login failure for user", r"[\w,]+ (?P<reason>login failure) for user <user*> from <ip> via \S+"),
    ("routeros", "success", "logged in from", r"[\w,]+ user <user*> logged in from <ip> via \S+"),
    (
        "lighttpd",
        "login",
        "IP: ",
        r"\(?(?:http_auth|mod_auth)\.c\.\d+\) (?:(?P<reason>password doesn't match) for \S+ username: <user~>,? IP: <ip>$|(?P<why>get_password failed|digest: auth failed)(?: for +<account> : wrong password)?.{0,64}?,? IP: <address>$)",
    ),
    ("openhab", "request", '" 40', r'<ip> -  -  \[[^\]]*\] "[^"]*" (?P<reason>401|403) '),
    ("monitorix", "request", " - [", r"(?P<reason>NOTEXIST|NOTALLOWED|AUTHERR) - \[<ip>\]"),
)
