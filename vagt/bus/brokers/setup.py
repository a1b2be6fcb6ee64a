"""`vagt kafka setup` and `check` at the brokers: reads what is there, makes what is missing, changes what it is told to."""

from collections.abc import Iterable, Sequence

from kafka.admin import (
    ACL,
    ACLFilter,
    ACLOperation,
    ACLPermissionType,
    ACLResourcePatternType,
    ConfigResource,
    KafkaAdminClient,
    ResourcePattern,
    ResourcePatternFilter,
    ResourceType,
    UserScramCredentialUpsertion,
)
from kafka.errors import for_code

from vagt.bus.brokers.acls import Acl
from vagt.bus.brokers.plan import TopicPlan
from vagt.bus.brokers.setup_client import secret
from vagt.bus.brokers.setup_drift import Drift, Found, FoundTopic
from vagt.errors import DependencyError
from vagt.settings.kafka_access import KafkaUser

_ALREADY_EXISTS = 36
_ITERATIONS = 8192
_EVERYTHING = ACLFilter(
    None,
    None,
    ACLOperation.ANY,
    ACLPermissionType.ANY,
    ResourcePatternFilter(ResourceType.ANY, None, ACLResourcePatternType.ANY),
)


def read_found(client: KafkaAdminClient, config_names: Sequence[str], *, with_acls: bool, with_users: bool) -> Found:
    """What the brokers hold. `config_names`: the topics' settings to read. Raises Kafka's errors."""
    described = {one["name"]: one["partitions"] for one in client.describe_topics() if not one["is_internal"]}
    configs = _configs(client, sorted(described), config_names)
    topics = {
        name: FoundTopic(len(partitions), min((len(one["replica_nodes"]) for one in partitions), default=0), configs[name])
        for name, partitions in described.items()
    }
    acls = frozenset(_from_kafka(acl) for acl in client.describe_acls(_EVERYTHING)[0]) if with_acls else frozenset()
    return Found(topics, acls, _users(client) if with_users else {})


def make(client: KafkaAdminClient, drifts: Iterable[Drift], *, set_configs: bool, remove_acls: bool) -> list[Drift]:
    """Make what is missing, and what else is asked for; gives what was done. Raises Kafka's errors, SettingsError."""
    wanted = [one for one in drifts if one.state == "missing" or _is_asked(one, set_configs, remove_acls)]
    subjects = [one.subject for one in wanted]
    users = [one for one in subjects if isinstance(one, KafkaUser)]
    _make_topics(client, [one for one in subjects if isinstance(one, TopicPlan)])
    _make_users(client, users)
    _make_acls(client, [one.subject for one in wanted if isinstance(one.subject, Acl) and one.state == "missing"])
    _remove_acls(client, [one.subject for one in wanted if isinstance(one.subject, Acl) and one.state == "extra"])
    for one in wanted:
        if one.kind == "config" and isinstance(one.subject, tuple) and not isinstance(one.subject, Acl):
            _set_config(client, *one.subject)
    return wanted


def _is_asked(drift: Drift, set_configs: bool, remove_acls: bool) -> bool:
    return (drift.kind == "config" and set_configs) or (drift.kind == "acl" and drift.state == "extra" and remove_acls)


def _configs(client: KafkaAdminClient, topics: list[str], names: Sequence[str]) -> dict[str, dict[str, str]]:
    if not topics:
        return {}
    answer = client.describe_configs([ConfigResource("TOPIC", name, list(names)) for name in topics], config_filter="all")
    return {topic: {name: str(one["value"]) for name, one in values.items()} for topic, values in answer["topic"].items()}


def _users(client: KafkaAdminClient) -> dict[str, frozenset[str]]:
    known = client.describe_user_scram_credentials()
    return {
        name: frozenset(info["mechanism"].name.replace("_", "-") for info in user["credential_infos"])
        for name, user in known.items()
    }


def _make_topics(client: KafkaAdminClient, plans: list[TopicPlan]) -> None:
    if not plans:
        return
    request = {
        plan.name: {
            "num_partitions": plan.partitions,
            "replication_factor": plan.replication,
            "configs": dict(plan.configs),
        }
        for plan in plans
    }
    answer = client.create_topics(request, raise_errors=False)
    for topic in answer["topics"]:
        if topic["error_code"] not in (0, _ALREADY_EXISTS):  # somebody made it in the meantime
            raise for_code(topic["error_code"])(f"{topic['name']}: {topic['error_message']}")


def _set_config(client: KafkaAdminClient, topic: str, name: str, value: str) -> None:
    for result in client.alter_configs([ConfigResource("TOPIC", topic, {name: value})])["topic"].values():
        if result != "OK":
            raise DependencyError(f"{topic}: {name} could not be set: {result}")


def _make_users(client: KafkaAdminClient, users: list[KafkaUser]) -> None:
    if not users:
        return
    made = [
        UserScramCredentialUpsertion(
            one.name, one.mechanism, secret(one.password_file, f"bus.kafka.users ({one.name})"), _ITERATIONS
        )
        for one in users
    ]
    for name, error in client.alter_user_scram_credentials(made).items():
        if error:
            raise DependencyError(f"SCRAM user {name}: {error}")


def _make_acls(client: KafkaAdminClient, acls: list[Acl]) -> None:
    if acls:
        for error in client.create_acls([_to_kafka(acl) for acl in acls])["failed"]:
            raise error("an access control entry was refused")


def _remove_acls(client: KafkaAdminClient, acls: list[Acl]) -> None:
    if not acls:
        return
    for _, _, error in client.delete_acls([_filter(acl) for acl in acls]):
        if error.errno:
            raise error("an access control entry could not be removed")


def _from_kafka(acl: ACL) -> Acl:
    place = acl.resource_pattern
    return Acl(
        acl.principal,
        acl.operation.name.lower(),
        place.resource_type.name.lower(),
        place.resource_name,
        place.pattern_type.name.lower(),
        acl.permission_type.name.lower(),
        acl.host,
    )


def _to_kafka(acl: Acl) -> ACL:
    place = ResourcePattern(ResourceType[acl.resource.upper()], acl.name, ACLResourcePatternType[acl.pattern.upper()])
    return ACL(acl.principal, acl.host, ACLOperation[acl.operation.upper()], ACLPermissionType[acl.permission.upper()], place)


def _filter(acl: Acl) -> ACLFilter:
    place = ResourcePatternFilter(ResourceType[acl.resource.upper()], acl.name, ACLResourcePatternType[acl.pattern.upper()])
    operation, permission = ACLOperation[acl.operation.upper()], ACLPermissionType[acl.permission.upper()]
    return ACLFilter(acl.principal, acl.host, operation, permission, place)
