"""Letters, mailboxes and mail, segments, mailings and consents."""

from database.migrations.scripts import run_script

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Run the schema as it stands in the file beside this one."""
    run_script(__file__)
