"""What of a finding may leave: outside addresses, domains, hashes and urls as they are; accounts, hosts and inside
addresses as pseudonyms; all else stays, and why is noted. Log lines and matched fields are never looked at.
"""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from urllib.parse import urlsplit, urlunsplit

from cert_bridge.pseudonyms import Pseudonyms
from vagt.contracts.event import Event, get_field
from vagt.settings.cert_bridge import CertBridgeSettings, TargetSettings

Address = IPv4Address | IPv6Address

_INSIDE = tuple(
    ip_network(text)
    for text in (
        "10.0.0.0/8",
        "172.16.0.0/12",
        "192.168.0.0/16",
        "100.64.0.0/10",
        "127.0.0.0/8",
        "169.254.0.0/16",
        "224.0.0.0/4",
        "0.0.0.0/8",
        "255.255.255.255/32",
        "fc00::/7",
        "fe80::/10",
        "ff00::/8",
        "::1/128",
        "::/128",
    )
)
_INSIDE_DOMAINS = (
    "local",
    "lan",
    "internal",
    "intern",
    "intra",
    "corp",
    "home.arpa",
    "localdomain",
    "in-addr.arpa",
    "ip6.arpa",
)
# A civil registration number: day, month, year, four digits, with or without a mark between.
_CPR = re.compile(r"(?<!\d)(?:0[1-9]|[12]\d|3[01])(?:0[1-9]|1[0-2])\d{2}[- ]?\d{4}(?!\d)")
_MAIL = re.compile(r"[^\s@/]+@[^\s@/]+")
_DOMAIN = re.compile(r"(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\.)+(?:[a-z]{2,63}|xn--[a-z0-9-]{2,59})")
_HASHES = {"md5": ("MD5", 32), "sha1": ("SHA-1", 40), "sha256": ("SHA-256", 64), "sha512": ("SHA-512", 128)}
_FOLD = str.maketrans({"æ": "ae", "ø": "oe", "å": "aa", "ö": "oe", "ä": "ae", "é": "e", "ü": "u"})
# Accounts that every machine has say nothing of a person; they are pseudonyms too, but may stand in a rule's text.
_GENERIC = frozenset({"root", "admin", "administrator", "system", "guest", "nobody", "user", "daemon", "www-data", "test"})
_ADDRESS_FIELDS = ("source.ip", "destination.ip")
_DOMAIN_FIELDS = ("source.domain", "destination.domain", "url.domain", "dns.question.name")
_ACCOUNT_FIELDS = ("user.name", "user.target.name", "user.effective.name")
_HOST_FIELDS = ("host.name", "host.hostname", "observer.name", "observer.hostname")
_NAMED_FIELDS = ("related.user", "related.hosts", "user.email", "user.full_name", "user.id", "host.ip", "host.mac", "host.id")


@dataclass(slots=True)
class Observed:
    """What may be shared of some findings. `withheld`: reason -> how often; `names`: clear values that no text may hold."""

    addresses: set[str] = field(default_factory=set)
    domains: set[str] = field(default_factory=set)
    urls: set[str] = field(default_factory=set)
    hashes: set[tuple[tuple[str, str], ...]] = field(default_factory=set)
    accounts: set[str] = field(default_factory=set)
    hosts: set[str] = field(default_factory=set)
    zones: set[str] = field(default_factory=set)
    withheld: Counter[str] = field(default_factory=Counter)
    names: set[str] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class Minimiser:
    """Minimises for one target and one municipality (`tenant_name` as people spell it)."""

    settings: CertBridgeSettings
    target: TargetSettings
    pseudonyms: Pseudonyms
    tenant: str
    tenant_name: str

    def observe(self, findings: Iterable[Event]) -> Observed:
        """What may be shared of `findings`, all of this tenant."""
        seen = Observed()
        if self.target.municipality == "pseudonym":
            seen.names.add(self.tenant_name)
        for finding in findings:
            for name in _ADDRESS_FIELDS:
                self._address(seen, _texts(finding, name))
            for name in _DOMAIN_FIELDS:
                self._domains(seen, _texts(finding, name))
            self._urls(seen, _texts(finding, "url.full") or _texts(finding, "url.original"))
            self._hashes(seen, finding)
            self._people(seen, finding)
            seen.withheld["log lines and matched fields are never shared"] += 1
        return seen

    def sees(self, kind: str) -> bool:
        """Whether the target gets this kind at all."""
        return kind in self.target.share

    def is_inside(self, address: Address) -> bool:
        """Whether `address` is one of ours: private, or in `internal_networks`."""
        if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
            address = address.ipv4_mapped
        own = (ip_network(network) for network in self.settings.internal_networks)
        return any(address.version == network.version and address in network for network in (*_INSIDE, *own))

    def _address(self, seen: Observed, texts: Sequence[str]) -> None:
        for text in texts:
            try:
                address = ip_address(text.partition("%")[0])
            except ValueError:
                seen.withheld["address that is none"] += 1
                continue
            if not self.is_inside(address):
                self._add(seen.addresses, seen, "addresses", str(address))
                continue
            seen.names.add(text)
            seen.withheld["inside address: its zone as a pseudonym"] += 1
            self._add(seen.zones, seen, "zones", self.zone(address))

    def zone(self, address: Address) -> str:
        """The pseudonym of the network (/24, IPv6 /64) that an inside address lies in."""
        network = ip_network(f"{address}/{24 if address.version == 4 else 64}", strict=False)
        return self.pseudonyms.of("zone", self.tenant, str(network))

    def _domains(self, seen: Observed, texts: Sequence[str]) -> None:
        for text in texts:
            domain = text.rstrip(".").casefold()
            reason = self._why_no_domain(domain)
            if reason is None:
                self._add(seen.domains, seen, "domains", domain)
            else:
                seen.withheld[reason] += 1
                if "." in domain or len(domain) > 3:
                    seen.names.add(domain)

    def _why_no_domain(self, domain: str) -> str | None:
        if not _DOMAIN.fullmatch(domain):
            return "name that is no outside domain"
        inside = (*_INSIDE_DOMAINS, *(one.casefold().strip(".") for one in self.settings.internal_domains))
        if any(domain == one or domain.endswith(f".{one}") for one in inside):
            return "inside domain"
        if self.target.municipality == "pseudonym" and any(spelling in domain for spelling in _spellings(self.tenant_name)):
            return "domain that names the municipality"
        return "domain that may hold personal data" if _CPR.search(domain) or len(domain) > 253 else None

    def _urls(self, seen: Observed, texts: Sequence[str]) -> None:
        for text in texts:
            try:
                parts = urlsplit(text)
                host = (parts.hostname or "").casefold()
                port = f":{parts.port}" if parts.port else ""
            except ValueError:
                seen.withheld["url that is none"] += 1
                continue
            if parts.scheme not in ("http", "https", "ftp") or not self._may_name(host):
                seen.withheld["url of an inside host"] += 1
                continue
            if parts.query or parts.fragment or "@" in parts.netloc:
                seen.withheld["user, query and fragment of a url"] += 1
            if _CPR.search(parts.path) or _MAIL.search(parts.path) or self._names_us(parts.path):
                seen.withheld["path of a url that may hold personal data"] += 1
                parts = parts._replace(path="/")
            shown = f"[{host}]" if ":" in host else host
            self._add(seen.urls, seen, "urls", urlunsplit((parts.scheme, shown + port, parts.path, "", "")))

    def _may_name(self, host: str) -> bool:
        try:
            return not self.is_inside(ip_address(host))
        except ValueError:
            return self._why_no_domain(host) is None

    def _names_us(self, text: str) -> bool:
        folded = text.casefold()
        return self.target.municipality == "pseudonym" and any(one in folded for one in _spellings(self.tenant_name))

    def _hashes(self, seen: Observed, finding: Event) -> None:
        for owner in ("file", "process"):
            found = get_field(finding, f"{owner}.hash")
            if not isinstance(found, dict):
                continue
            good = [(_HASHES[name][0], str(value).lower()) for name, value in found.items() if _is_hash(name, str(value))]
            if good and self.sees("hashes"):
                seen.hashes.add(tuple(sorted(good)))

    def _people(self, seen: Observed, finding: Event) -> None:
        for name in _ACCOUNT_FIELDS:
            for text in _texts(finding, name):
                seen.withheld["account: a pseudonym"] += 1
                self._add(seen.accounts, seen, "accounts", self.pseudonyms.of("user", self.tenant, text))
                seen.names.add(text)
        for name in _HOST_FIELDS:
            for text in _texts(finding, name):
                seen.withheld["host: a pseudonym"] += 1
                self._add(seen.hosts, seen, "hosts", self.pseudonyms.of("host", self.tenant, text))
                seen.names.add(text)
        for name in _NAMED_FIELDS:
            seen.names.update(_texts(finding, name))
        for text in _texts(finding, "related.ip"):
            if _is_address(text) and self.is_inside(ip_address(text.partition("%")[0])):
                seen.names.add(text)

    def _add(self, into: set[str], seen: Observed, kind: str, value: str) -> None:
        if self.sees(kind):
            into.add(value)
        else:
            seen.withheld[f"{kind}: not shared with this target"] += 1


def clean_text(text: str, names: Iterable[str]) -> str:
    """`text` without any of `names`, CPR numbers or mail addresses; each is `[withheld]`."""
    text = _CPR.sub("[withheld]", _MAIL.sub("[withheld]", text))
    telling = sorted((name for name in names if _is_telling(name)), key=lambda name: (-len(name), name))
    if not telling:
        return text
    every = "|".join(re.escape(name) for name in telling)
    return re.sub(rf"(?<!\w)(?:{every})(?!\w)", "[withheld]", text, flags=re.IGNORECASE)


def _is_telling(name: str) -> bool:
    return bool(name.strip()) and name.casefold() not in _GENERIC


def _texts(finding: Event, dotted: str) -> list[str]:
    value = get_field(finding, dotted)
    values = value if isinstance(value, list) else [value]
    return [one for one in values if isinstance(one, str) and one]


def _spellings(name: str) -> set[str]:
    """How a municipality's name may stand in a domain: `høje-taastrup`, `hoeje-taastrup`, `hojetaastrup`."""
    folded = name.casefold()
    bare = folded.replace("ø", "o").replace("å", "a").replace("æ", "ae")
    spelt = {folded, folded.translate(_FOLD), bare}
    return {text.replace(gap, "") for text in spelt for gap in ("", " ", "-")} | {text.replace(" ", "-") for text in spelt}


def _is_hash(name: str, value: str) -> bool:
    return name in _HASHES and re.fullmatch(rf"[0-9a-fA-F]{{{_HASHES[name][1]}}}", value) is not None


def _is_address(text: str) -> bool:
    try:
        ip_address(text.partition("%")[0])
    except ValueError:
        return False
    return True
