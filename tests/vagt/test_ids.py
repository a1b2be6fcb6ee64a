"""Ids: content ids are equal for equal content and nothing else; UUIDv7 rises with time."""

import uuid

from hypothesis import given
from hypothesis import strategies as st

from vagt.ids import content_id, event_id, finding_id, uuid7


@given(st.lists(st.binary(max_size=8), max_size=4), st.lists(st.binary(max_size=8), max_size=4))
def test_content_ids_are_equal_only_for_equal_parts(a: list[bytes], b: list[bytes]) -> None:
    assert (content_id(*a) == content_id(*b)) == (a == b)


def test_an_event_id_hangs_on_tenant_position_body_and_ordinal() -> None:
    base = event_id("751", "file:10", b"body", 0)
    others = {
        event_id("101", "file:10", b"body", 0),
        event_id("751", "file:11", b"body", 0),
        event_id("751", "file:10", b"b", 0),
    }
    assert base == event_id("751", "file:10", b"body", 0) and len(base) == 26
    assert len(others | {base, event_id("751", "file:10", b"body", 1)}) == 5


def test_a_finding_id_hangs_on_rule_tenant_group_and_anchor() -> None:
    assert len({finding_id("r", "751", "g", "a"), finding_id("r", "751", "ga", ""), finding_id("r7", "51", "g", "a")}) == 3


def test_uuid7_is_version_7_and_rises_with_time() -> None:
    ids = [uuid.UUID(uuid7()) for _ in range(3)]
    assert all(one.version == 7 and one.variant == uuid.RFC_4122 for one in ids)
    assert ids[0].int >> 80 <= ids[2].int >> 80
