"""Cards in full: jobs, rules, freezing, shared accounts, holds, points, and the chain of entries."""

from database.migrations.scripts import run_script

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Run the schema as it stands in the file beside this one."""
    run_script(__file__)
