"""Every error that vagt raises, in one tree; the class says who acts.

    VagtError
    ├── SettingsError            the operator: a setting is wrong; vagt does not start
    ├── UsageError               the person at the command line or the API: the request cannot be served as asked
    │   ├── NotFoundError        what was asked for does not exist, or the asker may not see it
    │   ├── ConflictError        the change does not fit the present state
    │   └── ForbiddenError       the asker's role, tenants or purpose do not allow it
    ├── RejectedError            the sender: the input is refused before acceptance (size, rate, token, framing)
    ├── NormaliseError           nobody at once: the record becomes a dead letter with this reason
    ├── RuleError                the rule's author: the rule is refused and listed, the others run
    ├── DependencyError          wait: bus, database, disk or peer is away; retried with back-off
    │   └── DamagedError         the operator: a file of bus, state or archive is damaged; the message says which
    └── PartitionLostError       nobody: the partition moved to another worker, which repeats the batch

Anything else is a bug: the worker crashes, is restarted, and its offsets stay uncommitted.
"""


class VagtError(Exception):
    """Base of all errors below."""


class SettingsError(VagtError):
    """A setting is missing, unknown or wrong; the message names it and the way out."""


class UsageError(VagtError):
    """The request cannot be served as asked."""


class NotFoundError(UsageError):
    """What was asked for does not exist, or lies outside the asker's scope."""


class ConflictError(UsageError):
    """The change does not fit the present state."""


class ForbiddenError(UsageError):
    """The asker's role, tenants or purpose do not allow it."""


class RejectedError(VagtError):
    """Input refused before acceptance; `reason` is the label under which the drop is counted."""

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason


class NormaliseError(VagtError):
    """A record that its source's parser cannot turn into events; becomes a dead letter with this message as reason."""


class RuleError(VagtError):
    """A rule that cannot be used; the message says why."""


class DependencyError(VagtError):
    """Something vagt needs is away for now; the operation is retried with back-off."""


class DamagedError(DependencyError):
    """A file is damaged or missing, which waiting does not mend; the message names it and the way out."""


class PartitionLostError(VagtError):
    """A commit or seek for a partition that this worker no longer owns."""
