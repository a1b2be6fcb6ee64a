"""What differs between the plan and what the brokers hold, and what to do about it. Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from vagt.bus.brokers.acls import Acl, unexpected
from vagt.bus.brokers.plan import TopicPlan, topic_plan
from vagt.errors import SettingsError
from vagt.settings.bus import BusSettings
from vagt.settings.kafka_access import KafkaUser
from vagt.topics import raw_topic, split_raw_topic

SET_CONFIGS, REMOVE_ACLS = "--set-configs", "--remove-acls"
_MOVES_KEYS = "left as it is: another count moves keys to other partitions, so their order is lost across the change"


class FoundTopic(NamedTuple):
    """A topic of the brokers. `replication`: copies of the partition that has fewest."""

    partitions: int
    replication: int
    configs: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Found:
    """What the brokers hold. `acls` is empty where access is not controlled; `users`: mechanisms by SCRAM user."""

    topics: Mapping[str, FoundTopic]
    acls: frozenset[Acl] = frozenset()
    users: Mapping[str, frozenset[str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Plan:
    """What they should hold. `tenants` and `sources`: whose raw topics may be there; `groups`: our consumer groups."""

    settings: BusSettings
    topics: Mapping[str, TopicPlan]
    acls: frozenset[Acl]
    users: tuple[KafkaUser, ...]
    tenants: frozenset[str]
    sources: frozenset[str]
    groups: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Drift:
    """One difference. `subject`: what it is about, for whoever mends it."""

    kind: Literal["topic", "partitions", "replication", "config", "acl", "user"]
    name: str
    state: Literal["missing", "extra", "differs"]
    wanted: str
    found: str
    advice: str
    subject: TopicPlan | Acl | KafkaUser | tuple[str, str, str] | None = None


def drift(plan: Plan, found: Found) -> list[Drift]:
    """All differences: topics and their settings, access, users."""
    return [*_topics(plan, found), *_acls(plan, found), *_users(plan, found)]


def _topics(plan: Plan, found: Found) -> Iterator[Drift]:
    for name, wanted in plan.topics.items():
        if name not in found.topics:
            yield Drift("topic", name, "missing", _described(wanted), "", "vagt kafka setup", wanted)
    for name, topic in sorted(found.topics.items()):
        if name in plan.topics:
            yield from _differences(plan.topics[name], topic)
        elif name.startswith("raw."):
            yield from _raw_topic(plan, name, topic)


def _raw_topic(plan: Plan, name: str, found: FoundTopic) -> Iterator[Drift]:
    """Ingest makes topics of sources that nobody registered; a name that no log of ours can have is shown."""
    if why := _stranger(plan, name):
        yield Drift("topic", name, "extra", "", f"{found.partitions} partitions", why)
    else:
        yield from _differences(topic_plan(plan.settings, name), found)


def _stranger(plan: Plan, name: str) -> str:
    try:
        tenant, source = split_raw_topic(name)
        raw_topic(tenant, source)
    except (ValueError, SettingsError):
        return "no name of a raw topic (raw.<tenant>.<vendor>.<product>): see who made it, then delete it"
    if tenant not in plan.tenants:
        return f"the unit serves no municipality {tenant}: see who made it, then delete it"
    if source is not None and source not in plan.sources:
        return f"no source {source}: what is written there becomes dead letters"
    return ""


def _described(plan: TopicPlan) -> str:
    return f"{plan.partitions} partitions, {plan.replication} copies"


def _differences(wanted: TopicPlan, found: FoundTopic) -> Iterator[Drift]:
    name = wanted.name
    if found.partitions != wanted.partitions:
        yield Drift("partitions", name, "differs", str(wanted.partitions), str(found.partitions), _MOVES_KEYS)
    if found.replication != wanted.replication:
        advice = "left as it is: kafka-reassign-partitions.sh moves copies"
        yield Drift("replication", name, "differs", str(wanted.replication), str(found.replication), advice)
    for config, value in wanted.configs.items():
        if (present := found.configs.get(config, "")) != value:
            advice = f"vagt kafka setup {SET_CONFIGS}"
            yield Drift("config", f"{name} {config}", "differs", value, present, advice, (name, config, value))


def _acls(plan: Plan, found: Found) -> Iterator[Drift]:
    for acl in sorted(plan.acls - found.acls):
        yield Drift("acl", acl.principal, "missing", str(acl), "", "vagt kafka setup", acl)
    for acl in unexpected(found.acls, plan.acls, plan.settings.kafka, (*plan.topics, *plan.groups)):
        yield Drift("acl", acl.principal, "extra", "", str(acl), f"vagt kafka setup {REMOVE_ACLS}", acl)


def _users(plan: Plan, found: Found) -> Iterator[Drift]:
    for user in plan.users:
        if user.mechanism not in found.users.get(user.name, ()):
            present = ", ".join(sorted(found.users.get(user.name, ())))
            yield Drift("user", user.name, "missing", user.mechanism, present, "vagt kafka setup", user)
