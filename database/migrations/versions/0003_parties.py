"""Parties: one profile over everything, with directories, attributes, documents, views and files."""

from database.migrations.scripts import run_script

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Run the schema as it stands in the file beside this one."""
    run_script(__file__)
