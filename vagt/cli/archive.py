"""`vagt archive …`: the archive against its manifest, and one municipality's share of it taken out."""

from dataclasses import asdict, replace
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from vagt.cli.access import Purpose, log_access, operator, tell_unserved
from vagt.cli.instants import FORM, instant
from vagt.cli.output import EXIT_FAILED_CHECK, Format, command_errors, errors, print_json, show_rows
from vagt.cli.setup import Config, Data, open_bus, start_command
from vagt.clock import to_iso
from vagt.errors import UsageError

app = typer.Typer(no_args_is_help=True, help="The archive of events, findings and dead letters: verify, export.")


class Form(StrEnum):
    """`--form` of an export."""

    NDJSON = "ndjson"
    PARQUET = "parquet"


@app.command()
def verify(
    tenant: Annotated[str | None, typer.Option(help="Only this municipality's segments.")] = None,
    style: Annotated[Format, typer.Option("--format")] = Format.TABLE,
    data: Data = None,
    config: Config = None,
) -> None:
    """Check every segment against the SHA-256 in the manifest; exit code 1 if one is missing or altered.

    Example: vagt archive verify --tenant 751
    """
    with command_errors():
        from store.verify import verify_archive

        context = start_command(data, config)
        tell_unserved(context, [tenant])
        result = verify_archive(operator(), context, tenant)
        if style is Format.JSON:
            print_json(asdict(result) | {"ok": result.is_sound})
        else:
            show_rows([{"problem": problem} for problem in result.problems], ("problem",), style, "Problems")
            verdict = "all right" if result.is_sound else f"{len(result.problems)} problems"
            errors.print(f"{result.segments} segments, {result.rows} rows: {verdict}", markup=False)
        if not result.is_sound:
            raise typer.Exit(EXIT_FAILED_CHECK)


@app.command()
def export(
    folder: Annotated[Path, typer.Argument(help="A new folder for the files.", file_okay=False)],
    tenant: Annotated[str, typer.Option(help="Whose events, findings and dead letters.")],
    since: Annotated[str, typer.Option(help=f"Received not before: {FORM}")],
    until: Annotated[str | None, typer.Option(help="Received before this; as --since. None: now.")] = None,
    form: Annotated[Form, typer.Option(help="Files of JSON lines (gzip), or Parquet.")] = Form.NDJSON,
    purpose: Purpose = "operation",
    data: Data = None,
    config: Config = None,
) -> None:
    """Write all that one municipality has in the archive, with SHA256SUMS and a page that explains it in Danish and English.

    Exit code 1 if a segment could not be read; the rest is written then. The export is in the access log and in the ledger.

    Example: vagt archive export aarhus/ --tenant 751 --since 2026-10-01 --until 2026-11-01 --purpose data_subject_request
    """
    with command_errors():
        from store.commands import export_municipality

        context = start_command(data, config)
        if tenant not in context.tenants.names:
            raise UsageError(f"--tenant {tenant}: unit {context.tenants.unit!r} serves no such municipality")
        now = context.clock()
        begin, end = instant(since, now), instant(until, now) if until else now
        asked = {"tenant": tenant, "since": to_iso(begin), "until": to_iso(end), "form": form.value}
        log_access(context, open_bus(context.settings), purpose, "export", asked)
        scope = replace(operator(), purpose=purpose)
        done = export_municipality(scope, context, tenant, folder, begin, end, form.value)
        print_json({"folder": str(done.folder), "rows": done.rows, "sha256": done.sha256, "problems": done.problems})
        if done.problems:
            raise typer.Exit(EXIT_FAILED_CHECK)
