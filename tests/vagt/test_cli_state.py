"""`vagt state`: where one job alone may migrate, nothing else does, and says what to do."""

from pathlib import Path

from typer.testing import CliRunner, Result

from vagt.cli import app


def vagt(folder: Path, *arguments: str) -> Result:
    environment = {"VAGT_STATE__MIGRATE": "false"}
    return CliRunner().invoke(app, [*arguments, "--data", str(folder)], catch_exceptions=False, env=environment)


def test_without_the_upgrade_nothing_starts_and_after_it_all_does(tmp_path: Path) -> None:
    refused = vagt(tmp_path, "incidents", "list")
    assert refused.exit_code == 78 and "vagt state upgrade" in " ".join(refused.output.split())
    assert vagt(tmp_path, "state", "check").exit_code == 1
    assert vagt(tmp_path, "state", "upgrade").exit_code == 0
    checked = vagt(tmp_path, "state", "check", "--format", "csv")
    assert checked.exit_code == 0
    rooms = [line.split(",") for line in checked.output.splitlines()[1:]]
    assert len(rooms) >= 7 and all(present == wanted for _, present, wanted in rooms)
    assert vagt(tmp_path, "incidents", "list").exit_code == 0
