"""`vagt kibana install` and `vagt kibana export`, against a server that holds requests to Kibana's documented API."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest
import yaml
from typer.testing import CliRunner, Result

from kibana.assets import saved_objects
from tests.kibana.drawn import TITLES
from tests.kibana.kibana_server import API_KEY, PASSWORD, USER, Kibana, kibana_server
from vagt.cli import app
from vagt.settings.kibana import KibanaSettings

COUNT = len(saved_objects("vagt", None, None, TITLES))
Run = Callable[..., Result]


@pytest.fixture
def kibana(tmp_path: Path) -> Iterator[Kibana]:
    with kibana_server(tmp_path / "tls") as server:
        yield server


@pytest.fixture
def settings(kibana: Kibana, tmp_path: Path) -> dict[str, Any]:
    """The section `kibana` of the settings; tests change it before they run the command."""
    password = tmp_path / "password"
    password.write_text(PASSWORD + "\n")
    return {"url": kibana.url, "ca_file": str(kibana.ca), "user": USER, "password_file": str(password)}


@pytest.fixture
def run(settings: dict[str, Any], tmp_path: Path) -> Run:
    def run(*words: str) -> Result:
        config = tmp_path / "vagt.yaml"
        config.write_text(yaml.safe_dump({"unit": {"municipalities": ["751", "101"]}, "kibana": settings}))
        return CliRunner().invoke(app, ["kibana", *words, "--config", str(config), "--data", str(tmp_path / "data")])

    return run


def rows(result: Result) -> list[dict[str, Any]]:
    """What the command printed as JSON."""
    found: list[dict[str, Any]] = orjson.loads(result.stdout)
    return found


def results(result: Result) -> set[str]:
    """How objects fared."""
    return {row["result"] for row in rows(result)}


def test_everything_is_created_in_the_analysts_space(kibana: Kibana, run: Run) -> None:
    done = run("install", "--format", "json")
    assert done.exit_code == 0 and results(done) == {"created"}
    assert kibana.spaces["vagt"] == "vagt"
    assert {key[0] for key in kibana.objects} == {"vagt"} and len(kibana.objects) == COUNT
    assert f"{COUNT} created" in done.stderr


def test_an_api_key_serves_as_well(kibana: Kibana, settings: dict[str, Any], run: Run, tmp_path: Path) -> None:
    (tmp_path / "key").write_text(API_KEY)
    settings.clear()
    settings.update(url=kibana.url, ca_file=str(kibana.ca), api_key_file=str(tmp_path / "key"))
    assert results(run("install", "--format", "json")) == {"created"}


def test_what_an_analyst_changed_is_kept_and_what_is_new_is_added(kibana: Kibana, run: Run) -> None:
    run("install")
    changed = kibana.objects["vagt", "dashboard", "vagt-overview"]
    changed["attributes"]["title"] = "Annas overblik"
    del kibana.objects["vagt", "search", "vagt-hunt-root-logins"]
    done = run("install", "--format", "json")
    assert done.exit_code == 0
    assert [row["id"] for row in rows(done) if row["result"] == "created"] == ["vagt-hunt-root-logins"]
    assert results(done) == {"created", "kept"} and "--overwrite replaces it" in done.stderr
    assert kibana.objects["vagt", "dashboard", "vagt-overview"] is changed
    assert len(kibana.objects) == COUNT


def test_overwrite_replaces_what_is_there(kibana: Kibana, run: Run) -> None:
    run("install")
    kibana.objects["vagt", "dashboard", "vagt-overview"]["attributes"]["title"] = "Annas overblik"
    done = run("install", "--overwrite", "--format", "json")
    assert done.exit_code == 0 and results(done) == {"overwritten"}
    assert kibana.objects["vagt", "dashboard", "vagt-overview"]["attributes"]["title"] == "vagt: overview"


def test_an_object_that_kibana_refuses_is_shown_with_its_reason(kibana: Kibana, run: Run) -> None:
    kibana.refused["vagt-overview"] = {"type": "unknown", "message": "too new", "statusCode": 422}
    done = run("install", "--format", "json")
    assert done.exit_code == 1
    assert [(row["id"], row["note"]) for row in rows(done) if row["result"] == "failed"] == [
        ("vagt-overview", "unknown: too new")
    ]
    assert len(kibana.objects) == COUNT - 1


def test_a_space_for_each_tenant_shows_its_data_alone(kibana: Kibana, run: Run) -> None:
    done = run("install", "--spaces-per-municipality", "--format", "json")
    assert done.exit_code == 0 and results(done) == {"created"}
    assert kibana.spaces["vagt-751"] == "Aarhus" and {"vagt-101", "vagt-unit"} <= set(kibana.spaces)
    assert "vagt-sample" not in kibana.spaces
    views = {
        key[0]: one["attributes"]["title"]
        for key, one in kibana.objects.items()
        if key[1] == "index-pattern" and "logs" in key[2]
    }
    assert views == {"vagt-751": "logs-*-751", "vagt-101": "logs-*-101", "vagt-unit": "logs-*-unit"}
    assert len({key[2] for key in kibana.objects}) == 3 * COUNT, "an id of a data view is one for all spaces"


def test_another_space_can_be_named_even_the_default_one(kibana: Kibana, run: Run) -> None:
    assert run("install", "--space", "default").exit_code == 0
    assert {key[0] for key in kibana.objects} == {"default"} and set(kibana.spaces) == {"default"}
    assert run("install", "--space", "other").exit_code == 0 and "other" in kibana.spaces


@pytest.mark.parametrize(
    ("version", "code", "told"),
    [("8.19.2", 78, "need 9.0 or newer"), (None, 78, "does not tell its version"), ("9.0.0-SNAPSHOT", 0, "created")],
)
def test_a_kibana_that_is_too_old_gets_nothing(kibana: Kibana, run: Run, version: str | None, code: int, told: str) -> None:
    kibana.version = version
    done = run("install")
    assert done.exit_code == code and told in done.stderr
    assert bool(kibana.objects) == (code == 0)


def test_a_wrong_password_a_broken_kibana_and_none_are_told_apart(
    kibana: Kibana, settings: dict[str, Any], run: Run, tmp_path: Path
) -> None:
    kibana.broken = 503
    assert (broken := run("install")).exit_code == 75 and "503" in broken.stderr and "out of order" in broken.stderr
    kibana.broken = None
    (tmp_path / "password").write_text("forkert")
    assert (wrong := run("install")).exit_code == 78 and "kibana.user" in wrong.stderr and "forkert" not in wrong.stderr
    (tmp_path / "password").write_text("")
    assert (empty := run("install")).exit_code == 78 and "is empty" in empty.stderr
    settings.pop("url")
    assert (none := run("install")).exit_code == 78 and "kibana.url is empty" in none.stderr
    assert kibana.imports == []


def test_a_certificate_of_a_stranger_is_not_trusted(kibana: Kibana, settings: dict[str, Any], run: Run) -> None:
    settings.pop("ca_file")
    done = run("install")
    assert done.exit_code == 75 and "kibana.ca_file" in done.stderr and kibana.imports == []


def test_a_space_and_spaces_for_all_exclude_each_other(run: Run) -> None:
    assert run("install", "--space", "x", "--spaces-per-municipality").exit_code == 2


def test_export_prints_what_install_sends(kibana: Kibana, run: Run) -> None:
    run("install")
    printed = [orjson.loads(line) for line in run("export").stdout.splitlines()]
    assert {("vagt", one["type"], one["id"]): one for one in printed} == kibana.objects
    titles = [orjson.loads(line)["attributes"]["title"] for line in run("export", "--tenant", "751").stdout.splitlines()]
    assert "logs-*-751" in titles and "logs-*" not in titles
    assert run("export", "--tenant", "999").exit_code == 78


@pytest.mark.parametrize(
    "wrong",
    [
        {"url": "http://kibana.example.org"},
        {"user": "anna"},
        {"user": "anna", "password_file": "p", "api_key_file": "k"},
        {"space": "Store Bogstaver"},
        {"console_url": "ftp://vagt.example.org"},
    ],
)
def test_settings_that_cannot_be_meant_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="validation error"):
        KibanaSettings.model_validate(wrong)
