"""Sources other than Windows: which Sigma logsources their events are, and where Sigma's fields are in ECS.

A rule may only name fields of the table of its source; another field refuses the rule, for it could never match.
"""

from dataclasses import dataclass, field

LINUX_SERVICES = {
    "sshd": "sshd",
    "sudo": "sudo",
    "cron": "cron",
    "crond": "cron",
    "anacron": "cron",
    "clamd": "clamav",
    "freshclam": "clamav",
    "vsftpd": "vsftpd",
    "guacd": "guacamole",
}
ASA_COMMANDS = frozenset(("111008", "111009", "111010"))  # "User ... executed ..."


@dataclass(frozen=True, slots=True)
class Family:
    """One kind of source: the logsources that its events can be of, and its fields; `prefix`: all others below it."""

    name: str
    products: frozenset[str | None]
    categories: frozenset[str | None]
    services: frozenset[str | None]
    fields: dict[str | None, str | list[str]] = field(default_factory=dict)
    prefix: str | None = None


def _words(*words: str | None) -> frozenset[str | None]:
    return frozenset(words)


_FLOW: dict[str | None, str | list[str]] = {
    "src_ip": "source.ip",
    "src_port": "source.port",
    "dst_ip": "destination.ip",
    "dst_port": "destination.port",
    "action": "event.action",
    "protocol": "network.transport",
}
_WEB: dict[str | None, str | list[str]] = {
    "c-uri": "url.original|url.path",
    "c-uri-query": "url.query",
    "c-uri-extension": "url.extension",
    "c-uri-stem": "url.path",
    "cs-uri": "url.original|url.path",
    "cs-uri-query": "url.query",
    "cs-uri-stem": "url.path",
    "cs-host": "url.domain",
    "r-dns": "url.domain",
    "c-useragent": "user_agent.original",
    "cs-user-agent": "user_agent.original",
    "cs-method": "http.request.method",
    "cs-referer": "http.request.referrer",
    "cs-referrer": "http.request.referrer",
    "cs-content-type": "http.response.mime_type",
    "sc-status": "http.response.status_code",
    "cs-username": "user.name",
    "c-ip": "source.ip",
    "src_ip": "source.ip",
    "dst_ip": "destination.ip",
}
_DNS: dict[str | None, str | list[str]] = {
    "query": "dns.question.name",
    "record_type": "dns.question.type",
    "answer": "dns.answers.data|dns.resolved_ip",
    "src_ip": "source.ip",
    "dst_ip": "destination.ip",
}

FAMILIES = (
    Family(
        "linux",
        _words(None, "linux"),
        _words(None),
        _words(None, "auth", "syslog", *LINUX_SERVICES.values()),
        {"USER": "user.effective.name", "COMMAND": "process.command_line"},
    ),
    Family(
        "fortigate", _words("fortigate", "fortios"), _words(None), _words(None, "event", "sslvpnd"), {}, "fortinet.fortigate"
    ),
    Family("cisco", _words("cisco"), _words(None), _words("aaa"), {}),
    Family("firewall", _words(None), _words("firewall"), _words(None), _FLOW),
    Family("web", _words(None), _words("proxy", "webserver"), _words(None), _WEB),
    Family("dns", _words(None), _words("dns"), _words(None), _DNS),
)
