"""Output that a hostile log cannot bend, and points in time as people type them."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from vagt.cli.instants import instant
from vagt.cli.output import Format, print_json, show_rows
from vagt.errors import UsageError

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    "text", ["[bold]x[/bold]", "\\[red]x", "\\\\[red]x", "x\\", "[/]", "[link=https://example.org]x[/link]", "a]b[c"]
)
def test_a_table_shows_text_as_it_is(capsys: pytest.CaptureFixture[str], text: str) -> None:
    show_rows([{"log": text}], ("log",), Format.TABLE)
    assert text in capsys.readouterr().out


@pytest.mark.parametrize("char", ["\x00", "\x07", "\x1b", "\x7f", "\x9b", "\u200f", "\u202e", "\u2066", "\ufeff", "\r"])
@pytest.mark.parametrize("style", list(Format))
def test_no_format_sends_what_a_terminal_obeys(capsys: pytest.CaptureFixture[str], style: Format, char: str) -> None:
    show_rows([{"log": f"a{char}b"}], ("log",), style)
    shown = capsys.readouterr().out.replace("\r\n", "\n")
    assert char not in shown
    if style is Format.JSON:
        assert json.loads(shown) == [{"log": f"a{char}b"}]


@pytest.mark.parametrize("text", ["=1+1", "+45", "-1", "@SUM(A1)"])
def test_csv_holds_no_formula(capsys: pytest.CaptureFixture[str], text: str) -> None:
    show_rows([{"log": text, "rate": -1.5}], ("log", "rate"), Format.CSV)
    assert capsys.readouterr().out == f"log,rate\r\n'{text},-1.5\r\n"


def test_json_keeps_every_text(capsys: pytest.CaptureFixture[str]) -> None:
    value = {"log": "æøå \u2028 \u009b \x1b \\u009b 🙂", "list": [1, None, True]}
    print_json(value)
    assert json.loads(capsys.readouterr().out) == value


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("2026-11-22", datetime(2026, 11, 22, tzinfo=UTC)),
        ("2026-11-22T10:00:00", datetime(2026, 11, 22, 10, tzinfo=UTC)),
        ("2026-11-22T10:00:00+01:00", datetime(2026, 11, 22, 9, tzinfo=UTC)),
        ("2026-11-22T10:00:00.5Z", datetime(2026, 11, 22, 10, 0, 0, 500_000, tzinfo=UTC)),
        ("30m", NOW - timedelta(minutes=30)),
        ("24h", NOW - timedelta(hours=24)),
        ("7d", NOW - timedelta(days=7)),
        ("90s", NOW - timedelta(seconds=90)),
    ],
)
def test_a_point_in_time_is_read(text: str, meant: datetime) -> None:
    assert instant(text, NOW) == meant


@pytest.mark.parametrize(
    "text", ["", "yesterday", "24", "h", "-5m", "9999999d", "999999d", "2026-13-01", "0001-01-01T00:00:00+14:00"]
)
def test_what_is_no_point_in_time_is_refused(text: str) -> None:
    with pytest.raises(UsageError):
        instant(text, NOW)
