"""Lines that Logprep's dissector, a grok pipeline and vagt all read, by kind; and the fields that all must give alike.

Each kind has a fixed layout, as a dissector asks for; attributes vary from line to line, the same every run.
"""

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass

_AGENTS = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:133.0) Gecko/20100101 Firefox/133.0",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Safari/605.1.15",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36",
)
_PATHS = ("/", "/borger/selvbetjening?sag=771", "/favicon.ico", "/api/v1/sager/17", "/login?return=%2Fsager")
_USERS = [f"{first}.{last}" for first in ("anne", "bo", "carl", "dorte", "erik", "freja") for last in range(100)]


@dataclass(frozen=True)
class Kind:
    """A source of vagt, how its lines are made, and the main fields that each side must give."""

    source: str
    line: Callable[["Values", int], str]
    fields: tuple[str, ...]


class Values:
    """What varies in a line."""

    def __init__(self, seed: str) -> None:
        self.dice = random.Random(seed)
        self.hosts = [f"10.{self._byte()}.{self._byte()}.{self._byte()}" for _ in range(3000)]
        self.second = 0

    def _byte(self) -> int:
        return self.dice.randrange(1, 255)

    def clock(self) -> str:
        """The next second, or the same again."""
        self.second += self.dice.random() < 0.2
        return f"{10 + self.second // 3600:02d}:{self.second // 60 % 60:02d}:{self.second % 60:02d}"

    def ip(self) -> str:
        """Inside."""
        return self.dice.choice(self.hosts)

    def outside(self) -> str:
        """Of the documentation's networks."""
        return f"{self.dice.choice(('198.51.100', '203.0.113'))}.{self._byte()}"

    def port(self) -> int:
        """Of a client."""
        return self.dice.randrange(10_000, 65_000)

    def user(self) -> str:
        """A name."""
        return self.dice.choice(_USERS)

    def one_of(self, choices: tuple[str, ...]) -> str:
        """Any."""
        return self.dice.choice(choices)

    def number(self, least: int, most: int) -> int:
        """Any."""
        return self.dice.randrange(least, most)


def _sshd(values: Values, number: int) -> str:
    user, origin = values.user(), f"from {values.outside()} port {values.port()}"
    text = (
        f"Accepted password for {user} {origin} ssh2",
        f"Failed password for {user} {origin} ssh2",
        f"Failed password for invalid user {user} {origin} ssh2",
        f"Invalid user {user} {origin}",
        f"Accepted publickey for {user} {origin} ssh2: ED25519 SHA256:q1w2e3r4t5y6u7i8o9p0aAsSdDfFgGhHjJkKlLzZxXc",
    )[number % 5]
    return f"Nov 22 {values.clock()} srv-web01 sshd[{values.number(1000, 30000)}]: {text}"


def _asa(values: Values, number: int) -> str:
    outer, outer_port, inner, connection = values.outside(), values.port(), values.ip(), values.number(800_000, 900_000)
    severity, code, text = (
        (
            6,
            302013,
            f"Built inbound TCP connection {connection} for outside:{outer}/{outer_port} ({outer}/{outer_port}) "
            f"to dmz:{inner}/443 (203.0.113.10/443)",
        ),
        (
            6,
            302014,
            f"Teardown TCP connection {connection} for outside:{outer}/{outer_port} to dmz:{inner}/443 "
            f"duration 0:00:{values.number(10, 60)} bytes {values.number(100, 900_000)} TCP FINs from outside",
        ),
        (
            6,
            302015,
            f"Built inbound UDP connection {connection} for outside:{outer}/{outer_port} ({outer}/{outer_port}) "
            f"to dmz:{inner}/53 (203.0.113.11/53)",
        ),
        (
            4,
            106023,
            f'Deny tcp src outside:{outer}/{outer_port} dst inside:{inner}/22 by access-group "outside_in" [0x0, 0x0]',
        ),
    )[number % 4]
    return f"<{160 + severity}>Nov 22 2026 {values.clock()} asa-raadhus : %ASA-{severity}-{code}: {text}"


def _access(values: Values, number: int) -> str:
    user = values.user() if number % 4 == 0 else "-"
    return (
        f"{values.outside()} - {user} [22/Nov/2026:{values.clock()} +0100] "
        f'"GET {values.one_of(_PATHS)} HTTP/1.1" {values.one_of(("200", "304", "404"))} {values.number(100, 90_000)} '
        f'"https://www.nordby.example/" "{values.one_of(_AGENTS)}"'
    )


def _fortigate(values: Values, number: int) -> str:
    clock, source_port = values.clock(), values.port()
    return (
        f'<189>date=2026-11-22 time={clock} devname="fw-raadhus-01" devid="FG100FTK26000001" '
        f'eventtime={1795338000 + values.second}123456789 tz="+0100" logid="0000000013" type="traffic" subtype="forward" '
        f'level="notice" vd="root" srcip={values.ip()} srcport={source_port} srcintf="lan" srcintfrole="lan" '
        f'dstip={values.outside()} dstport=443 dstintf="wan1" dstintfrole="wan" srccountry="Reserved" dstcountry="Denmark" '
        f'sessionid={values.number(800_000, 900_000)} proto=6 action="{("close", "deny")[number % 10 == 0]}" policyid=12 '
        'policytype="policy" poluuid="0d1e6f5c-0000-51ee-8000-00000000000c" policyname="lan-to-internet" service="HTTPS" '
        f'trandisp="snat" transip=203.0.113.5 transport={source_port} appcat="unscanned" duration={values.number(1, 600)} '
        f"sentbyte={values.number(100, 90_000)} rcvdbyte={values.number(100, 900_000)} sentpkt={values.number(1, 99)} "
        f"rcvdpkt={values.number(1, 99)}"
    )


def _iptables(values: Values, number: int) -> str:
    rest = (
        f"PROTO=TCP SPT={values.port()} DPT=23 WINDOW=64240 RES=0x00 SYN URGP=0 ",
        f"PROTO=UDP SPT={values.port()} DPT=161 LEN=83 ",
    )[number % 2]
    return (
        f"Nov 22 {values.clock()} web01 kernel: [12345.678901] DROP_INPUT: IN=eth0 OUT= "
        f"MAC=00:00:5e:00:53:01:00:00:5e:00:53:02:08:00 SRC={values.outside()} DST={values.ip()} LEN=60 TOS=0x00 PREC=0x00 "
        f"TTL=52 ID={values.number(1, 65_000)} DF {rest}"
    )


def _squid(values: Values, number: int) -> str:
    values.clock()
    return (
        f"{1795339230 + values.second}.{values.number(100, 999)} {values.number(1, 900)} {values.ip()} "
        f"{values.one_of(('TCP_MISS/200', 'TCP_MEM_HIT/200', 'TCP_DENIED/403'))} {values.number(300, 90_000)} GET "
        f"http://www.example.com{values.one_of(_PATHS)} {values.user()} HIER_DIRECT/{values.outside()} text/html"
    )


_ENDS = ("@timestamp", "source.ip", "source.port", "destination.ip", "destination.port")
_INTERFACES = ("observer.ingress.interface.name", "observer.egress.interface.name")
_HTTP = ("http.request.method", "http.response.status_code", "url.original")
KINDS = {
    "sshd": Kind(
        "linux.auth",
        _sshd,
        ("@timestamp", "host.hostname", "process.name", "process.pid", "source.ip", "source.port", "user.name"),
    ),
    "asa": Kind("cisco.asa", _asa, (*_ENDS, *_INTERFACES, "event.code", "event.severity", "observer.hostname")),
    "access": Kind(
        "nginx.server",
        _access,
        ("@timestamp", "source.address", *_HTTP, "http.response.body.bytes", "http.version", "user_agent.original"),
    ),
    "fortigate": Kind(
        "fortinet.fortigate",
        _fortigate,
        (*_ENDS, *_INTERFACES, "event.action", "observer.name", "rule.name", "source.bytes", "destination.bytes"),
    ),
    "iptables": Kind("linux.netfilter", _iptables, (*_ENDS, "host.hostname", "network.transport", _INTERFACES[0])),
    "squid": Kind(
        "squid.proxy",
        _squid,
        ("@timestamp", "source.ip", *_HTTP, "http.response.bytes", "user.name", "destination.address", "event.action"),
    ),
}


def lines(kind: str, count: int) -> Iterator[str]:
    """`count` lines of a kind."""
    values = Values(kind)
    for number in range(count):
        yield KINDS[kind].line(values, number)
