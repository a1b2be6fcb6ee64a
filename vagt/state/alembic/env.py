"""Alembic's environment: run the revisions in the transaction that `vagt.state.migrate` has begun."""

from alembic import context

context.configure(connection=context.config.attributes["connection"], render_as_batch=True)
context.run_migrations()
