"""Who may do what at the brokers: from settings and each worker's rights to access control entries. Pure.

Read and Write bring Describe with them, and Write on any topic is all that an idempotent producer needs (KIP-679). A name
that ends in `*` is a prefix; a municipality's ends with the dot, so that `raw.75.` never reaches `raw.751.`.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from vagt.errors import SettingsError
from vagt.settings.bus import KafkaSettings
from vagt.tenants import Tenants

ALL_OTHERS = "all"


class Acl(NamedTuple):
    """One entry, in Kafka's words. `resource`: topic, group, cluster …; `pattern`: literal or prefixed."""

    principal: str
    operation: str
    resource: str
    name: str
    pattern: str
    permission: str = "allow"
    host: str = "*"

    def __str__(self) -> str:
        place = f"{self.resource} {self.name}{'*' if self.pattern == 'prefixed' else ''}"
        host = "" if self.host == "*" else f" from {self.host}"
        return f"{self.permission} {self.principal} {self.operation} {place}{host}"


@dataclass(frozen=True, slots=True)
class Rights:
    """What one worker does on the bus: names of topics, or prefixes ending in `*`; `groups`: consumer groups it is in."""

    reads: tuple[str, ...] = ()
    writes: tuple[str, ...] = ()
    creates: tuple[str, ...] = ()
    describes: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    describes_groups: tuple[str, ...] = ()


def is_controlled(settings: KafkaSettings) -> bool:
    """Whether the settings name anybody who has rights."""
    return bool(settings.services or settings.shippers)


def wanted_acls(settings: KafkaSettings, workers: Mapping[str, Rights], tenants: Tenants) -> frozenset[Acl]:
    """All entries that should be there. `workers`: every worker's rights by its name.

    Raises SettingsError: a service that is no worker, a tenant that the unit does not serve, one principal for two.
    """
    if not is_controlled(settings):
        return frozenset()
    _check_services(settings.services, workers)
    _check_shippers(settings, tenants)
    wanted: set[Acl] = set()
    for worker, rights in workers.items():
        if principal := settings.services.get(worker) or settings.services.get(ALL_OTHERS):
            wanted.update(_of_worker(f"User:{principal}", rights))
    for shipper in settings.shippers:
        wanted.add(_entry(f"User:{shipper.principal}", "write", "topic", f"raw.{shipper.tenant}.*"))
    return frozenset(wanted)


def our_principals(settings: KafkaSettings) -> frozenset[str]:
    """Principals whose every right comes from these settings."""
    return frozenset(f"User:{name}" for name in (*settings.services.values(), *(one.principal for one in settings.shippers)))


def unexpected(found: Iterable[Acl], wanted: frozenset[Acl], settings: KafkaSettings, names: Iterable[str]) -> list[Acl]:
    """Entries that should not be there: more rights of our principals, and anybody's on our topics and groups (`names`)."""
    ours = our_principals(settings)
    foreign = {f"User:{name}" for name in settings.foreign_principals}
    own_names = (*names, "raw.*")
    return sorted(
        acl
        for acl in set(found) - wanted
        if acl.principal in ours or (acl.principal not in foreign and _touches(acl, own_names))
    )


def _of_worker(principal: str, rights: Rights) -> Iterable[Acl]:
    for operation, topics in (("read", rights.reads), ("write", rights.writes), ("create", rights.creates)):
        yield from (_entry(principal, operation, "topic", topic) for topic in topics)
    # whoever makes a topic waits until it is there; reading and writing imply describing, creating does not
    yield from (_entry(principal, "describe", "topic", topic) for topic in (*rights.describes, *rights.creates))
    yield from (_entry(principal, "read", "group", group) for group in rights.groups)
    yield from (_entry(principal, "describe", "group", group) for group in rights.describes_groups)


def _entry(principal: str, operation: str, resource: str, name: str) -> Acl:
    prefixed = name.endswith("*")
    return Acl(principal, operation, resource, name.removesuffix("*"), "prefixed" if prefixed else "literal")


def _touches(acl: Acl, names: Iterable[str]) -> bool:
    if acl.resource not in ("topic", "group"):
        return False
    return acl.name == "*" or any(_overlap(acl, name) for name in names)


def _overlap(acl: Acl, name: str) -> bool:
    prefix = name.endswith("*")
    name = name.removesuffix("*")
    covers = acl.name == name if acl.pattern == "literal" else name.startswith(acl.name)
    return covers or (prefix and acl.name.startswith(name))


def _check_services(services: Mapping[str, str], workers: Mapping[str, Rights]) -> None:
    for name in services:
        if name not in workers and name != ALL_OTHERS:
            raise SettingsError(
                f"bus.kafka.services.{name}: no such worker; there are {', '.join(sorted(workers))}, {ALL_OTHERS}"
            )


def _check_shippers(settings: KafkaSettings, tenants: Tenants) -> None:
    owner: dict[str, str] = {}
    for shipper in settings.shippers:
        tenants.require(shipper.tenant)
        name = shipper.principal
        if name in settings.services.values():
            raise SettingsError(f"bus.kafka.shippers: {name} is also a principal of services; give the shipper one of its own")
        if owner.setdefault(name, shipper.tenant) != shipper.tenant:
            raise SettingsError(
                f"bus.kafka.shippers: {name} is given for {owner[name]} and {shipper.tenant}; give each its own"
            )
