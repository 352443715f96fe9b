"""What Alembic runs: the migrations over the connection that it was given."""

from __future__ import annotations

from alembic import context

from liquid.runs.store.tables import METADATA

context.configure(connection=context.config.attributes["connection"], target_metadata=METADATA, render_as_batch=True)
context.run_migrations()  # within the transaction that the caller has begun and will commit
