"""The command line: the one place that knows all rooms. Nouns are groups (`vagt rules test`), verbs their commands."""

import os
from importlib.machinery import EXTENSION_SUFFIXES
from importlib.util import find_spec

import typer

from vagt import __version__
from vagt.cli import (
    archive,
    certificates,
    config,
    dead,
    deliveries,
    elastic,
    events,
    evidence,
    findings,
    incidents,
    kafka_setup,
    keys,
    kibana_assets,
    pipeline,
    rule_backtest,  # noqa: F401 - adds its commands to those of rules, as the next four do; source_drift and source_tools to those of sources
    rule_coverage,  # noqa: F401
    rule_scorecard,  # noqa: F401
    rule_tools,  # noqa: F401
    rule_versions,  # noqa: F401
    rules,
    source_drift,  # noqa: F401
    source_tools,  # noqa: F401
    sources,
    state,
    status,
    streams,
    worker,
)

app = typer.Typer(
    name="vagt",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="Security log platform and SOC pipeline: logs in; findings, incidents, CERT bundles and control evidence out.",
)
app.command()(pipeline.run)
app.command()(pipeline.replay)
app.command()(status.status)
app.command()(worker.worker)
app.command()(streams.normalise)
app.command()(streams.detect)
for name, group in (
    ("rules", rules.app),
    ("events", events.app),
    ("findings", findings.app),
    ("incidents", incidents.app),
    ("deliveries", deliveries.app),
    ("sources", sources.app),
    ("dead", dead.app),
    ("archive", archive.app),
    ("elastic", elastic.app),
    ("evidence", evidence.app),
    ("keys", keys.app),
    ("state", state.app),
    ("certificates", certificates.app),
    ("kibana", kibana_assets.app),
    ("kafka", kafka_setup.app),
    ("config", config.app),
):
    app.add_typer(group, name=name)


@app.callback(invoke_without_command=True)
def _options(
    version: bool = typer.Option(False, "--version", help="Print the version."),
    data: str | None = typer.Option(None, "--data", help="Folder of all embedded state (or VAGT_DATA)."),
) -> None:
    if version:
        typer.echo(f"vagt {__version__}, {_build()}")
        raise typer.Exit
    if data is not None:
        os.environ["VAGT_DATA"] = data


def _build() -> str:
    """Whether the modules of the hot path are machine code, as in the image, or Python text."""
    spec = find_spec("normalise.conform")
    is_compiled = spec is not None and str(spec.origin).endswith(tuple(EXTENSION_SUFFIXES))
    return "compiled" if is_compiled else "interpreted"


def main() -> None:
    """The program `vagt`."""
    app()
