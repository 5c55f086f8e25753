"""The command that finds what is wrong with an installation and says how to mend it."""

from collections.abc import Sequence
from datetime import UTC, datetime

import click

from api.commands.finding import tell
from api.commands.places import data_folder
from api.commands.running import database_url
from api.doctor.looking import look_at_all, look_at_machine
from api.settings import load_settings
from database.embedded import EmbeddedPostgresError
from pos_adapter.findings import broken


@click.command()
def doctor() -> None:
    """Look at the installation; say of each thing how it is, and how what is wrong is mended.

    It changes nothing. The exit code is 1 where something is broken.
    """
    settings = load_settings()
    data = data_folder(settings)
    try:
        with database_url(settings) as url:
            findings = look_at_all(settings, url, data, clock=lambda: datetime.now(UTC))
    except EmbeddedPostgresError as error:
        mend = "what it says above; its log is postgres.log in the data folder"
        findings = [broken("database", str(error), mend), *look_at_machine(settings, data)]
    tell(findings)


COMMANDS: Sequence[click.Command] = (doctor,)
"""What the command line takes from here."""
