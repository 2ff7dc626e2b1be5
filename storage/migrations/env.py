"""How alembic runs here: on the connection, and in the transaction, that `storage.migrate` gives it."""

from alembic import context

import storage.tables  # noqa: F401
from storage.types import metadata

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=metadata,
    render_as_batch=True,
    # SQLite's tables roll back as well, now that our engines open real transactions.
    transactional_ddl=True,
)
with context.begin_transaction():
    context.run_migrations()
