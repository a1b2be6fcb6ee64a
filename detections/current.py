"""The rule set that a worker runs: read at its start, numbered, told, and replaced when its files have changed."""

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Generic, TypeVar

import structlog

from detections import metrics
from detections.cache_files import cache_folder
from detections.loaded import Loaded, load
from detections.loading import BUILTIN
from detections.reloading import Reloader, Reloading
from detections.rulesets import Version, counts, forget_failure, records, remember_failure, version_of
from detections.watching import Watch
from vagt.context import Context
from vagt.contracts.stage import Message
from vagt.errors import DependencyError
from vagt.settings import reread
from vagt.settings.detections import DetectionsSettings

T = TypeVar("T")
_SWITCHES = ("enabled", "disabled", "shadow")


class Current(Generic[T]):
    """Of the worker of `stage`. `made` is what it has made of `loaded` by `prepare`."""

    def __init__(self, context: Context, stage: str, prepare: Callable[[Loaded], T], how: Reloading) -> None:
        """Raises SettingsError for a folder that is missing, DependencyError while no number can be had."""
        self._context = context
        self._stage = stage
        self._log = structlog.get_logger().bind(stage=stage)
        watch = watched(context)
        stamps = watch.stamps()
        self.loaded = self._load(context.settings.detections, None)
        self.made = prepare(self.loaded)
        self.version = version_of(context.state, self.loaded, context.clock)
        self._reloader = Reloader(self.loaded, watch, stamps, self._read, prepare, how)
        self._retry_seconds = 3 * how.seconds
        self._retry_at = 0.0
        self._untold = True
        self._failure: str | None = None
        self._stored: str | None = None
        forget_failure(context.state, stage)
        metrics.RELOAD_FAILED.labels(stage).set(0)
        self._tell("rules_loaded")

    def refresh(self, swap: Callable[[Loaded, T, Version], None]) -> list[Message]:
        """Between two batches: `swap` to a good set that is ready. Gives what the topic is to be told of it. Where the bus or
        the database is away for that, the set in use goes on, and it is tried again a little later."""
        if time.monotonic() >= self._retry_at:
            try:
                self._renew(swap)
            except DependencyError as error:
                self._log.warning("rules_wait", reason=str(error), retry_seconds=self._retry_seconds)
                self._retry_at = time.monotonic() + self._retry_seconds
        return self._news()

    def _renew(self, swap: Callable[[Loaded, T, Version], None]) -> None:
        if (found := self._reloader.look()) is not None:
            loaded, made = found
            version = version_of(self._context.state, loaded, self._context.clock)
            swap(loaded, made, version)
            self.loaded, self.made, self.version = loaded, made, version
            self._reloader.taken()
            metrics.RELOADS.labels(self._stage).inc()
            self._tell("rules_reloaded")
            self._untold = True
        if self._reloader.failure != self._failure:
            self._failure = self._reloader.failure
            self._tell_failure(self._failure)
        if self._failure != self._stored:
            self._store_failure(self._failure)

    def _news(self) -> list[Message]:
        """Also after a start: whoever died before telling it has told nobody."""
        if not self._untold:
            return []
        self._untold = False
        return list(records(self.loaded, self.version))

    def _load(self, settings: DetectionsSettings, before: Loaded | None) -> Loaded:
        context = self._context
        return load(settings, context.tenants, lambda: context.clock().date(), before, cache_folder(context.data_dir))

    def _read(self) -> Loaded:
        again = reread(self._context.settings, os.environ).detections
        switches = {name: getattr(again, name) for name in _SWITCHES}
        return self._load(self._context.settings.detections.model_copy(update=switches), self.loaded)

    def _tell(self, event: str) -> None:
        loaded = self.loaded
        self._log.info(
            event,
            **counts(loaded),
            number=self.version.number,
            version=loaded.hash,
            seconds=round(loaded.ruleset.load_seconds, 3),
        )
        if loaded.enablement.unknown:
            self._log.warning("enablement_names_no_rule", names=loaded.enablement.unknown)
        metrics.VERSION.labels(self._stage).set(self.version.number)

    def _tell_failure(self, reason: str | None) -> None:
        if reason is None:
            self._log.info("rules_usable_again", number=self.version.number)
            metrics.RELOAD_FAILED.labels(self._stage).set(0)
        else:
            self._log.error("rules_not_reloaded", reason=reason, number=self.version.number)
            metrics.RELOAD_FAILED.labels(self._stage).set(self._context.clock().timestamp())

    def _store_failure(self, reason: str | None) -> None:
        """Where `vagt status` finds the words to the metric."""
        if reason is None:
            forget_failure(self._context.state, self._stage)
        else:
            remember_failure(self._context.state, self._stage, reason, self._context.clock)
        self._stored = reason


def watched(context: Context) -> Watch:
    """The files that make the rule set of these settings."""
    settings = context.settings.detections
    folders = [BUILTIN, *settings.rules] if settings.builtin else settings.rules
    lists = [path for path in settings.placeholders.values() if isinstance(path, Path)]
    source = context.settings.source
    return Watch(tuple(folders), tuple(lists if source is None else [source, *lists]))
