"""`vagt rules explain`: the tools of whoever writes rules, on the events that are kept."""

import sys
from contextlib import closing
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import orjson
import typer

from vagt.cli.access import Purpose, log_access, operator
from vagt.cli.output import Format, command_errors, print_json, print_lines, show_rows
from vagt.cli.rules import NoBuiltin, Rules, app
from vagt.cli.setup import Config, Data, make_context, open_bus, read_settings, rule_cache, start_command, with_rules
from vagt.errors import UsageError

if TYPE_CHECKING:
    from vagt.contracts.event import Event

Schema = Annotated[str, typer.Option(help="Field names of an event from a file: ecs, or sigma (the rules' own).")]


@app.command()
def explain(
    event: Annotated[str, typer.Argument(help="Id of a kept event, a file with one event as JSON, or - for standard input.")],
    rule: Annotated[str, typer.Argument(help="Id or name of a rule or correlation, or a file of rules.")],
    rules: Rules = None,
    no_builtin: NoBuiltin = False,
    schema: Schema = "ecs",
    tenant: Annotated[str | None, typer.Option(help="Whose event the id is; quicker in a large archive.")] = None,
    style: Annotated[Format, typer.Option("--format")] = Format.TABLE,
    purpose: Purpose = "operation",
    data: Data = None,
    config: Config = None,
) -> None:
    """Say why a rule did or did not match an event: its logsource, each test of the condition with what the event has
    there, exceptions.

    Of a correlation: the rules that it counts. Exit code 0 whatever the answer.

    Example: vagt rules explain 4k2v… sshd_login_failed
    """
    with command_errors():
        from detections.choice import choose, with_conditions
        from detections.enablement import enablement
        from detections.explaining import explain as explain_one
        from detections.placeholders import read_placeholders

        shown = _event(event, schema, tenant, purpose, data, config)
        context = make_context(read_settings(data, config))
        settings = with_rules(context.settings, rules).detections
        lists = read_placeholders(settings.placeholders)
        cache = rule_cache(context.settings, lists, schema)
        chosen = choose([rule], settings.rules, settings.builtin and not no_builtin, schema, lists, cache)
        today = context.clock().date()
        switches = enablement(chosen.ruleset, settings, context.tenants, lambda: today)
        found = [
            explain_one(shown, one, chosen.ruleset, today, switches) for one in with_conditions(chosen.looking, schema, lists)
        ]
        if style is Format.JSON:
            print_json([asdict(one) for one in found])
        elif style is Format.CSV:
            from vagt.cli.explained import COLUMNS, rows_of

            show_rows([row for one in found for row in rows_of(one)], COLUMNS, style)
        else:
            from vagt.cli.explained import lines_of

            for number, one in enumerate(found):
                print_lines([*(["", ""] if number else []), *lines_of(one)])


def _event(given: str, schema: str, tenant: str | None, purpose: str, data: Path | None, config: Path | None) -> "Event":
    """The event of an id, a file or standard input. Reading a kept one goes into the access log. Raises UsageError."""
    if schema not in ("ecs", "sigma"):
        raise UsageError(f"--schema is ecs or sigma, not {schema!r}")
    if given == "-" or Path(given).is_file():
        return _one_event(sys.stdin.buffer.read() if given == "-" else Path(given).read_bytes(), given)
    if schema != "ecs":
        raise UsageError("events that are kept are ECS; --schema is for events from a file")
    from vagt.cli.wiring import open_search

    context = start_command(data, config)
    with closing(open_search(context)) as search:
        found = search.get_event(operator(), given, tenant)
    log_access(context, open_bus(context.settings), purpose, "event", {"id": given, "tenant": found["organization"]["id"]})
    return found


def _one_event(text: bytes, name: str) -> "Event":
    where = "standard input" if name == "-" else name
    try:
        given: Any = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise UsageError(f"{where} holds no JSON object, which one event is: {error}") from None
    if isinstance(given, list) and len(given) == 1:
        given = given[0]
    if not isinstance(given, dict):
        raise UsageError(f"{where} holds {_kind(given)}; give one event, a JSON object")
    return given


def _kind(given: Any) -> str:
    return f"a list of {len(given)}" if isinstance(given, list) else f"a {type(given).__name__}"
