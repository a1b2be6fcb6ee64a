"""What the tables of Cisco's sources say in ECS terms: every type is one that ECS expects of one of the categories."""

import pytest

from normalise.cisco.firewall import meanings as firewall
from normalise.cisco.firewall.shapes import Meaning
from normalise.cisco.mnemonics import meanings as mnemonics
from normalise.sources.cisco_ise import meanings as ise
from normalise.sources.cisco_meraki import events as meraki
from tests.normalise.expected_types import unexpected

_KINDS = (Meaning, ise.Meaning, meraki.Meaning)
MEANINGS = [
    (f"{module.__name__.rpartition('cisco')[2]} {name}", value)
    for module in (firewall, mnemonics, ise, meraki)
    for name, value in vars(module).items()
    if isinstance(value, _KINDS)
]


@pytest.mark.parametrize("meaning", [meaning for _, meaning in MEANINGS], ids=[name for name, _ in MEANINGS])
def test_every_type_is_expected_of_one_of_the_categories(meaning: Meaning | ise.Meaning | meraki.Meaning) -> None:
    assert not unexpected(meaning.category, meaning.type)
