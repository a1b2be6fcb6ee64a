"""The modules that the image has as machine code (`pyproject.toml`, the hook mypyc), and whether this run has them so."""

import tomllib
from importlib.machinery import EXTENSION_SUFFIXES
from importlib.util import find_spec
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def compiled_modules() -> list[str]:
    """Their dotted names. Of every pattern something must be there."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    hook = project["tool"]["hatch"]["build"]["targets"]["wheel"]["hooks"]["mypyc"]
    left_out = {path for pattern in hook["exclude"] for path in _files(pattern)}
    files = {path for pattern in hook["include"] for path in _files(pattern)} - left_out
    return sorted(".".join(path.relative_to(ROOT).with_suffix("").parts) for path in files)


def _files(pattern: str) -> list[Path]:
    found = list(ROOT.glob(pattern))
    if not found:
        raise AssertionError(f"pyproject.toml, hook mypyc: {pattern} names no file")
    return found


def interpreted_modules() -> list[str]:
    """Those of them that would be imported as Python text in this process."""
    origins = {name: (spec.origin or "") if (spec := find_spec(name)) else "" for name in compiled_modules()}
    return [name for name, origin in origins.items() if not origin.endswith(tuple(EXTENSION_SUFFIXES))]
