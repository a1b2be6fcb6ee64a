"""What the program's name and a few fixed messages say for certain: category, type, and the fields in the text."""

import re

from normalise.sources.linux_daemons.readers import read_by_words, read_daemon
from vagt.contracts.event import Event

_CATEGORIES = {
    "email": "postfix sendmail exim exim4 opensmtpd smtpd dovecot opendkim opendmarc rspamd spamd amavis cyrus",
    "network": "named unbound dhcpd dhclient dnsmasq openvpn charon pluto pppd strongswan wpa_supplicant hostapd keepalived",
    "web": "nginx apache2 httpd haproxy squid lighttpd caddy",
    "database": "mysqld mariadbd mariadb postgres postgresql mongod redis-server",
    "package": "dpkg apt apt-get yum dnf zypper unattended-upgrade",
}
CATEGORY_OF = {program: category for category, programs in _CATEGORIES.items() for program in programs.split()}
_CRON_COMMAND = re.compile(r"\(([^()\s]{1,64})\) CMD \((.*)\)\s*", re.DOTALL)
_OOM = re.compile(
    r"(?:\[ *[0-9.]{1,20}\] )?(?:Memory cgroup out|Out) of memory: Kill(?:ed)? process ([0-9]{1,10}) \(([^()]{1,64})\)"
)


def describe(program: str, message: str, event: Event) -> None:
    """Add to `event` what is known about `program` (as the header names it) and `message`."""
    if read_daemon(program, message, event) or read_by_words(message, event):
        return
    base = program.partition("/")[0].lower()
    category = CATEGORY_OF.get(base)
    if category is not None:
        event["event"].update(category=[category], type=["info"])
    elif base in ("cron", "crond", "/usr/sbin/cron"):
        _describe_cron(message, event)
    elif base == "kernel":
        _describe_kernel(message, event)


def _describe_cron(message: str, event: Event) -> None:
    if match := _CRON_COMMAND.fullmatch(message[:8192]):
        event["event"].update(category=["process"], type=["start"], action="cron_command")
        event["user"] = {"name": match[1]}
        event["process"]["command_line"] = match[2]


def _describe_kernel(message: str, event: Event) -> None:
    if "of memory: Kill" in message and (match := _OOM.match(message)):
        event["event"].update(category=["process"], type=["end"], action="oom_kill")
        event["process"] = {"name": match[2], "pid": int(match[1])}
