"""The one error of the embedded PostgreSQL; its message says what is wrong, where, and what to do."""


class EmbeddedPostgresError(Exception):
    """PostgreSQL cannot be found, started, reached or stopped; the message is meant for the person at the keyboard."""
