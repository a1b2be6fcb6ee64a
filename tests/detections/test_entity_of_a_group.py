"""A correlation's finding is about whom it counted by, not about whom its last event happens to name."""

import pytest

from detections.findings import entity_of_group


@pytest.mark.parametrize(
    ("group_by", "group", "entity"),
    [
        (["source.ip"], ["203.0.113.7"], "ip:203.0.113.7"),
        (["source.ip", "host.name"], ["203.0.113.7", "SRV01"], "host:srv01"),
        (["host.name", "user.name"], ["srv01", "Anne"], "user:anne"),
        (["url.domain"], ["example.org"], None),
        (["user.name"], [""], None),
    ],
)
def test_the_entity_is_the_groups(group_by: list[str], group: list[str], entity: str | None) -> None:
    assert entity_of_group(group_by, group) == entity
