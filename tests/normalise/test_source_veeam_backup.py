"""Veeam: values with quotes in them, outcomes of jobs, who did what, and that damaged records raise NormaliseError only."""

import pytest

from normalise.sources.veeam_backup.events import event_meaning
from normalise.sources.veeam_backup.parser import SOURCE, read_parameters
from tests.normalise.reading import events, reader
from vagt.errors import NormaliseError

one = reader(SOURCE)
HEAD = '<14>1 2026-11-22T10:15:30+01:00 VBR01 Veeam_MP - - [origin enterpriseId="31023"] [categoryId=0 instanceId='


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ('A="<m fullName="X\\u" loginType="0" />" B="2"]', {"A": '<m fullName="X\\u" loginType="0" />', "B": "2"}),
        ('A="<m fullName=\\"X\\\\u\\" />" B="2"]', {"A": '<m fullName="X\\u" />', "B": "2"}),
        ('A="a \\"b\\" c" B=""]', {"A": 'a "b" c'}),
        ('A="never ends', {"A": "never ends"}),
        ("no pairs", {}),
    ],
)
def test_a_quote_ends_a_value_where_a_name_or_the_end_follows(text: str, found: dict[str, str]) -> None:
    assert read_parameters(text, 0) == found


@pytest.mark.parametrize(("result", "outcome"), [("0", "success"), ("1", "success"), ("2", "failure")])
def test_a_job_ends_as_its_result_says(result: str, outcome: str) -> None:
    event = one(f'{HEAD}190 JobResult="{result}" Description="x"]')
    assert (event["event"]["outcome"], event["event"]["action"]) == (outcome, "backup-job-finished")


def test_a_result_is_read_from_the_text_where_there_is_no_number() -> None:
    assert one(f'{HEAD}490 Description="Job finished with Failed."]')["event"]["outcome"] == "failure"


def test_the_one_who_did_it_is_in_the_xml_where_no_name_is_given() -> None:
    event = one(f'{HEAD}10050 UserFullInfo="<ModifiedUserInfo fullName="K\\bo" loginType="0" />" Description="x"]')
    assert event["user"] == {"name": "bo", "domain": "K"}
    assert event["event"]["type"] == ["deletion"]


def test_malware_is_an_alert_with_its_rule() -> None:
    event = one(f'{HEAD}41600 ActivityType="EncryptedData" Description="Potential malware"]')
    assert (event["event"]["kind"], event["rule"]["name"]) == ("alert", "EncryptedData")


def test_an_id_that_is_not_known_is_counted() -> None:
    assert one(f'{HEAD}59999 Description="x"]')["vagt"]["source"]["partly"] == "event 59999"
    assert event_meaning("59999") is None


@pytest.mark.parametrize(
    "line", ["<14>Nov 22 10:15:30 h Veeam_MP: hello", '<14>Nov 22 10:15:30 h app: [categoryId=0 instanceId=1 A="b"]']
)
def test_other_records_are_neither_recognised_nor_read(line: str) -> None:
    assert not SOURCE.recognise(line.encode())
    with pytest.raises(NormaliseError):
        events(SOURCE, line)
