"""`Scope`: who asks, for which municipalities, for what purpose: the first argument of every query and command."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from vagt.errors import ForbiddenError, NotFoundError

ROLES = ("analyst", "compliance", "cert", "operator", "municipality", "admin")


@dataclass(frozen=True, slots=True)
class Scope:
    """`tenants` None means all of the unit's. `purpose` is one of the settings' list, where the read needs one."""

    actor: str
    roles: frozenset[str]
    tenants: frozenset[str] | None
    purpose: str | None = None

    def sees(self, tenant: str) -> bool:
        """Whether this scope may read what belongs to `tenant`."""
        return self.tenants is None or tenant in self.tenants

    def require_tenant(self, tenant: str) -> None:
        """Raises NotFoundError (not Forbidden: existence is not told either) unless the tenant is in scope."""
        if not self.sees(tenant):
            raise NotFoundError(f"no such thing for municipality {tenant!r} in your scope")

    def require_role(self, *roles: str) -> None:
        """Raises ForbiddenError unless the asker has one of `roles`, or is admin."""
        if "admin" not in self.roles and self.roles.isdisjoint(roles):
            raise ForbiddenError(f"{self.actor} needs one of the roles {', '.join(roles)}")

    def narrowed(self, tenants: Iterable[str]) -> "Scope":
        """The same asker for these municipalities only. Raises NotFoundError for one outside the scope."""
        wanted = frozenset(tenants)
        for tenant in sorted(wanted):
            self.require_tenant(tenant)
        return replace(self, tenants=wanted)


def system_scope(actor: str) -> Scope:
    """The pipeline's own stages and the command line of the machine's operator: all municipalities, all roles."""
    return Scope(actor, frozenset(ROLES), None, "operation")
