"""The distribution: flat package names that no dependency claims, locks that name hashes and no host, files that ship."""

import re
import tomllib
from importlib.metadata import distributions
from pathlib import Path

from tests.compiled.modules import compiled_modules

ROOT = Path(__file__).resolve().parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
LOCKS_OF_TOOLS = ("requirements-compile.lock", "requirements-dev.lock")
PACKAGES = PROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]


def test_no_installed_distribution_claims_one_of_our_names() -> None:
    claimed = {}
    for distribution in distributions():
        if distribution.metadata["Name"] != "vagt":
            for path in distribution.files or []:
                claimed[path.parts[0].removesuffix(".py")] = distribution.metadata["Name"]
    assert {name: claimed[name] for name in PACKAGES if name in claimed} == {}


def test_every_package_is_in_the_wheel_and_in_the_import_contracts() -> None:
    assert set(PACKAGES) == {path.parent.name for path in ROOT.glob("*/__init__.py")}
    assert set(PROJECT["tool"]["importlinter"]["root_packages"]) == set(PACKAGES)


def test_the_locks_pin_every_dependency_with_hashes_and_name_no_host() -> None:
    for name in ("requirements.lock", "requirements-dev.lock", "requirements-production.lock", "requirements-compile.lock"):
        text = (ROOT / name).read_text()
        assert "://" not in text and "index-url" not in text
        blocks = re.split(r"\n(?=[a-z0-9])", text.strip())
        assert all("==" in block and "--hash=sha256:" in block for block in blocks)
    locked = set(re.findall(r"^([a-z0-9-]+)==", (ROOT / "requirements.lock").read_text(), re.M))
    wanted = {re.split(r"[^a-z0-9-]", one)[0] for one in PROJECT["project"]["dependencies"]}
    assert wanted <= locked


def test_the_image_has_what_every_event_goes_through_compiled() -> None:
    assert {"normalise.conform", "normalise.enrich", "normalise.envelope", "vagt.ids"} <= set(compiled_modules())
    assert "HATCH_BUILD_HOOK_ENABLE_MYPYC=1" in (ROOT / "deploy" / "Dockerfile").read_text()


def test_what_is_compiled_is_locked_to_the_versions_that_the_checks_use() -> None:
    pins = [set(re.findall(r"^([a-z0-9-]+==\S+)", (ROOT / name).read_text(), re.M)) for name in LOCKS_OF_TOOLS]
    assert any(pin.startswith("mypy==") for pin in pins[0]) and pins[0] <= pins[1]
