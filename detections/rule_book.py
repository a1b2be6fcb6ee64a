"""The rules for readers that are no worker: read when first asked for, and again when their files have changed."""

from collections.abc import Mapping
from pathlib import Path
from threading import Lock

from detections.cache_files import cache_folder
from detections.choice import named, with_conditions
from detections.current import watched
from detections.loaded import Loaded, load
from detections.placeholders import read_placeholders
from detections.rule import DetectionRule
from detections.watching import Stamp
from vagt.context import Context


class RuleBook:
    """The rule set that the settings name; safe to ask from several threads."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._lock = Lock()
        self._loaded: Loaded | None = None
        self._stamps: Mapping[Path, Stamp | None] = {}

    def current(self) -> Loaded:
        """Rules, exceptions and enablement as the files are now. Takes seconds where all have changed."""
        with self._lock:
            stamps = watched(self._context).stamps()
            if self._loaded is None or stamps != self._stamps:
                context, settings = self._context, self._context.settings.detections
                folder = cache_folder(context.data_dir)
                self._loaded = load(settings, context.tenants, lambda: context.clock().date(), self._loaded, folder)
                self._stamps = stamps
            return self._loaded

    def to_explain(self, wanted: str) -> tuple[list[DetectionRule], Loaded]:
        """The rule of the id or name, or the rules that the correlation counts, with pySigma's conditions. Raises
        NotFoundError, RuleError."""
        loaded = self.current()
        lists = read_placeholders(self._context.settings.detections.placeholders)
        return with_conditions(named(wanted, loaded.ruleset).looking, loaded.ruleset.schema, lists), loaded
