"""The lists that stand for placeholders (Sigma's `expand`): from the settings or a file in, patterns by name out."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from vagt.errors import RuleError, SettingsError

Placeholders = Mapping[str, tuple[str, ...]]
# What a placeholder means on every site. Rules seek Windows' environment variable as it is spelt on the command line.
COMMON: Placeholders = {"userdomain": ("%userdomain%",)}
MAX_FILE_BYTES = 4 << 20


def read_placeholders(given: Mapping[str, Sequence[str | int | float] | Path]) -> dict[str, tuple[str, ...]]:
    """All lists by name, `given` over COMMON. A file holds one value a line; empty lines and those after `#` are left out.

    Raises SettingsError for a file that cannot be read.
    """
    read = {name: _lines(name, one) if isinstance(one, Path) else tuple(map(str, one)) for name, one in given.items()}
    return {**COMMON, **read}


def _lines(name: str, path: Path) -> tuple[str, ...]:
    setting = f"detections.placeholders.{name}"
    try:
        if path.stat().st_size > MAX_FILE_BYTES:
            raise SettingsError(f"{setting}: {path} is larger than {MAX_FILE_BYTES >> 20} MiB")
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"{setting}: {path} cannot be read ({error}); name a file of one value a line, or a list") from None
    return tuple(line.strip() for line in lines if line.strip() and not line.lstrip().startswith("#"))


def values_of(name: str, lists: Placeholders) -> tuple[str, ...]:
    """The list of a placeholder. Raises RuleError where there is none."""
    try:
        return lists[name]
    except KeyError:
        raise RuleError(
            f"the placeholder %{name}% has no list: set detections.placeholders.{name} (values, or a file of one a line)"
        ) from None
