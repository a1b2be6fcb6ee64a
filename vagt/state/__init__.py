"""The state database (SQLite embedded, PostgreSQL in production): one engine, room-owned tables, one outbox."""
