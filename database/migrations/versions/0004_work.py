"""Work: tasks and projects, events and contacts, surveys, notifications and what the dispatcher sees."""

from database.migrations.scripts import run_script

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Run the schema as it stands in the file beside this one."""
    run_script(__file__)
