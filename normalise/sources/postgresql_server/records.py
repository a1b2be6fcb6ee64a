"""csvlog and jsonlog to the same parts as the text log has (PostgreSQL, "Using CSV-Format Log Output", "… JSON-Format …")."""

import csv
import re

import orjson

from normalise.sources.postgresql_server.text_log import SEVERITIES, Parts

CSV = re.compile(
    rf"\d{{4}}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d{{1,6}})? [A-Za-z0-9:+-]{{1,8}},.{{0,2048}}?,(?:{SEVERITIES}),[0-9A-Z]{{5}},",
    re.DOTALL,
)
# `connection_from` becomes remote_host and remote_port
_COLUMNS = (
    "timestamp", "user", "dbname", "pid", "connection_from", "session_id", "line_num", "ps", "session_start", "vxid", "txid",
    "error_severity", "state_code", "message", "detail", "hint", "internal_query", "internal_position", "context", "statement",
    "cursor_position", "location", "application_name", "backend_type", "leader_pid", "query_id",
)  # fmt: skip
_NEEDED = {"error_severity", "message"}
_FEWEST = 14
_KEYS = frozenset((*_COLUMNS, "remote_host", "remote_port", "func_name", "file_name", "file_line_num"))


def read_csv(text: str) -> Parts | None:
    """The parts of one record of csvlog; None where it is none."""
    if CSV.match(text) is None:
        return None
    try:
        values = next(csv.reader((text,)), [])
    except csv.Error:
        return None
    if not _FEWEST <= len(values) <= len(_COLUMNS):
        return None
    parts = {name: value for name, value in zip(_COLUMNS, values, strict=False) if value}
    origin = parts.pop("connection_from", "")
    host, _, port = origin.rpartition(":")
    if host:
        parts |= {"remote_host": host, "remote_port": port}
    return parts if parts.keys() >= _NEEDED else None


def read_json(text: str) -> Parts | None:
    """The parts of one record of jsonlog; None where it is none."""
    try:
        document = orjson.loads(text)
    except orjson.JSONDecodeError:
        return None
    if not isinstance(document, dict) or "timestamp" not in document:
        return None
    parts = {
        key: str(value) for key, value in document.items() if key in _KEYS and isinstance(value, (str, int)) and value != ""
    }
    return parts if parts.keys() >= _NEEDED else None
