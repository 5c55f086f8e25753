"""A PostgreSQL of our own: made, started, attached to and stopped by Tallycard, for who has none.

    with running(Path(".data")) as server:
        connect(server.dsn)

Key idea: a thin launcher around the unchanged programs of PostgreSQL. It listens on a unix socket only and knows people
by their account in the system, so that there is neither a port nor a password. Refuses to create accounts in the system
and to convert a database of another major version. Measured on Linux; needs unix sockets.
"""

from database.embedded.errors import EmbeddedPostgresError
from database.embedded.folders import default_data_folder
from database.embedded.keeping import kept_running
from database.embedded.launcher import Server, database_dsn, running, stop

__all__ = ["EmbeddedPostgresError", "Server", "database_dsn", "default_data_folder", "kept_running", "running", "stop"]
