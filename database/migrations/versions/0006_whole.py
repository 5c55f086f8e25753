"""Second factors, guesses at cards, reports that are sent, customers' own pages, epochs and signs of life."""

from database.migrations.scripts import run_script

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Run the schema as it stands in the file beside this one."""
    run_script(__file__)
