"""Alembic's environment: run the revisions in one transaction on the database that the configuration names."""

from alembic import context

from vagt.state.database import State

state = State(context.config.get_main_option("sqlalchemy.url") or "")
with state.write() as connection:
    context.configure(connection=connection, render_as_batch=True)
    context.run_migrations()
state.close()
