"""vagt's own log: structlog, JSON in production, readable on a terminal. No log content, no personal data."""

import logging
import sys

import structlog

from vagt.settings.root import LogSettings


def configure_log(settings: LogSettings, *, process: str) -> None:
    """Set structlog up for this process; `process` (the stage's name) stands on every line."""
    as_json = settings.format == "json" or (settings.format == "auto" and not sys.stderr.isatty())
    # the console's usual traces print local variables, and with them log content
    plain = structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)
    renderer = structlog.processors.JSONRenderer() if as_json else plain
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(getattr(logging, settings.level.upper())),
        logger_factory=structlog.PrintLoggerFactory(file=sys.stderr),
    )
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(process=process)
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr)
