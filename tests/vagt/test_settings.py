"""Settings: from YAML and environment; an unknown key is an error that names it."""

from pathlib import Path

import pytest

from vagt.errors import SettingsError
from vagt.settings import load_settings
from vagt.settings.reference import settings_rows
from vagt.settings.unit import UnitSettings
from vagt.tenants import load_tenants, municipalities


def test_the_environment_overrides_the_file(tmp_path: Path) -> None:
    file = tmp_path / "vagt.yaml"
    file.write_text("bus: {partitions: 4, fsync: true}\nunit: {municipalities: ['751', '101']}\n")
    settings = load_settings(file, {"VAGT_BUS__FSYNC": "false", "VAGT_DATA": str(tmp_path), "PATH": "/bin"})
    assert (settings.bus.partitions, settings.bus.fsync, settings.data_dir) == (4, False, tmp_path)


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("bus: {partitons: 4}", "bus.partitons: unknown setting"),
        ("bos: {}", "bos: unknown setting"),
        ("bus: {partitions: many}", "bus.partitions"),
        ("- a\n- b", "holds no mapping"),
        ("a: [", "is not YAML"),
        ("!!python/object/apply:os.system ['true']", "is not YAML"),
    ],
)
def test_a_wrong_file_is_refused_with_the_key_named(tmp_path: Path, text: str, names: str) -> None:
    file = tmp_path / "vagt.yaml"
    file.write_text(text)
    with pytest.raises(SettingsError, match=names):
        load_settings(file, {})


def test_a_wrong_variable_is_refused_with_the_key_named() -> None:
    with pytest.raises(SettingsError, match=r"bus\.fsnc: unknown setting"):
        load_settings(None, {"VAGT_BUS__FSNC": "false"})
    with pytest.raises(SettingsError, match="cannot read the settings file"):
        load_settings(Path("/nowhere/vagt.yaml"), {})


def test_every_setting_says_what_it_means() -> None:
    assert [row.name for row in settings_rows() if not row.meaning] == []


def test_all_98_municipalities_have_their_official_code() -> None:
    assert len(municipalities()) == 98
    assert {"101": "København", "751": "Aarhus", "851": "Aalborg"}.items() <= municipalities().items()


def test_a_unit_serves_its_own_municipalities_and_no_other() -> None:
    tenants = load_tenants(UnitSettings(id="midt", municipalities=("751", "746")))
    assert set(tenants.names) >= {"midt", "751", "746"} and "101" not in tenants.names
    with pytest.raises(SettingsError, match="unknown tenant '101'"):
        tenants.require("101")
    with pytest.raises(SettingsError, match="no municipality's code"):
        load_tenants(UnitSettings(municipalities=("999",)))


_KEYS = "key_file: k, secret_file: s"


@pytest.mark.parametrize(
    ("archive", "reason"),
    [
        ("{endpoint: 'https://s3.example.org'}", "url is missing"),
        (f"{{{_KEYS}, region: eu-north-1}}", "url is missing"),
        ("{url: 's3://archive', endpoint: 'https://s3.example.org'}", "needs key_file and secret_file"),
        ("{url: 's3://archive', endpoint: 'https://s3.example.org', key_file: k}", "needs secret_file"),
        (f"{{url: 's3://archive', {_KEYS}}}", "needs endpoint, or Amazon's region"),
        (f"{{url: 'https://archive', region: x, {_KEYS}}}", "neither s3://bucket nor"),
        (f"{{url: 's3://archive/a/../b', region: x, {_KEYS}}}", "neither s3://bucket nor"),
        (f"{{url: 's3://Ar', region: x, {_KEYS}}}", "neither s3://bucket nor"),
        (f"{{url: 's3://archive', endpoint: 'http://s3.example.org', {_KEYS}}}", "neither https nor http to loopback"),
        (f"{{url: 's3://archive', endpoint: 'https://s3.example.org/archive', {_KEYS}}}", "has a path"),
        (f"{{url: 's3://archive', endpoint: 'http://localhost:9000', ca_file: c, {_KEYS}}}", "without TLS"),
    ],
)
def test_an_archive_in_a_bucket_is_named_completely_or_not_at_all(tmp_path: Path, archive: str, reason: str) -> None:
    file = tmp_path / "vagt.yaml"
    file.write_text(f"store: {{archive: {archive}}}")
    with pytest.raises(SettingsError, match=reason):
        load_settings(file, {})


@pytest.mark.parametrize(("url", "bucket", "prefix"), [("s3://logs.vagt", "logs.vagt", ""), ("s3://logs/a/b/", "logs", "a/b/")])
def test_bucket_and_prefix_are_read_from_the_url(tmp_path: Path, url: str, bucket: str, prefix: str) -> None:
    file = tmp_path / "vagt.yaml"
    file.write_text(f"store: {{archive: {{url: '{url}', region: eu-north-1, {_KEYS}}}}}")
    archive = load_settings(file, {}).store.archive
    assert (archive.bucket, archive.prefix) == (bucket, prefix)
