"""The text of our own rules: what the CERT gets is the rule that fired, whole and alone."""

import yaml

from detections.loading import load_rules
from detections.rule_text import rule_text


def test_every_own_rule_has_its_text_and_no_other_has() -> None:
    ruleset = load_rules([])
    infos = [rule.info for rule in ruleset.rules] + [rule.info for rule in ruleset.correlations]
    for info in infos:
        text = rule_text(info.id)
        assert text is not None
        assert yaml.safe_load(text)["title"] == info.title
    assert rule_text("00000000-0000-4000-8000-000000000000") is None
