"""The key of a raw record: its sender, and behind it a salt where the source needs no order."""

from collections import Counter
from datetime import UTC, datetime

import pytest

from ingest.letters import message_of
from normalise.step import raw_of
from vagt.contracts.raw import RawLog, raw_key, sender_of
from vagt.contracts.stage import Record

LIMIT = 1 << 20


def _log(source: str, position: str) -> RawLog:
    return RawLog("751", source, b"x", datetime(2026, 3, 2, tzinfo=UTC), "syslog+udp", "192.0.2.1", position)


def test_logs_of_an_ordered_source_have_their_sender_as_key() -> None:
    keys = {message_of(_log("linux.auth", str(n)), LIMIT, frozenset({"cisco.asa"})).key for n in range(100)}
    assert keys == {b"192.0.2.1"}


def test_logs_of_one_big_firewall_spread_over_all_partitions_evenly() -> None:
    keys = [message_of(_log("cisco.asa", str(n)), LIMIT, frozenset({"cisco.asa"})).key for n in range(60_000)]
    salts = Counter(int(key.partition(b"#")[2]) % 12 for key in keys)
    assert len(salts) == 12
    assert max(salts.values()) < 1.1 * 60_000 / 12


def test_a_log_sent_again_goes_to_the_same_partition() -> None:
    assert raw_key(_log("cisco.asa", "p"), ordered=False) == raw_key(_log("cisco.asa", "p"), ordered=False)


@pytest.mark.parametrize("key", [b"fw1", b"fw1#17"])
def test_a_shippers_key_names_the_sender_with_and_without_a_salt(key: bytes) -> None:
    assert sender_of(key) == "fw1"
    assert raw_of(Record("raw.751.cisco.asa", 0, 5, key, b"x", {}, 0)).peer == "fw1"
