"""Changing the archive by people's will or by age: deletion after the retention time, and a municipality's export."""

from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import orjson
from sqlalchemy import Connection, select

from store.export import Export, Form, write_export
from store.manifest import remove_segments, segments_before
from store.segment import Segment
from store.storage import open_storage, remove_unnamed
from store.tables import archive_segments
from vagt.clock import to_iso
from vagt.context import Context
from vagt.contracts.change import Change, change_message
from vagt.contracts.scope import Scope
from vagt.errors import UsageError
from vagt.ids import uuid7
from vagt.state import outbox
from vagt.topics import AUDIT


def apply_retention(scope: Scope, context: Context, now: datetime) -> list[Segment]:
    """Delete segments whose retention time has passed; each kind and tenant is told on `audit` with counts and a hash of the
    manifest rows, in the same transaction. Files go afterwards: one that a crash leaves is an orphan. Gives what went."""
    scope.require_role("operator")
    with context.state.read() as connection:
        is_due = any(_expired(connection, context, now))
    if not is_due:
        return []
    removed: list[Segment] = []
    with context.state.write("store") as connection:
        for segments in _expired(connection, context, now):
            remove_segments(connection, [one.path for one in segments])
            outbox.put(connection, "store", [change_message(AUDIT, _deletion(scope, segments, now))])
            removed += segments
    remove_unnamed(open_storage(context.settings), [one.path for one in removed])
    return removed


def export_municipality(
    scope: Scope, context: Context, tenant: str, out_dir: Path, since: datetime, until: datetime, form: Form = "ndjson"
) -> Export:
    """Write everything of `tenant` that was received from `since` to before `until` into the new folder `out_dir`, to be
    checked with `sha256sum -c SHA256SUMS`. The export is told on `audit`. Raises UsageError where the folder holds files."""
    scope.require_tenant(tenant)
    scope.require_role("operator", "municipality", "compliance")
    context.tenants.require(tenant)
    if since.tzinfo is None or until.tzinfo is None or since >= until:
        raise UsageError("the export needs a time range with zones, that ends after it begins")
    if out_dir.exists() and any(out_dir.iterdir()):
        raise UsageError(f"{out_dir} is not empty; name a new folder")
    name = context.tenants.name(tenant)
    export = write_export(context.state, open_storage(context.settings), tenant, name, out_dir, since, until, form)
    after = {"since": to_iso(since), "until": to_iso(until), "rows": export.rows, "sha256": export.sha256, "form": form}
    change = _change(scope, "export", tenant, tenant, context.clock(), "exported", after=after)
    with context.state.write("store") as connection:
        outbox.put(connection, "store", [change_message(AUDIT, change)])
    return export


def _expired(connection: Connection, context: Context, now: datetime) -> list[list[Segment]]:
    """Expired segments of each kind and tenant."""
    table = archive_segments.c
    pairs = connection.execute(select(table.kind, table.tenant).distinct().order_by(table.kind, table.tenant)).all()
    today = now.astimezone(UTC).date()
    found = []
    for kind, tenant in pairs:
        first_kept = today - timedelta(days=context.settings.store.retention.days(kind, tenant))
        found.append(segments_before(connection, kind, tenant, first_kept.isoformat()))
    return [segments for segments in found if segments]


def _deletion(scope: Scope, segments: list[Segment], now: datetime) -> Change:
    first = segments[0]
    rows = [{name: getattr(one, name) for name in one.__slots__} for one in sorted(segments, key=lambda one: one.path)]
    before = {
        "kind": first.kind,
        "segments": len(segments),
        "rows": sum(one.rows for one in segments),
        "bytes": sum(one.bytes for one in segments),
        "first_day": min(one.day for one in segments),
        "last_day": max(one.day for one in segments),
        "manifest_sha256": sha256(orjson.dumps(rows, option=orjson.OPT_SORT_KEYS)).hexdigest(),
    }
    return _change(scope, "retention", f"archive/{first.kind}/{first.tenant}", first.tenant, now, "deleted", before=before)


def _change(
    scope: Scope,
    kind: str,
    subject: str,
    tenant: str,
    now: datetime,
    action: str,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
) -> Change:
    return {
        "id": uuid7(),
        "kind": kind,
        "subject": subject,
        "tenant": tenant,
        "at": to_iso(now),
        "actor": scope.actor,
        "action": action,
        "purpose": scope.purpose,
        "before": before,
        "after": after,
    }
